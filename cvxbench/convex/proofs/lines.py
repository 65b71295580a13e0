"""The length of a feature as a function of its direction, |p'u| + |Σ w_i |x_i'u||, over lines in the row space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

EPS = float(np.finfo(float).eps)
PARALLEL = 1e-11  # distance of unit vectors that are put on one line; what that costs is in the slack
BLOCK = 1e6  # entries of a block of products


@dataclass(frozen=True)
class Lines:
    """h(u) = r'(Xu)₊/n = p'u + e(u), e(u) = Σ w_i |x_i'u|, in coordinates of the row space of X.

    Since (z)₊ = (z + |z|)/2, h is the sum of a linear part and an even one, and rows on a line through the origin are
    one term of the even part. A direction and its opposite have |h(±u)| = |p'u ± e(u)|, so that the maximum of |h|
    over the ball is that of |p'u| + |e(u)| over any half of the sphere.

    Parameters
    ----------
    units : ndarray, shape (m, k)
        x_i, of unit length, no two on one line; k is the numerical rank of X.
    weights : ndarray, shape (m,)
        w_i, not zero.
    linear : ndarray, shape (k,)
        p = X'r/(2n).
    basis : ndarray, shape (k, d)
        Orthonormal rows; the direction u of the row space is u @ basis in the columns of X.
    mass : float
        Σ |r_i|‖x_i‖/n over the rows of X: an upper bound of |h|, and its Lipschitz constant.
    slack : float
        How far r'(Xu)₊/n can be from h for any ‖u‖ ≤ 1: dropped singular directions, rows moved onto a line, rounding.
    rounding : float
        What evaluating h, its gradient or a sum of its terms in float64 can be wrong by.
    """

    units: np.ndarray
    weights: np.ndarray
    linear: np.ndarray
    basis: np.ndarray
    mass: float
    slack: float
    rounding: float

    @classmethod
    def of(cls, X: np.ndarray, r: np.ndarray) -> Lines:
        """Turn X (n, d) and r (n,) into lines.

        Singular directions at or below max(n, d)·eps times the largest are dropped. With B the basis and R = XB', what
        h loses is at most ‖r‖ ‖X − RB‖_F/n, which is computed and so counts the rounding of B and R too. A product of
        k ≤ d numbers and a sum of n terms have relative errors of at most (n + d)·eps/2 of the sum of magnitudes;
        `rounding` takes eight times that, which covers what is made of them in a row here.
        """
        n, d = X.shape
        _, singular, basis = np.linalg.svd(X, full_matrices=False)
        basis = basis[singular > singular[0] * max(n, d) * EPS]
        rows = X @ basis.T
        lengths = np.linalg.norm(rows, axis=1)
        shares = r * lengths / n
        used = shares != 0.0
        units, weights, moved = _merged(rows[used] / lengths[used, None], 0.5 * shares[used])
        lost = np.linalg.norm(X - rows @ basis) + 4.0 * (d + 16) * EPS * np.linalg.norm(X)
        mass = float(np.abs(r) @ np.linalg.norm(X, axis=1)) / n
        rounding = 4.0 * (n + d + 16) * EPS * mass
        slack = float(np.linalg.norm(r) * lost) / n + moved + rounding
        return cls(units, weights, rows.T @ r / (2 * n), basis, mass, slack, rounding)

    @property
    def shape(self) -> tuple[int, int]:
        """Return the number of lines and the rank."""
        return self.units.shape[0], self.units.shape[1]

    def even(self, directions: np.ndarray) -> np.ndarray:
        """Return e(u), shape (K,), for directions (K, k)."""
        step = max(1, int(BLOCK / max(len(self.units), 1)))
        parts = [
            np.abs(directions[start : start + step] @ self.units.T) @ self.weights
            for start in range(0, len(directions), step)
        ]
        return np.concatenate(parts) if parts else np.zeros(0)

    def lengths(self, directions: np.ndarray) -> np.ndarray:
        """Return |p'u| + |e(u)|, shape (K,), for directions (K, k): the larger of |h(u)| and |h(−u)|."""
        return np.abs(directions @ self.linear) + np.abs(self.even(directions))


def _merged(units: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the distinct lines, their weights, and what moving each row onto its line can change h by."""
    if not len(units):
        return units, weights, 0.0
    # Turn each row so that its first coordinate that is not small is positive: neighbours are then turned alike
    leading = (np.abs(units) > 0.5 / np.sqrt(units.shape[1])).argmax(axis=1)
    turned = units * np.sign(units[np.arange(len(units)), leading])[:, None]
    chosen, owner = np.arange(len(units)), np.arange(len(units))
    for offset in (0.0, 0.5):  # equal rows that rounding put into two cells of one grid are in one of the other
        cells = np.floor(turned[chosen] / PARALLEL + offset)
        _, first, inverse = np.unique(cells, axis=0, return_index=True, return_inverse=True)
        chosen, owner = chosen[first], inverse.ravel()[owner]
    moved = float(np.abs(2.0 * weights) @ np.linalg.norm(turned - turned[chosen][owner], axis=1))
    together = np.bincount(owner, weights)
    some = together != 0.0
    return turned[chosen][some], together[some], moved
