"""Sums of the outer products of a table's rows, for many weightings at once, in float32."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NEGLIGIBLE = 1e-7  # of a row's largest weight: rows below add nothing
CALL = 1.2e6  # products of two columns' entries that take as long as one call does
FETCH = 130.0  # columns from which on a row's products take longer than fetching it


@dataclass(frozen=True)
class Outer:
    """The rows, and the products of their entries where there is room for them.

    Parameters
    ----------
    X : ndarray of float32, shape (n, r)
    products : ndarray of float32, shape (n, r(r+1)/2), or None
        Lower triangles of x x', row after row.
    """

    X: np.ndarray
    products: np.ndarray | None

    @classmethod
    def of(cls, X: np.ndarray, room: float) -> Outer:
        """Return those of a table, with products if they take no more bytes than `room`."""
        X = X.astype(np.float32)
        n, r = X.shape
        if 2.0 * n * r * (r + 1) > room:
            return cls(X, None)
        i, j = np.tril_indices(r)
        return cls(X, X[:, i] * X[:, j])

    def take(self, chosen: np.ndarray | slice) -> Outer:
        """Return those of the chosen rows."""
        return Outer(self.X[chosen], None if self.products is None else self.products[chosen])

    def sums(self, weights: np.ndarray, negligible: float = NEGLIGIBLE) -> np.ndarray:
        """Return Σ_i weights_ki x_i x_i' for weights (K, n) ≥ 0: lower triangles in columns, shape (r(r+1)/2, K).

        Rows whose weight is below `negligible` times the largest may be left out, and are where that takes less time.
        """
        weights = weights.astype(np.float32, copy=False)
        if self.products is not None and not self._worth_choosing(weights, negligible):
            return self.products.T @ weights.T
        i, j = np.tril_indices(self.X.shape[1])
        sums = np.empty((len(i), len(weights)), np.float32)
        floors = negligible * weights.max(axis=1, initial=0.0)
        for k in range(len(weights)):
            held = np.flatnonzero(weights[k] > floors[k])
            scaled = self.X[held] * np.sqrt(weights[k, held])[:, None]
            sums[:, k] = (scaled.T @ scaled)[i, j]
        return sums

    def matrices(self, sums: np.ndarray) -> np.ndarray:
        """Return the symmetric matrices (K, r, r) of lower triangles in columns, in float64."""
        r = self.X.shape[1]
        i, j = np.tril_indices(r)
        full = np.empty((sums.shape[1], r, r))
        full[:, i, j] = full[:, j, i] = sums.T
        return full

    def _worth_choosing(self, weights: np.ndarray, negligible: float) -> bool:
        """Return whether sums of the rows that count, one after the other, take less time than products of all."""
        n, r = self.X.shape
        if n * r * r <= CALL:
            return False
        held = np.count_nonzero(weights > negligible * weights.max(axis=1, keepdims=True)) / len(weights)
        return CALL / r**2 + held * (1.0 + FETCH / r) < n
