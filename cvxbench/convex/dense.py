"""Symmetric dense matrices by their lower triangle, in place: BLAS's rank-k update and LAPACK's Cholesky factor."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import get_blas_funcs, get_lapack_funcs

Solve = Callable[[np.ndarray], np.ndarray]


def outer(rows: np.ndarray, scale: float = 1.0, onto: np.ndarray | None = None) -> np.ndarray:
    """Return onto + scale · Σ_g rows_g rows_g', shape (n, n), for rows (k, n); only the lower triangle is set.

    `onto`, Fortran-ordered, is overwritten.
    """
    (syrk,) = get_blas_funcs(("syrk",), (rows,))
    start = {} if onto is None else {"beta": 1.0, "c": onto, "overwrite_c": 1}
    if rows.flags.f_contiguous and not rows.flags.c_contiguous:
        return syrk(scale, rows, trans=1, lower=1, **start)
    return syrk(scale, rows.T, trans=0, lower=1, **start)


def inner(rows: np.ndarray) -> np.ndarray:
    """Return rows rows', shape (k, k), for rows (k, n); only the lower triangle is set."""
    return outer(rows.T)


def cholesky(matrix: np.ndarray) -> Solve | None:
    """Factor a Fortran-ordered matrix in place; return what solves with it, or None if it is not positive definite.

    Vectors are solved for by BLAS's own routine for them: LAPACK's, for matrices, takes several times as long.
    """
    potrf, potrs = get_lapack_funcs(("potrf", "potrs"), (matrix,))
    (trsv,) = get_blas_funcs(("trsv",), (matrix,))
    factor, info = potrf(matrix, lower=1, clean=0, overwrite_a=1)

    def solve(right: np.ndarray) -> np.ndarray:
        if right.ndim > 1:
            return potrs(factor, right, lower=1)[0]
        return trsv(factor, trsv(factor, right, lower=1), lower=1, trans=1, overwrite_x=1)

    return None if info else solve
