"""The extreme eigenvalues of a Hessian that is known by its products alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

SMALL = 64  # up to this size the matrix is written out
ACCURACY = 1e-3  # relative, of an eigenvalue
ITERATIONS = 300  # restarts of Lanczos; what has not settled by then is not known


def extremes(product: Callable[[np.ndarray], np.ndarray], size: int) -> tuple[float | None, float | None]:
    """Return the smallest and the largest eigenvalue of a symmetric matrix; None where Lanczos did not settle.

    Parameters
    ----------
    product : callable
        Vector of shape (size,) to the matrix times it.
    size : int
    """
    if size <= SMALL:
        matrix = np.column_stack([product(column) for column in np.eye(size)])
        values = np.linalg.eigvalsh(0.5 * (matrix + matrix.T))
        return float(values[0]), float(values[-1])
    return _one(product, size, "SA"), _one(product, size, "LA")


def _one(product: Callable[[np.ndarray], np.ndarray], size: int, which: str) -> float | None:
    operator = LinearOperator((size, size), matvec=product, dtype=float)  # pyright: ignore[reportCallIssue]
    start = np.random.default_rng(0).standard_normal(size)
    limits: dict[str, Any] = {"tol": ACCURACY, "maxiter": ITERATIONS}  # scipy's stubs take tol for an integer
    try:
        values = eigsh(operator, k=1, which=which, v0=start, return_eigenvectors=False, **limits)
    except ArpackNoConvergence:
        return None
    return float(np.asarray(values)[0])
