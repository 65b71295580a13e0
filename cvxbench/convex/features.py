"""The features of the gated program, A = [D_1 X, …, D_P X], held as X and the patterns and never formed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cvxbench.convex.certificate import largest, row_norms

FLOAT_BYTES = 5e8  # the patterns are kept as float64 too while they are no larger than this
ROUNDING = 1e-12  # of the longest row of A'v: a larger change of it is computed, not conceded
CHUNK = 2e5  # entries of a block of patterns that is turned into floats at a time


@dataclass(frozen=True)
class Pulls:
    """A'v for some v.

    Parameters
    ----------
    v : ndarray, shape (n,)
    rows : ndarray, shape (P, r)
        X'D_p v, to single precision.
    largest : float
        max_p ‖X'D_p v‖, to double precision.
    """

    v: np.ndarray
    rows: np.ndarray
    largest: float

    def scaled(self, factor: float) -> Pulls:
        """Return A'(v·factor) for a factor ≥ 0."""
        return Pulls(self.v * factor, self.rows * factor, self.largest * factor)


@dataclass(frozen=True)
class Features:
    """X in the coordinates of its row space, and the patterns, one byte an entry.

    Parameters
    ----------
    X : ndarray, shape (n, r)
        The table times `basis`', r = rank.
    basis : ndarray, shape (r, d)
        Orthonormal rows; weights w of the program are `basis`' times weights of the features, with the same norm.
    active : ndarray of uint8, shape (P, n)
    scale : float
        The median squared norm of the table's nonzero columns.
    """

    X: np.ndarray
    basis: np.ndarray
    active: np.ndarray
    scale: float

    @classmethod
    def of(cls, X: np.ndarray, active: np.ndarray) -> Features:
        """Turn X (n, d) into the coordinates of its row space: duplicate, constant and surplus columns disappear.

        The change is exact: an orthogonal change of every w_p leaves fit and norms as they are.

        Parameters
        ----------
        X : ndarray, shape (n, d)
        active : ndarray of bool, shape (n, P)
        """
        squared = np.einsum("ij,ij->j", X, X)
        used = squared > 0.0
        normalised = X[:, used] / np.sqrt(squared[used])
        singular = np.linalg.svd(normalised, compute_uv=False)
        basis = np.eye(X.shape[1])[used]
        if (singular.size and singular[-1] <= singular[0] * max(X.shape) * np.finfo(float).eps) or len(X) < used.sum():
            _, singular, basis = np.linalg.svd(X, full_matrices=False)
            basis = basis[singular > singular[0] * max(X.shape) * np.finfo(float).eps]
        return cls(
            X=np.ascontiguousarray(X @ basis.T),
            basis=basis,
            active=np.ascontiguousarray(active.T).view(np.uint8),
            scale=float(np.median(squared[used])) if used.any() else 1.0,
        )

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return n, r and P."""
        return *self.X.shape, len(self.active)

    def correlate(self, v: np.ndarray) -> np.ndarray:
        """Return A'v as rows X'D_p v, shape (P, r), for v of shape (n,)."""
        weighted = self.X * v[:, None]
        return in_blocks(self.active, weighted) if self._floats is None else self._floats @ weighted

    def survey(self, v: np.ndarray) -> Pulls:
        """Return A'v for v, shape (n,), in single precision, and the length of its longest row in double.

        The longest is looked for in double precision among all rows that could be it, by the bound on a sum's rounding.
        """
        weighted = self.X * v[:, None]
        unit = float(np.abs(weighted).max(initial=0.0)) or 1.0
        single = (weighted / unit).astype(np.float32)
        product = in_blocks(self.active, single)
        rows = product * unit
        lengths = row_norms(rows)
        error = len(weighted) * np.finfo(np.float32).eps * np.linalg.norm(np.abs(weighted).sum(axis=0))
        near = lengths >= lengths.max(initial=0.0) - 2.0 * error
        return Pulls(v, rows, largest(in_blocks(self.active[near], weighted)))

    def longest(self, v: np.ndarray, known: Pulls) -> float:
        """Return max_p ‖X'D_p v‖ or, if v is that of `known` but for rounding, the most that it can be."""
        change = float(np.linalg.norm(self.X) * np.linalg.norm(v - known.v))
        return known.largest + change if change <= ROUNDING * known.largest else self.survey(v).largest

    def rows(self, groups: np.ndarray) -> np.ndarray:
        """Return the patterns of these groups, ascending and each once, as floats, shape (len(groups), n)."""
        if len(groups) == len(self.active) and self._floats is not None:
            return self._floats
        return self.active[groups].astype(float)

    def combine(self, patterns: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return Σ_g D_g X w_g, shape (n,), for patterns (k, n) and weights (k, r)."""
        return np.einsum("ij,ij->i", patterns.T @ weights, self.X)

    @cached_property
    def _floats(self) -> np.ndarray | None:
        return self.active.astype(float) if self.active.size * 8 <= FLOAT_BYTES else None

    @cached_property
    def kernel(self) -> np.ndarray:
        """Return XX', shape (n, n)."""
        return self.X @ self.X.T

    @cached_property
    def kernel32(self) -> np.ndarray:
        """Return XX' in float32."""
        X = self.X.astype(np.float32)
        return X @ X.T


def in_blocks(active: np.ndarray, weighted: np.ndarray) -> np.ndarray:
    """Return active @ weighted, bytes being turned into the other's kind of number a block at a time."""
    result = np.empty((len(active), weighted.shape[1]), weighted.dtype)
    step = max(1, int(CHUNK / max(len(weighted), 1)))
    for start in range(0, len(result), step):
        result[start : start + step] = active[start : start + step].astype(weighted.dtype) @ weighted
    return result
