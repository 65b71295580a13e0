"""The training objective as a function of one flat vector of weights: value, gradient, Hessian–vector products."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from cvxbench.networks.separable import Separable


@dataclass(frozen=True)
class Surface:
    """w ↦ Σ_k 1/(2n)·‖f_k(X) − Y_k‖² + λ/2·‖w‖², with w the weights of all outputs one after another.

    Parameters
    ----------
    X : ndarray, shape (n, d)
    Y : ndarray, shape (n, k)
    lam : float
    active : ndarray of bool, shape (n, m), or None
        1[X gates ≥ 0] of a gated network; None for ReLU.
    """

    X: np.ndarray
    Y: np.ndarray
    lam: float
    active: np.ndarray | None = None

    def value(self, weights: np.ndarray) -> float:
        """Return the objective at weights of shape (N,)."""
        squares = sum(float(piece.residual @ piece.residual) for piece in self._pieces(weights))
        return 0.5 * squares / len(self.X) + 0.5 * self.lam * float(weights @ weights)

    def gradient(self, weights: np.ndarray) -> np.ndarray:
        """Return the gradient, shape (N,); at a kink that of the side on which the neuron is off."""
        n = len(self.X)
        parts = []
        for piece in self._pieces(weights):
            back = piece.gate * (piece.residual[:, None] * piece.output)
            parts += [(self.X.T @ back).ravel() / n, piece.fired.T @ piece.residual / n]
        return np.concatenate(parts) + self.lam * weights

    def curvature(self, weights: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        """Return the product with the Hessian of the smooth piece around the weights: (N,) to (N,)."""
        n = len(self.X)
        pieces = list(self._pieces(weights))

        def product(direction: np.ndarray) -> np.ndarray:
            direction = direction.ravel()
            parts = []
            for piece, (hidden, output) in zip(pieces, self._layers(direction), strict=True):
                moved = piece.gate * (self.X @ hidden)
                change = moved @ piece.output + piece.fired @ output
                back = piece.gate * (change[:, None] * piece.output + piece.residual[:, None] * output)
                parts += [(self.X.T @ back).ravel() / n, (piece.fired.T @ change + moved.T @ piece.residual) / n]
            return np.concatenate(parts) + self.lam * direction

        return product

    def _layers(self, weights: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the hidden layer (d × m) and the output layer (m) of each output."""
        d = self.X.shape[1]
        for each in weights.reshape(self.Y.shape[1], -1):
            m = each.size // (d + 1)
            yield each[: d * m].reshape(d, m), each[d * m :]

    def _pieces(self, weights: np.ndarray) -> Iterator[_Piece]:
        for (hidden, output), y in zip(self._layers(weights), self.Y.T, strict=True):
            reached = self.X @ hidden
            gate = reached > 0.0 if self.active is None else self.active
            fired = gate * reached
            yield _Piece(gate, fired, output, fired @ output - y)


@dataclass(frozen=True)
class _Piece:
    """One output at some weights: which neurons are on (n × m), what they give, output layer and residual."""

    gate: np.ndarray
    fired: np.ndarray
    output: np.ndarray
    residual: np.ndarray


def flat(network: Separable) -> np.ndarray:
    """Return a network's weights as a surface takes them: of each output the hidden layer, then the output layer."""
    return np.concatenate([np.concatenate([part.hidden.ravel(), part.output]) for part in network.parts])
