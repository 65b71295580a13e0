"""The proximal point method on the gated program's dual: one step after the other, each at a σ that suits it (SSNAL).

Li, Sun and Toh 2018; Zhang, Zhang, Sun and Toh 2020, for the group lasso.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from cvxbench.convex.certificate import TINY, dual_bound, objective_of
from cvxbench.convex.features import Features
from cvxbench.convex.gated.point import Point
from cvxbench.convex.gated.polish import polished
from cvxbench.convex.gated.step import INNER, Step
from cvxbench.convex.gated.systems import Systems

OUTER = 60
GROWTH = ((3, 10.0), (6, 5.0), (12, 2.0), (INNER - 1, 0.7), (INNER, 0.1))  # of σ, by the Newton steps that were needed
NEGLIGIBLE, FINER = (
    0.1,
    0.1,
)  # a smaller error of the proximal step than this share of tol: what is left is rounding, which grows with σ
FIRST_SIGMA = 10.0  # in units of n/scale
LARGEST_SIGMA = 1e12  # in units of n/scale
KEPT_SIGMA = 0.005  # of the last σ, at the next lambda
FAILURES = 10  # proximal steps whose Newton steps came to nothing, and left the objective higher
PATIENCE, PROGRESS = 14, 0.7  # without a fall of the gap to this share of it, the iteration ends


def start(features: Features, y: np.ndarray, lam: float, previous: Point | None = None) -> Point:
    """Return the zero weights, or those that were optimal at another lambda, judged at this one."""
    n, r, _ = features.shape
    unit = n / features.scale
    if previous is None or not len(previous.groups):
        groups, weights, residual, sigma = np.zeros(0, int), np.zeros((0, r)), y, FIRST_SIGMA * unit
        pulls = features.survey(y)
        largest = pulls.largest
        feasible = min(1.0, lam * n / max(largest, TINY))
        xi = -feasible * y / n
    else:
        groups, weights = previous.groups, previous.weights
        sigma = max(KEPT_SIGMA * previous.sigma, unit)
        residual, pulls = y - features.combine(features.rows(groups), weights), previous.pulls
        largest = features.longest(residual, pulls)
        feasible = lam / previous.lam
        xi = feasible * previous.xi
    objective = objective_of(residual, weights, lam)
    bound = dual_bound(residual, y, largest, lam)
    return Point(lam, groups, weights, xi, pulls.scaled(feasible), sigma, objective, bound, bound)


def iterates(
    features: Features, systems: Systems, y: np.ndarray, point: Point, tol: float, deadline: float
) -> Iterator[Point]:
    """Yield one point after every step, until its relative gap is `tol`, it no longer falls, or time is up.

    Parameters
    ----------
    features : Features
    systems : Systems
    y : ndarray, shape (n,)
    point : Point
        Where to start.
    tol : float
        Of the relative gap that the weights' own residual proves.
    deadline : float
        On the clock of `time.perf_counter`.
    """
    best = now = point
    for now in _proximal(features, systems, y, point, tol, deadline):
        best = min(best, now, key=lambda one: one.objective)
        yield now
    if now.relative_gap <= tol:
        return
    for now in polished(features, systems, y, best, tol):
        yield now
        if time.perf_counter() > deadline:
            return


def _proximal(
    features: Features, systems: Systems, y: np.ndarray, point: Point, tol: float, deadline: float
) -> Iterator[Point]:
    ceiling = LARGEST_SIGMA * len(y) / features.scale
    gaps, failures = [point.relative_gap], 0
    while gaps[-1] > tol and len(gaps) <= OUTER and failures < FAILURES and time.perf_counter() < deadline:
        if len(gaps) > PATIENCE and min(gaps[-PATIENCE:]) > PROGRESS * min(gaps[:-PATIENCE]):
            return
        step = Step(features, systems, y, point, tol)
        steps = step.run(deadline)
        failed = steps == INNER and step.objective > point.objective
        failures += failed
        point = step.abandoned(steps) if failed else step.end(steps)
        growth = next(factor for most, factor in GROWTH if steps <= most)
        wanted = 0.0 if step.stuck else 0.5 if step.gap_at_xi() <= tol * step.objective else 1.0
        if step.outer_error < NEGLIGIBLE * tol * step.objective and point.relative_gap > wanted * gaps[-1]:
            growth = FINER
        point = replace(point, sigma=min(point.sigma * growth, ceiling))
        gaps.append(point.relative_gap)
        yield point
