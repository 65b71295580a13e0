"""The Newton system in the space of the active weights: a (kr × kr) Cholesky factor in float64, however many rows."""

from __future__ import annotations

import numpy as np

from cvxbench.convex.dense import cholesky
from cvxbench.convex.features import Features
from cvxbench.convex.gated.jacobian import Jacobian

LEAST_SHRINK = 1e-9
ACCURATE = 1e-6  # relative residual that is good enough at once
ACCEPTABLE = 1e-2  # relative residual after one refinement; above it, cancellation has spoilt Woodbury's identity


class Gram:
    """A'A over the groups met so far, grown on demand, so that a Newton step need not form it anew."""

    def __init__(self, features: Features) -> None:
        self._features = features
        self._position: dict[int, int] = {}
        self._rows = np.zeros((0, 0))
        self._G = np.zeros((0, 0))

    def missing(self, groups: np.ndarray) -> int:
        """Return how many of these groups are not in it yet."""
        return sum(group not in self._position for group in groups.tolist())

    def of(self, groups: np.ndarray) -> np.ndarray:
        """Return a fresh Fortran-ordered copy of A_g'A_h over these groups, shape (kr, kr)."""
        r = self._features.X.shape[1]
        if missing := [group for group in groups.tolist() if group not in self._position]:
            if self._position and len(self._position) + len(missing) > 3 * len(groups) + 20:
                self._position, missing = {}, groups.tolist()
            self._add(missing)
        places = np.array([self._position[group] for group in groups.tolist()])
        blocks = self._G.T.reshape(-1, r, len(self._G) // r, r).take(places, axis=0).take(places, axis=2)
        return blocks.reshape(len(places) * r, -1).T

    def _add(self, missing: list[int]) -> None:
        n, r = self._features.X.shape
        low = len(self._position) * r
        high = low + len(missing) * r
        if high > len(self._rows):
            room = (3 * high // (2 * r) + 8) * r
            rows, G = np.empty((room, n)), np.empty((room, room), order="F")
            if low:
                rows[:low], G[:low, :low] = self._rows[:low], self._G[:low, :low]
            self._rows, self._G = rows, G
        self._position |= {group: low // r + place for place, group in enumerate(missing)}
        new, patterns = self._rows[low:high], self._features.active[missing].astype(float)
        np.multiply(patterns[:, None, :], np.ascontiguousarray(self._features.X.T), out=new.reshape(len(missing), r, n))
        across = new @ self._rows[:low].T
        self._G[low:high, :low], self._G[:low, low:high] = across, across.T
        self._G[low:high, low:high] = new @ new.T


def solve(jacobian: Jacobian, gradient: np.ndarray, gram: Gram) -> np.ndarray | None:
    """Return the Newton step of the dual, shape (n,), or None if rounding spoilt it.

    By Woodbury's identity, with one refinement. The matrix is A'A + (n/σ)·blkdiag((I − uu')/a + uu'), positive definite
    however A is.
    """
    X, U = jacobian.features.X, jacobian.directions
    k, r = U.shape
    ratio = len(X) / jacobian.sigma
    shrink = np.maximum(jacobian.shrink, LEAST_SHRINK)[:, None]
    matrix = gram.of(jacobian.groups)
    blocks = (-ratio * (1.0 / shrink - 1.0))[:, :, None] * (U[:, :, None] * U[:, None, :])
    diagonal = np.arange(r)
    blocks[:, diagonal, diagonal] += ratio / shrink
    add_blocks(matrix, blocks)
    matrix[np.diag_indices(k * r)] *= 1.0 + 2.0 * np.finfo(float).eps
    factored = cholesky(matrix)
    if factored is None:
        return None

    def inverse(v: np.ndarray) -> np.ndarray:
        weights = factored((jacobian.patterns @ (X * v[:, None])).ravel()).reshape(k, r)
        return (v - jacobian.features.combine(jacobian.patterns, weights)) / len(X)

    step = -inverse(gradient)
    left = jacobian.times(step) + gradient
    if np.linalg.norm(left) > ACCURATE * np.linalg.norm(gradient):
        step -= inverse(left)
        left = jacobian.times(step) + gradient
    return step if np.linalg.norm(left) <= ACCEPTABLE * np.linalg.norm(gradient) else None


def add_blocks(matrix: np.ndarray, blocks: np.ndarray) -> None:
    """Add blocks (k, r, r) along the diagonal of a Fortran-ordered (kr, kr) matrix, in place."""
    k, r, _ = blocks.shape
    diagonal = np.einsum("gigj->gji", matrix.T.reshape(k, r, k, r))  # a view
    diagonal += blocks
