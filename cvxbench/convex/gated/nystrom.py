"""The Newton system for many rows: conjugate gradients, the Newton matrix approximated at low rank.

The directions u_g carry the eigenvalues that grow with σ; there are only k of them and they are kept exactly. What is
left, K ∘ (D' diag(a) D), has eigenvalues bounded by ‖w_g‖/λ that fall off fast, and is approximated by randomly pivoted
Cholesky (Chen, Epperly, Tropp and Webber 2023) in blocks: rows are drawn in proportion to the diagonal that is left,
until that is small.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import get_lapack_funcs

from cvxbench.convex.dense import cholesky, inner
from cvxbench.convex.gated.jacobian import Answer, Jacobian, conjugate_gradients

TOLERANCE = 2e-2  # of conjugate gradients, relative
LIMIT = 60
BLOCK = 50
LEFT = 8.0  # pivots are added until the mean of the diagonal that is left is this many n


def solve(
    jacobian: Jacobian, gradient: np.ndarray, largest_rank: int, random: np.random.Generator
) -> tuple[Answer | None, int]:
    """Return the Newton step, or None if rounding spoilt the factor, and the rank of the approximation.

    Parameters
    ----------
    jacobian : Jacobian
    gradient : ndarray, shape (n,)
    largest_rank : int
        Of the part that is approximated.
    random : Generator
    """
    n = len(gradient)
    exact = jacobian.along / np.sqrt(n)
    low = _pivoted_cholesky(jacobian, largest_rank, random)
    k, m = len(exact), len(low)
    core = np.zeros((k + m, k + m), order="F")
    core[:k, :k] = inner(exact)
    core[k:, :k] = low @ exact.T.astype(np.float32)
    core[k:, k:] = inner(low) if m else 0.0
    core[np.diag_indices(k + m)] += 1.0
    factored = cholesky(core)
    if factored is None:
        return None, m

    def precondition(v: np.ndarray) -> np.ndarray:
        inner = factored(np.concatenate([exact @ v, _scaled(lambda x: low @ x, v)]))
        return (v - inner[:k] @ exact - _scaled(lambda x: x @ low, inner[k:])) / n

    return conjugate_gradients(jacobian.times, -gradient, precondition, TOLERANCE, LIMIT), m


def _scaled(product: Callable[[np.ndarray], np.ndarray], v: np.ndarray) -> np.ndarray:
    """Return a float32 product of v, kept from underflow and overflow."""
    largest = float(np.abs(v).max(initial=0.0)) or 1.0
    return product((v / largest).astype(np.float32)).astype(float) * largest


def _pivoted_cholesky(jacobian: Jacobian, largest_rank: int, random: np.random.Generator) -> np.ndarray:
    """Return F, shape (m, n) in float32, with F'F ≈ σ/n · K ∘ (D' diag(a) D)."""
    X = jacobian.features.X.astype(np.float32)
    n = len(X)
    weighted = jacobian.patterns.astype(np.float32)
    weighted *= np.sqrt(jacobian.sigma * jacobian.shrink / n).astype(np.float32)[:, None]
    left = np.einsum("ij,ij->i", X, X) * np.einsum("ij,ij->j", weighted, weighted)
    low = np.empty((largest_rank, n), dtype=np.float32)
    (potrf,), (trtrs,) = get_lapack_funcs(("potrf",), dtype=float), get_lapack_funcs(("trtrs",), dtype=np.float32)
    m = 0
    while m < largest_rank and (m == 0 or left.mean() > LEFT):
        block = min(BLOCK, largest_rank - m, int(np.count_nonzero(left)))
        if block == 0:
            break
        drawn = left / random.standard_exponential(n, dtype=np.float32)  # the largest are a draw in proportion to it
        pivots = np.argpartition(drawn, n - block)[n - block :]
        columns = (X[pivots] @ X.T) * (weighted[:, pivots].T @ weighted)
        if m:
            columns -= low[:m, pivots].T @ low[:m]
        corner = columns[:, pivots].astype(float)
        corner[np.diag_indices(block)] += 3e-6 * np.trace(corner) / block
        factor, failed = potrf(corner, lower=1, clean=1)
        if failed:  # by rounding, or overflow of float32: what there is will have to do
            break
        new = trtrs(factor.astype(np.float32), columns, lower=1)[0]
        low[m : m + block] = new
        left = np.maximum(left - np.einsum("ij,ij->j", new, new), 0.0)
        m += block
    return low[:m]
