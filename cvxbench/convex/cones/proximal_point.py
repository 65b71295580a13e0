"""The proximal point method on the dual of the ReLU network's program over given patterns.

A step moves W to prox(W − σ(±X'D_g ξ)), where ξ solves the step's dual by semismooth Newton (Li, Sun and Toh 2018, with
norms on cones in place of their penalty). Weights are outputs of exact projections, hence in their cones to rounding at
every step.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from cvxbench.convex.certificate import dual_bound, objective_of
from cvxbench.convex.cones.certificate import longest
from cvxbench.convex.cones.descent import INNER, Descent, Step, descend, evaluate
from cvxbench.convex.cones.groups import Groups
from cvxbench.convex.cones.point import Point
from cvxbench.convex.cones.projection import Projections, project

OUTER = 60
FIRST = 100.0  # the first σ, in the program's units
REACH = 1000.0  # the first σλ from given weights, over their mean length
WARM = 0.03  # of the last σ at another lambda, if that is more
LARGEST = 1e10
ROUNDING = 1e-13  # relative gaps below this are not aimed at
FINER = 0.1  # factor of σ once its own error no longer matters: what remains is rounding, and grows with σ
GROWTH = ((3, 10.0), (6, 5.0), (12, 2.0), (INNER - 1, 0.7), (INNER, 0.1))  # of σ, by the Newton steps it took
KEPT = 0.7  # groups whose projection is longer than this times τ take part in a proximal step
WORTH_BOUNDING = 1e-2  # errors of a proximal step, relative to the objective, below which its bound is computed
PATIENCE, PROGRESS = 14, 0.7  # bounds without a fall of the gap to this share of it, at which the iteration ends


def start(groups: Groups, y: np.ndarray, lam: float, previous: Point | None = None) -> Point:
    """Return the zero weights, or those that were optimal at another lambda, judged at this one."""
    if previous is None:
        return _judged(groups, y, _zero(groups, y, lam))
    residual = y - groups.fitted(previous.groups, previous.weights)
    ratio = lam / previous.lam  # keeps ξ feasible
    sigma = max(WARM * previous.sigma, FIRST * groups.unit)
    xi = -residual / len(y) * ratio
    return _judged(groups, y, replace(previous, lam=lam, xi=xi, sigma=sigma, bound=0.0, newton_steps=0))


def start_from(groups: Groups, y: np.ndarray, lam: float, chosen: np.ndarray, weights: np.ndarray) -> Point:
    """Return weights (k, r) of the groups `chosen` (k,), each once, as a point judged at `lam`."""
    order = np.argsort(chosen)
    residual = y - groups.fitted(chosen, weights)
    point = replace(_zero(groups, y, lam), groups=chosen[order], weights=weights[order], xi=-residual / len(y))
    if len(chosen):
        point = replace(point, sigma=REACH * float(np.linalg.norm(weights, axis=1).mean()) / lam)
    return _judged(groups, y, point)


def iterates(groups: Groups, y: np.ndarray, point: Point, tol: float, deadline: float) -> Iterator[Point]:
    """Yield one point after every step, until its relative gap is `tol`, it no longer falls, or time is up.

    The last point is within `tol`, or it is the best and has a bound of its own.

    Parameters
    ----------
    groups : Groups
    y : ndarray, shape (n,)
    point : Point
        Where to start.
    tol : float
        Of the relative gap that the weights' own residual proves.
    deadline : float
        On the clock of `time.perf_counter`.
    """
    tol, sigma, best = max(tol, ROUNDING), point.sigma, point
    gaps: list[float] = []
    for _ in range(OUTER):
        if point.relative_gap <= tol or time.perf_counter() > deadline:
            break
        if len(gaps) > PATIENCE and min(gaps[-PATIENCE:]) > PROGRESS * min(gaps[:-PATIENCE]):
            break
        step, near = _next(groups, y, point, sigma, deadline)
        if time.perf_counter() > deadline:
            break
        descent = descend(step, evaluate(step, point.xi, step.moved, near.of(step.chosen)), tol, deadline)
        point = _reached(point, step, descent, near)
        if descent.finished and max(descent.inside, descent.outside) <= max(WORTH_BOUNDING, tol) * point.objective:
            point = _judged(groups, y, point)
            gaps.append(point.relative_gap)
        best = min(best, point, key=lambda one: one.objective)
        yield point
        sigma = min(sigma * _growth(step, descent, tol), LARGEST * groups.unit)
    if point.relative_gap > tol:
        steps, bound = point.newton_steps, point.bound
        yield _judged(groups, y, replace(best, newton_steps=steps, bound=bound, near=point.near))


def _zero(groups: Groups, y: np.ndarray, lam: float) -> Point:
    """Return the zero weights, not judged yet."""
    G, r = groups.shape
    return Point(
        lam=lam,
        groups=np.zeros(0, dtype=int),
        weights=np.zeros((0, r)),
        xi=-y / len(y),
        sigma=FIRST * groups.unit,
        near=Projections.none(G, r),
        objective=0.0,
        bound=0.0,
        own_bound=0.0,
    )


def _next(groups: Groups, y: np.ndarray, point: Point, sigma: float, deadline: float) -> tuple[Step, Projections]:
    """Return the proximal step from a point, and the projections of all groups that tell which take part in it."""
    W, kept = point.dense(len(groups.which)), KEPT * sigma * point.lam
    z = W - sigma * groups.pulls(point.xi)
    near = project(groups.cones, groups.which, z, point.near, kept, deadline)
    chosen = np.flatnonzero((near.lengths() > kept) | W.any(axis=1))
    return Step(groups, y, point.lam, sigma, chosen, W[chosen], z[chosen]), near


def _reached(point: Point, step: Step, descent: Descent, near: Projections) -> Point:
    """Return where the proximal step led, not judged yet."""
    reached = descent.point
    return replace(
        point,
        groups=step.chosen[reached.prox.groups],
        weights=reached.prox.weights,
        xi=reached.xi,
        sigma=step.sigma,
        near=near,
        objective=reached.objective,
        own_bound=0.0,
        newton_steps=point.newton_steps + descent.newton_steps,
    )


def _judged(groups: Groups, y: np.ndarray, point: Point) -> Point:
    """Return the point with its objective, and the bound that its residual proves."""
    residual = y - groups.fitted(point.groups, point.weights)
    pulls = groups.pulls(residual)
    largest, near = longest(groups.cones, groups.which, pulls, point.near, point.lam * len(y))
    own = dual_bound(residual, y, largest, point.lam)
    objective = objective_of(residual, point.weights, point.lam)
    return replace(point, near=near, objective=objective, own_bound=own, bound=max(own, point.bound))


def _growth(step: Step, descent: Descent, tol: float) -> float:
    """Return the factor of σ for the next proximal step."""
    reached = np.zeros_like(step.old)
    reached[descent.point.prox.groups] = descent.point.prox.weights
    # ξ leaves the dual's constraints by at most this, relative to λ
    infeasible = np.linalg.norm(reached - step.old, axis=1).max(initial=0.0) / step.tau
    if max(descent.outside / descent.point.objective, infeasible) <= 0.1 * tol:
        return FINER
    return next(factor for most, factor in GROWTH if descent.newton_steps <= most)
