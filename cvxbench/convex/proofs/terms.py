"""p'u ± Σ w_i |x_i'u| on a part of the directions, split into what is linear, convex and concave there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvxbench.convex.proofs.lines import Lines


@dataclass(frozen=True)
class Terms:
    """f(u) = p'u + Σ |c_i'u| − Σ |v_i'u| on some cones; lines that cross none of them are in the linear part.

    Parameters
    ----------
    linear : ndarray, shape (k,)
        p.
    convex : ndarray, shape (m₁, k)
        The c_i: lines times |w_i|.
    concave : ndarray, shape (m₂, k)
        The v_i.
    """

    linear: np.ndarray
    convex: np.ndarray
    concave: np.ndarray

    @classmethod
    def of(cls, lines: Lines, sign: float) -> Terms:
        """Return p'u + sign·e(u), for all directions."""
        scaled = lines.units * np.abs(lines.weights)[:, None]
        convex = sign * lines.weights > 0.0
        return cls(lines.linear, scaled[convex], scaled[~convex])

    def __len__(self) -> int:
        """Return the number of lines left."""
        return len(self.convex) + len(self.concave)

    def on(self, corners: np.ndarray) -> Terms:
        """Return f on the cones of these corners (K, k, k), with only the lines that may cross one of them."""
        points = corners.reshape(-1, corners.shape[2])
        up, down = _signs(points @ self.convex.T), _signs(points @ self.concave.T)
        linear = self.linear + up @ self.convex - down @ self.concave
        return Terms(linear, self.convex[up == 0.0], self.concave[down == 0.0])

    def raised(self, points: np.ndarray) -> np.ndarray:
        """Return the linear and convex part at points (..., k)."""
        return points @ self.linear + np.abs(points @ self.convex.T).sum(axis=-1)

    def values(self, points: np.ndarray) -> np.ndarray:
        """Return f at points (K, k)."""
        return self.raised(points) - np.abs(points @ self.concave.T).sum(axis=1)

    def tangents(self, points: np.ndarray) -> np.ndarray:
        """Return g, shape (K, k), with −Σ |v_i'u| ≤ g'u for all u, and equality at points (K, k)."""
        return -np.sign(points @ self.concave.T) @ self.concave


def _signs(products: np.ndarray) -> np.ndarray:
    """Return ±1 for columns of one sign, 0 for the others."""
    return np.where(products.min(axis=0) >= 0.0, 1.0, np.where(products.max(axis=0) <= 0.0, -1.0, 0.0))
