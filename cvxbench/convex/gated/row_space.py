"""The Newton system in the space of the rows: an (n × n) matrix in O(n²k), whatever the number of columns."""

from __future__ import annotations

import numpy as np

from cvxbench.convex.dense import cholesky, outer
from cvxbench.convex.gated.jacobian import Answer, Jacobian, conjugate_gradients

TOLERANCE = 1e-3  # of conjugate gradients, relative
LIMIT = 40


def solve64(jacobian: Jacobian, gradient: np.ndarray) -> np.ndarray | None:
    """Return the Newton step by a float64 Cholesky factor and one refinement; None if rounding spoilt it."""
    matrix = outer(jacobian.patterns * np.sqrt(jacobian.shrink)[:, None], jacobian.sigma)
    np.multiply(matrix, jacobian.features.kernel.T, out=matrix)
    matrix = outer(jacobian.along, onto=matrix)
    matrix[np.diag_indices(len(gradient))] += len(gradient)
    factored = cholesky(matrix)
    if factored is None:
        return None
    step = -factored(gradient)
    return step - factored(jacobian.times(step) + gradient)


def solve32(jacobian: Jacobian, gradient: np.ndarray) -> Answer | None:
    """Return the Newton step by float64 conjugate gradients, preconditioned with the float32 Cholesky factor."""
    patterns = jacobian.patterns.astype(np.float32)
    patterns *= np.sqrt(jacobian.sigma * jacobian.shrink).astype(np.float32)[:, None]
    matrix = outer(patterns)
    np.multiply(matrix, jacobian.features.kernel32.T, out=matrix)
    matrix = outer(jacobian.along.astype(np.float32), onto=matrix)
    matrix[np.diag_indices(len(gradient))] += np.float32(len(gradient))
    factored = cholesky(matrix)
    if factored is None:
        return None

    def precondition(v: np.ndarray) -> np.ndarray:
        largest = float(np.abs(v).max())
        return factored((v / largest).astype(np.float32)).astype(float) * largest

    return conjugate_gradients(jacobian.times, -gradient, precondition, TOLERANCE, LIMIT)
