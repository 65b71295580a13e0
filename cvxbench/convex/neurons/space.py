"""The table in the coordinates of its own singular directions, where neurons live and are searched for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cvxbench.convex.neurons.outer import Outer

MEMORY = 4 * 2.0**30
PRODUCTS = 0.07  # share of the memory that products of pairs of columns may take to be kept


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
    def outer(self) -> Outer:
        """Return the rows for sums of their outer products, and X in float32."""
        return Outer.of(self.X, PRODUCTS * self.memory)
