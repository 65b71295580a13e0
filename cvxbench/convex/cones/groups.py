"""The ReLU network's program over given patterns, in the coordinates of the rows' span."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cvxbench.convex.cones.projection import Cones


@dataclass(frozen=True)
class Program:
    """Minimise 1/(2n)‖Σ_g D_g X (v_g − w_g) − y‖² + λ Σ (‖v_g‖ + ‖w_g‖), every group in its pattern's cone.

    The P groups v come first, then the P groups w: G = 2P groups in all.

    Parameters
    ----------
    X : ndarray, shape (n, d)
        The rows of the table in an orthonormal basis of their span.
    basis : ndarray, shape (d, columns of the table)
        That basis.
    y : ndarray, shape (n,)
    gates : ndarray of float, shape (P, n)
        The patterns, 0 or 1.
    lam : float
    unit : float
        n over the median squared norm of the table's nonzero columns, the scale of a proximal step.
    """

    X: np.ndarray
    basis: np.ndarray
    y: np.ndarray
    gates: np.ndarray
    lam: float
    unit: float

    @classmethod
    def of(cls, X: np.ndarray, y: np.ndarray, active: np.ndarray, lam: float) -> Program:
        """Return the program of a table X (n, columns) and patterns `active` (n, P).

        The table is rotated only if its columns are dependent: a rotation mixes columns of different scale.
        """
        U, S, Vt = np.linalg.svd(X, full_matrices=False)
        rank = int(np.count_nonzero(S / max(S[0], np.finfo(float).tiny) > 1e-13 * max(X.shape)))
        dependent = rank < X.shape[1]
        squares = np.einsum("nc,nc->c", X, X)
        return cls(
            X=np.ascontiguousarray(U[:, :rank] * S[:rank] if dependent else X),
            basis=Vt[:rank] if dependent else np.eye(rank),
            y=y,
            gates=np.ascontiguousarray(active.T, dtype=float),
            lam=lam,
            unit=len(y) / float(np.median(squares[squares > 0])) if rank else 1.0,
        )

    @cached_property
    def cones(self) -> Cones:
        """The cones of the patterns."""
        return Cones.of(self.X, self.gates.T > 0)

    @cached_property
    def K(self) -> np.ndarray:
        """X X', shape (n, n)."""
        return self.X @ self.X.T

    @cached_property
    def which(self) -> np.ndarray:
        """The pattern of each group, shape (G,)."""
        return np.tile(np.arange(len(self.gates)), 2)

    @cached_property
    def signs(self) -> np.ndarray:
        """+1 for the groups v, −1 for w, shape (G,)."""
        return np.repeat([1.0, -1.0], len(self.gates))

    def pulls(self, residual: np.ndarray) -> np.ndarray:
        """Return ±X'D_g r for every group, shape (G, d)."""
        pulls = self.gates @ (self.X * residual[:, None])
        return np.vstack([pulls, -pulls])

    def fitted(self, groups: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return Σ_g ±D_g X w_g, shape (n,), for weights (k, d) of some groups (k,)."""
        signed = weights * self.signs[groups, None]
        return np.einsum("nd,nd->n", self.gates[self.which[groups]].T @ signed, self.X)

    def expand(self, groups: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the groups v and w in the table's own coordinates, shapes (columns, P)."""
        P = len(self.gates)
        full = np.zeros((2 * P, self.basis.shape[1]))
        full[groups] = weights @ self.basis
        return full[:P].T, full[P:].T
