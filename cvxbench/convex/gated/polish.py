"""Newton's method on the program itself over the groups that are not zero, where rounding stops the dual.

The proximal point method forms w_g − σA_g'ξ, whose rounding errors grow with σ and with the square of a column's scale.
The program's own Newton matrix, A'A/n + λ·blkdiag((I − uu')/‖w‖), is free of σ, and its Cholesky factor does not mind
columns of different scale; but it has to be told which groups are zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from cvxbench.convex.certificate import dual_bound, objective_of, row_norms
from cvxbench.convex.dense import cholesky
from cvxbench.convex.features import Features
from cvxbench.convex.gated.point import Point
from cvxbench.convex.gated.systems import Systems
from cvxbench.convex.gated.weight_space import add_blocks

FAILURES, PROGRESS = 8, 0.7  # it ends after that many steps in which the gap did not fall to this share
HALVINGS = 30
LARGEST = 6000  # weights; more cost seconds a step
ROUNDING = 4.0 * np.finfo(float).eps


def polished(features: Features, systems: Systems, y: np.ndarray, point: Point, tol: float) -> Iterator[Point]:
    """Yield points of falling objective until one is within `tol` or nothing falls any more.

    Parameters
    ----------
    features : Features
    systems : Systems
    y : ndarray, shape (n,)
    point : Point
    tol : float
        Relative gap.
    """
    lowest, failures = point.relative_gap, 0
    while failures < FAILURES:
        if not 0 < point.weights.size <= LARGEST:
            return
        moved = _newton(features, systems, y, point)
        if moved is None:
            return
        point = _judged(features, y, moved)
        yield point
        if point.relative_gap <= tol:
            return
        failures = 0 if point.relative_gap < PROGRESS * lowest else failures + 1
        lowest = min(lowest, point.relative_gap)


def _newton(features: Features, systems: Systems, y: np.ndarray, point: Point) -> Point | None:
    """Set to zero the groups that the others do not need, if the objective falls so; else take a Newton step."""
    W, lam, n = point.weights, point.lam, len(y)
    k, r = W.shape
    patterns = features.rows(point.groups)
    norms = row_norms(W)
    U = W / norms[:, None]
    residual = y - features.combine(patterns, W)
    pulled = patterns @ (features.X * residual[:, None]) / n
    matrix = systems.gram.of(point.groups) / n
    own = np.einsum("gigj,gj->gi", matrix.reshape(k, r, k, r), W)  # what a group does to its own pull
    needless = row_norms(pulled + own) <= lam
    trials = [np.where(needless[:, None], 0.0, W)] if needless.any() else []
    add_blocks(matrix, (lam / norms)[:, None, None] * (np.eye(r) - U[:, :, None] * U[:, None, :]))
    matrix[np.diag_indices(k * r)] *= 1.0 + 2.0 * ROUNDING
    factored = cholesky(np.asfortranarray(matrix))
    if factored is not None:
        step = factored((pulled - lam * U).ravel()).reshape(k, r)
        trials += [W + 0.5**halving * step for halving in range(HALVINGS)]
    before = objective_of(residual, W, lam)
    for weights in trials:
        after = objective_of(y - features.combine(patterns, weights), weights, lam)
        if after <= before * (1.0 + ROUNDING):
            kept = weights.any(axis=1)
            return replace(
                point,
                groups=point.groups[kept],
                weights=weights[kept],
                objective=after,
                newton_steps=point.newton_steps + 1,
            )
    return None


def _judged(features: Features, y: np.ndarray, point: Point) -> Point:
    """Return the point with the bound that its residual proves."""
    residual = y - features.combine(features.rows(point.groups), point.weights)
    pulls = features.survey(residual)
    own = dual_bound(residual, y, pulls.largest, point.lam)
    return replace(point, xi=-residual / len(y), pulls=pulls, own_bound=own, bound=max(own, point.bound))
