"""p'u ± Σ w_i |x_i'u| on a part of the directions, split into what is linear, convex and concave there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvxbench.convex.proofs.lines import Lines

BLOCK = 1e6  # entries of a block of products


@dataclass(frozen=True)
class Terms:
    """f(u) = p'u + Σ |c_i'u| + q'u − Σ |v_i'u| on some cones; lines that cross none of them are in p and q.

    Parameters
    ----------
    rising, convex : ndarray, shape (k,) and (m₁, k)
        p and the c_i, lines times |w_i|.
    falling, concave : ndarray, shape (k,) and (m₂, k)
        q and the v_i.
    """

    rising: np.ndarray
    convex: np.ndarray
    falling: np.ndarray
    concave: np.ndarray

    @classmethod
    def of(cls, lines: Lines, sign: float) -> Terms:
        """Return lines.linear'u + sign·e(u), for all directions."""
        scaled = lines.units * np.abs(lines.weights)[:, None]
        convex = sign * lines.weights > 0.0
        return cls(lines.linear, scaled[convex], np.zeros_like(lines.linear), scaled[~convex])

    def __len__(self) -> int:
        """Return the number of lines left."""
        return len(self.convex) + len(self.concave)

    def on(self, corners: np.ndarray) -> Terms:
        """Return f on the cones of these corners (K, k, k), with only the lines that may cross one of them."""
        points = corners.reshape(-1, corners.shape[2])
        up, down = _signs(points, self.convex), _signs(points, self.concave)
        return Terms(
            self.rising + up @ self.convex,
            self.convex[up == 0.0],
            self.falling - down @ self.concave,
            self.concave[down == 0.0],
        )

    def raised(self, points: np.ndarray) -> np.ndarray:
        """Return p'u + Σ |c_i'u| at points (..., k)."""
        return points @ self.rising + np.abs(points @ self.convex.T).sum(axis=-1)

    def values(self, points: np.ndarray) -> np.ndarray:
        """Return f at points (K, k)."""
        return self.raised(points) + points @ self.falling - np.abs(points @ self.concave.T).sum(axis=1)

    def tangents(self, points: np.ndarray) -> np.ndarray:
        """Return g, shape (K, k), with q'u − Σ |v_i'u| ≤ g'u for all u, and equality at points (K, k)."""
        return self.falling - np.sign(points @ self.concave.T) @ self.concave


def _signs(points: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Return the sign, shape (m,), that a line has at all points, and 0 if they differ."""
    lowest, highest = np.full(len(lines), np.inf), np.full(len(lines), -np.inf)
    step = max(1, int(BLOCK / max(len(lines), 1)))
    for start in range(0, len(points), step):
        products = points[start : start + step] @ lines.T
        lowest, highest = np.minimum(lowest, products.min(axis=0)), np.maximum(highest, products.max(axis=0))
    return np.where(lowest >= 0.0, 1.0, np.where(highest <= 0.0, -1.0, 0.0))
