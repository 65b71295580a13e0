"""The reference workload: a unit of time that a slow machine and a fast one share, roughly."""

from __future__ import annotations

import time

import numpy as np
from threadpoolctl import threadpool_limits

SIZE = 128  # of square matrices: about what the tables of the suites cost a solver
GOES = 30  # short ones, of which the fastest counts: whatever else runs can only slow a go down


def workload_seconds(threads: int) -> float:
    """Return the wall time of a fixed piece of dense linear algebra in float64, about a millisecond.

    Parameters
    ----------
    threads : int
        Of BLAS, as many as a worker has.
    """
    X = np.random.default_rng(0).standard_normal((SIZE, SIZE))
    with threadpool_limits(threads):
        return min(_go(X) for _ in range(GOES))


def _go(X: np.ndarray) -> float:
    began = time.perf_counter()
    weights = X
    for _ in range(4):
        gradient = X.T @ (X @ weights) / SIZE
        weights = weights - 0.1 * gradient / np.linalg.norm(gradient, axis=0)
    np.linalg.cholesky(X.T @ X + np.eye(SIZE))
    np.maximum(weights, 0.0).sum()
    return time.perf_counter() - began
