"""Signed neurons: their residual and objective, those of one cell joined, their lengths chosen anew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvxbench.convex.neurons.directions import Directions
from cvxbench.convex.neurons.space import Space
from cvxbench.convex.neurons.weights import nonnegative_lasso

CLOSE = 1.0 - 1e-4  # cosine from which two neurons are tried as one


@dataclass(frozen=True)
class Neurons:
    """f(x) = Σ_j signs_j (weights_j'x)₊.

    Parameters
    ----------
    weights : ndarray, shape (m, r)
    signs : ndarray, shape (m,)
    """

    weights: np.ndarray
    signs: np.ndarray

    @classmethod
    def none(cls, r: int) -> Neurons:
        """Return the zero network."""
        return cls(np.zeros((0, r)), np.zeros(0))

    def __len__(self) -> int:
        return len(self.signs)

    def lengths(self) -> np.ndarray:
        """Return ‖weights_j‖, shape (m,)."""
        return np.linalg.norm(self.weights, axis=1)

    def directions(self) -> Directions:
        """Return the neurons at unit length."""
        return Directions.plain(self.weights, self.signs)

    def residual(self, space: Space, y: np.ndarray) -> np.ndarray:
        """Return y − f(X)."""
        return y - self.signs @ np.maximum(self.weights @ space.X.T, 0.0)

    def objective(self, space: Space, y: np.ndarray, lam: float) -> float:
        """Return 1/(2n)‖y − f(X)‖² + λΣ‖weights_j‖."""
        residual = self.residual(space, y)
        return float(0.5 * (residual @ residual) / len(y) + lam * self.lengths().sum())

    def refitted(self, space: Space, y: np.ndarray, lam: float, more: Directions) -> Neurons:
        """Return the best network whose neurons point along these or along `more`."""
        lengths = self.lengths()
        units = np.vstack([self.weights / lengths[:, None], more.units])
        signs = np.concatenate([self.signs, more.signs])
        features = np.maximum(units @ space.X.T, 0.0) * signs[:, None]
        start = np.concatenate([lengths, np.zeros(len(more))])
        weights = nonnegative_lasso(features, y, lam, start)
        held = weights > 0
        return Neurons(units[held] * weights[held, None], signs[held])

    def joined_by_cell(self, space: Space) -> Neurons:
        """Return the network with neurons of one sign and one activation pattern added up: no worse, and smaller."""
        if len(self) < 2:
            return self
        active = np.packbits(self.weights @ space.X.T > 0, axis=1)
        cells = np.column_stack([active, self.signs > 0])
        _, first, cell = np.unique(cells, axis=0, return_index=True, return_inverse=True)
        if len(first) == len(self):
            return self
        weights = np.zeros((len(first), self.weights.shape[1]))
        np.add.at(weights, cell.ravel(), self.weights)
        return Neurons(weights, self.signs[first])

    def joined_if_close(self, space: Space, y: np.ndarray, lam: float) -> Neurons:
        """Return the network with nearly parallel neurons added up where that does not raise the objective."""
        neurons, objective = self, self.objective(space, y, lam)
        refused: set[tuple[bytes, bytes]] = set()
        while len(neurons) > 1:
            units = neurons.weights / neurons.lengths()[:, None]
            alike = np.tril(units @ units.T, -1)
            alike[neurons.signs[:, None] != neurons.signs] = -1.0
            pairs = np.argwhere(alike > CLOSE)
            pairs = pairs[np.argsort(-alike[pairs[:, 0], pairs[:, 1]])]
            for i, j in pairs:
                key = (neurons.weights[i].tobytes(), neurons.weights[j].tobytes())
                if key in refused:
                    continue
                weights = neurons.weights.copy()
                weights[j] += weights[i]
                fewer = Neurons(np.delete(weights, i, axis=0), np.delete(neurons.signs, i))
                value = fewer.objective(space, y, lam)
                if value <= objective * (1.0 + 1e-9):
                    neurons, objective = fewer, value
                    break
                refused.add(key)
            else:
                break
        return neurons
