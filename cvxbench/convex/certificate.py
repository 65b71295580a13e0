"""What weights are worth, and what any vector of the dual proves once it is scaled until it is feasible."""

from __future__ import annotations

import numpy as np

TINY = 1e-300


def dual_bound(v: np.ndarray, y: np.ndarray, largest: float, lam: float) -> float:
    """Return the best value of the dual along ν = s·v, s ≥ 0.

    The dual is max ν'y/n − ‖ν‖²/(2n) subject to ‖X'D_p ν‖ ≤ λn for all p.

    Parameters
    ----------
    v, y : ndarray, shape (n,)
    largest : float
        max_p ‖X'D_p v‖.
    lam : float
    """
    n = len(y)
    scale = min(max(float(v @ y) / max(float(v @ v), TINY), 0.0), lam * n / max(largest, TINY))
    return float(scale * (v @ y) - 0.5 * scale**2 * (v @ v)) / n


def row_norms(rows: np.ndarray) -> np.ndarray:
    """Return the norm of each row."""
    return np.sqrt(np.einsum("ij,ij->i", rows, rows))


def largest(pulled: np.ndarray) -> float:
    """Return the norm of the longest row of A'v, shape (P, r)."""
    return float(row_norms(pulled).max(initial=0.0))


def objective_of(residual: np.ndarray, weights: np.ndarray, lam: float) -> float:
    """Return ‖residual‖²/(2n) + λ Σ‖w_g‖ for a residual (n,) and weights (k, r)."""
    return float(0.5 * (residual @ residual) / len(residual) + lam * row_norms(weights).sum())
