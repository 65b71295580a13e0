"""Small tables, and the largest neuron of a residual by enumeration."""

import numpy as np
from scipy.optimize import nnls

from cvxbench.convex.neurons.space import Space


def table(n, d, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d))
    return X / np.linalg.norm(X, axis=0), rng.standard_normal(n)


def largest(X, residual):
    """max over ‖u‖ ≤ 1 and signs of ±residual'(Xu)₊/n: over the cells that a fine sample of directions meets."""
    rng = np.random.default_rng(1)
    cells = np.unique(rng.standard_normal((60_000, X.shape[1])) @ X.T > 0, axis=0)
    best = 0.0
    for cell in cells:
        gradient = X.T @ (cell * residual) / len(residual)
        rows = np.where(cell, 1.0, -1.0)[:, None] * X
        for sign in (1.0, -1.0):
            # Moreau: the projection on {rows v ≥ 0} is what the polar cone, spanned by −rows, leaves
            best = max(best, nnls(-rows.T, sign * gradient)[1])
    return best


def spaced(n, d, seed=0):
    X, residual = table(n, d, seed)
    return Space.of(X), residual
