"""How long each neuron of a given direction should be: a lasso with nonnegative weights."""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_factor, cho_solve

PIVOTS = 60
PATIENCE = 5  # pivots without fewer violations before single ones are made
RIDGE = 1e-12  # of the Gram matrix, relative to its largest entry
OPTIMAL = 1e-9  # of λ: what a weight at zero may still ask for


def nonnegative_lasso(features: np.ndarray, y: np.ndarray, lam: float, start: np.ndarray) -> np.ndarray:
    """Return weights a ≥ 0 (m,) that minimise 1/(2n)‖features' a − y‖² + λ Σ a.

    Block principal pivoting from the support of `start` (Portugal, Júdice and Vicente, Math. Comp. 63, 1994); if it
    fails to settle, an active set that grows one weight at a time.

    Parameters
    ----------
    features : ndarray, shape (m, n)
    y : ndarray, shape (n,)
    lam : float
    start : ndarray, shape (m,)
    """
    n = len(y)
    Q = features @ features.T / n
    diagonal = np.diag(Q).copy()
    Q[np.diag_indices(len(Q))] += RIDGE * diagonal.max(initial=0.0)
    c = features @ y / n - lam
    pivoted = _block_pivoting(Q, c, lam, start, n)
    return _active_set(Q, c, lam, start) if pivoted is None else pivoted


def _block_pivoting(Q: np.ndarray, c: np.ndarray, lam: float, start: np.ndarray, n: int) -> np.ndarray | None:
    used, patience, fewest = start > 0, PATIENCE, len(c) + 1
    for _ in range(PIVOTS):
        held = np.flatnonzero(used)
        weights = np.zeros(len(c))
        try:
            weights[held] = cho_solve(cho_factor(Q[np.ix_(held, held)], lower=True), c[held])
        except np.linalg.LinAlgError:
            return None
        wanted = c - Q[:, held] @ weights[held]
        wanted[held] = 0.0
        negative, asking = weights < 0, wanted > OPTIMAL * lam
        wrong = negative.sum() + asking.sum()
        if wrong == 0:
            return weights
        patience = PATIENCE if wrong < fewest else patience - 1
        fewest = min(fewest, wrong)
        if patience == 0:
            return None
        room = max(10, int(0.6 * (n - len(held) + negative.sum())))
        if asking.sum() > room:
            most = np.argsort(-np.where(asking, wanted / np.sqrt(np.diag(Q)), -1.0))[:room]
            asking = np.zeros(len(c), dtype=bool)
            asking[most] = True
        used = (used & ~negative) | asking
    return None


def _active_set(Q: np.ndarray, c: np.ndarray, lam: float, start: np.ndarray) -> np.ndarray:
    """Solve as Lawson and Hanson do: every change of the support lowers the objective."""
    weights, used, scale = start.copy(), start > 0, np.sqrt(np.diag(Q))
    for _ in range(20 * len(c) + 100):
        while used.any():
            held = np.flatnonzero(used)
            part = Q[np.ix_(held, held)]
            try:
                target = cho_solve(cho_factor(part, lower=True), c[held])
            except np.linalg.LinAlgError:
                target = np.linalg.lstsq(part, c[held], rcond=1e-12)[0]
            if (target > 0).all():
                weights[:] = 0.0
                weights[held] = target
                break
            falling = target <= 0
            step = np.min(weights[held][falling] / (weights[held][falling] - target[falling] + 1e-300))
            weights[held] += step * (target - weights[held])
            gone = held[falling & (weights[held] <= 1e-14 * max(weights.max(), 1e-300))]
            if not len(gone):
                gone = held[falling][[np.argmin(weights[held][falling])]]
            weights[gone], used[gone] = 0.0, False
        wanted = np.where(used, -np.inf, c - Q @ weights)
        best = int(np.argmax(wanted / scale))
        if wanted[best] <= OPTIMAL * lam:
            break
        used[best] = True
    return weights
