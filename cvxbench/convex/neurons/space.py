"""The table in the coordinates of its own singular directions, where neurons live and are searched for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

MEMORY = 4 * 2.0**30
PRODUCTS = 0.07  # share of the memory that products of pairs of columns may take to be kept
NEGLIGIBLE = 1e-7  # of a row's largest weight: rows below add nothing to a sum of outer products
CALL = 1.2e6  # products of two columns' entries that take as long as one call does
FETCH = 130.0  # columns from which on a row's products take longer than fetching it


@dataclass(frozen=True)
class Space:
    """X in the coordinates of its row space; a weight outside it changes no prediction and only costs.

    Parameters
    ----------
    X : ndarray, shape (n, r)
        The table times `basis`'; its columns are orthogonal.
    basis : ndarray, shape (r, d)
        Orthonormal rows.
    singular : ndarray, shape (r,)
        Lengths of the columns, descending.
    rows : ndarray, shape (n, r)
        The rows at unit length; zero rows stay zero.
    lengths : ndarray, shape (n,)
    memory : float
        Bytes that dense matrices may take.
    """

    X: np.ndarray
    basis: np.ndarray
    singular: np.ndarray
    rows: np.ndarray
    lengths: np.ndarray
    memory: float

    @classmethod
    def of(cls, table: np.ndarray, memory: float = MEMORY) -> Space:
        """Return the space of a table (n, d)."""
        left, singular, basis = np.linalg.svd(table, full_matrices=False)
        held = singular > singular.max(initial=0.0) * max(table.shape) * np.finfo(float).eps
        X = np.ascontiguousarray(left[:, held] * singular[held])
        lengths = np.linalg.norm(X, axis=1)
        rows = np.divide(X, lengths[:, None], out=np.zeros_like(X), where=lengths[:, None] > 0)
        return cls(X, np.ascontiguousarray(basis[held]), singular[held], rows, lengths, memory)

    @property
    def shape(self) -> tuple[int, int]:
        """Return n and r."""
        n, r = self.X.shape
        return n, r

    @cached_property
    def X32(self) -> np.ndarray:
        """Return X in float32."""
        return self.X.astype(np.float32)

    @cached_property
    def _products(self) -> np.ndarray | None:
        n, r = self.shape
        if 2.0 * n * r * (r + 1) > PRODUCTS * self.memory:
            return None
        i, j = np.tril_indices(r)
        return self.X32[:, i] * self.X32[:, j]

    def outer_sums(self, weights: np.ndarray, negligible: float = NEGLIGIBLE) -> np.ndarray:
        """Return Σ_i weights_ki x_i x_i' in float32 for weights (K, n) ≥ 0: lower triangles, row after row, in columns.

        The shape is (r(r+1)/2, K). Rows whose weight is below `negligible` times the largest may be left out, and are
        where that takes less time.
        """
        weights = weights.astype(np.float32, copy=False)
        if self._products is not None and not self._worth_choosing(weights, negligible):
            return self._products.T @ weights.T
        i, j = np.tril_indices(self.shape[1])
        sums = np.empty((len(i), len(weights)), np.float32)
        floors = negligible * weights.max(axis=1)
        for k in range(len(weights)):
            held = np.flatnonzero(weights[k] > floors[k])
            scaled = self.X32[held] * np.sqrt(weights[k, held])[:, None]
            sums[:, k] = (scaled.T @ scaled)[i, j]
        return sums

    def matrices(self, sums: np.ndarray) -> np.ndarray:
        """Return the symmetric matrices (K, r, r) of lower triangles in columns, in float64."""
        i, j = np.tril_indices(self.shape[1])
        full = np.empty((sums.shape[1], self.shape[1], self.shape[1]))
        full[:, i, j] = full[:, j, i] = sums.T
        return full

    def _worth_choosing(self, weights: np.ndarray, negligible: float) -> bool:
        """Return whether sums of the rows that count, one after the other, take less time than products of all."""
        n, r = self.shape
        if n * r * r <= CALL:
            return False
        held = np.count_nonzero(weights > negligible * weights.max(axis=1, keepdims=True)) / len(weights)
        return CALL / r**2 + held * (1.0 + FETCH / r) < n
