"""The proximal point method on the gated program's dual, each step by semismooth Newton (SSNAL).

The program min_W 1/(2n)‖Σ_g A_g w_g − y‖² + λ Σ‖w_g‖ has the dual variable ξ = −ν/n. A step of the proximal point
method at W minimises φ(ξ) = y'ξ + n/2 ‖ξ‖² + 1/(2σ) Σ (‖w_g − σ A_g'ξ‖ − σλ)₊², whose gradient is semismooth, and moves
W to the shrunken w_g − σ A_g'ξ (Li, Sun and Toh 2018; Zhang, Zhang, Sun and Toh 2020, for the group lasso).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from cvxbench.convex.certificate import TINY, dual_bound, largest, objective_of
from cvxbench.convex.features import Features
from cvxbench.convex.gated.jacobian import Jacobian
from cvxbench.convex.gated.point import Point
from cvxbench.convex.gated.polish import polished
from cvxbench.convex.gated.systems import Systems

OUTER, INNER, HALVINGS = 60, 25, 30
NEAR = 0.3  # groups with ‖w_g − σA_g'ξ‖ above this share of σλ take part in a step
NEARLY_ALL = 0.7  # when this share of the groups takes part, all do
GROWTH = ((3, 10.0), (6, 5.0), (12, 2.0), (INNER - 1, 0.7), (INNER, 0.1))  # of σ, by the Newton steps that were needed
NEGLIGIBLE, FINER = (
    0.1,
    0.1,
)  # a smaller error of the proximal step than this share of tol: what is left is rounding, which grows with σ
FIRST_SIGMA = 10.0  # in units of n/scale
LARGEST_SIGMA = 1e10  # in units of n/scale
KEPT_SIGMA = 0.005  # of the last σ, at the next lambda
ARMIJO = 1e-4
FAILURES = 10  # proximal steps whose Newton steps came to nothing, and left the objective higher
PATIENCE, PROGRESS = 14, 0.7  # without a fall of the gap to this share of it, the iteration ends


def start(features: Features, y: np.ndarray, lam: float, previous: Point | None = None) -> Point:
    """Return the zero weights, or those that were optimal at another lambda, judged at this one."""
    n, r, _ = features.shape
    unit = n / features.scale
    if previous is None:
        groups, weights, sigma = np.zeros(0, int), np.zeros((0, r)), FIRST_SIGMA * unit
        xi = -y / n
        pulled = features.correlate(xi)
        feasible = min(1.0, lam / max(largest(pulled), TINY))
        xi, pulled = feasible * xi, feasible * pulled
    else:
        groups, weights = previous.groups, previous.weights
        sigma = max(KEPT_SIGMA * previous.sigma, unit)
        ratio = lam / previous.lam  # keeps ξ feasible
        xi, pulled = previous.xi * ratio, previous.pulled * ratio
    residual = y - features.combine(features.rows(groups), weights)
    objective = objective_of(residual, weights, lam)
    bound = dual_bound(residual, y, largest(features.correlate(residual)), lam)
    return Point(lam, groups, weights, xi, pulled, sigma, objective, bound, bound)


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
        step = _Step(features, systems, y, point, tol)
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


class _Step:
    """One proximal step: semismooth Newton on φ from the point's ξ, over the groups that are near enough to matter."""

    def __init__(self, features: Features, systems: Systems, y: np.ndarray, point: Point, tol: float) -> None:
        self.features, self.systems, self.y, self.point, self.tol = features, systems, y, point, tol
        self.tau = point.sigma * point.lam
        moved = -point.sigma * point.pulled
        moved[point.groups] += point.weights
        near = np.linalg.norm(moved, axis=1) > NEAR * self.tau
        near[point.groups] = True
        self.members = np.arange(len(near)) if near.mean() > NEARLY_ALL else np.flatnonzero(near)
        self.patterns = features.rows(self.members)
        self.old = np.zeros((len(self.members), features.X.shape[1]))
        self.old[np.searchsorted(self.members, point.groups)] = point.weights
        self.active, self.active_patterns = np.zeros(0, int), self.patterns[:0]
        self.xi = point.xi
        self.move(point.xi, moved[self.members])

    def move(self, xi: np.ndarray, V: np.ndarray) -> None:
        """Set ξ and v_g = w_g − σA_g'ξ, and everything that follows from them."""
        y, n, lam, sigma = self.y, len(self.y), self.point.lam, self.point.sigma
        norms = np.linalg.norm(V, axis=1)
        active = np.flatnonzero(norms > self.tau)
        if not np.array_equal(active, self.active):
            self.active, self.active_patterns = active, self.patterns[active]
        self.xi, self.V, self.norms = xi, V, norms[active]
        self.shrink = 1.0 - self.tau / self.norms
        self.new = V[active] * self.shrink[:, None]
        fit = self.features.combine(self.active_patterns, self.new)
        self.residual = y - fit
        self.gradient = self.residual + n * xi
        self.value = self.phi(xi, norms)
        self.objective = objective_of(self.residual, self.new, lam)
        self.slope = float(np.linalg.norm(self.gradient))
        self.inner_error = self.slope**2 / (2 * n)
        self.outer_error = abs(float(np.vdot(self.new, self.old[active] - self.new))) / sigma

    def phi(self, xi: np.ndarray, norms: np.ndarray) -> float:
        """Return φ(ξ) from the norms of the v_g."""
        above = np.maximum(norms - self.tau, 0.0)
        return float(self.y @ xi + 0.5 * len(xi) * (xi @ xi) + (above @ above) / (2 * self.point.sigma))

    def run(self, deadline: float) -> int:
        """Take Newton steps until the point is as accurate as the proximal step deserves; return how many."""
        best = np.inf
        floor = 1e-15 * float(np.linalg.norm(self.y))
        for steps in range(INNER):
            rounding = self.inner_error < 1e-3 * self.tol * self.objective
            self.stuck = steps >= 3 and self.slope > 0.5 * best and rounding
            if self.slope <= floor or self.stuck or (steps and (self.accurate() or time.perf_counter() > deadline)):
                return steps
            best = min(best, self.slope)
            if not self.newton():
                return INNER
        return INNER

    def accurate(self) -> bool:
        """Return whether φ is solved well enough for the step's own error, and for the residual to certify."""
        tol, y, lam = self.tol * self.objective, self.y, self.point.lam
        if self.inner_error > max(self.outer_error, 0.3 * tol):
            return False
        at_best = self.gap_at_xi()
        if at_best > tol:
            return True
        pulled = self.patterns @ (self.features.X * self.residual[:, None])
        return self.objective - dual_bound(self.residual, y, largest(pulled), lam) <= max(tol, 2.0 * at_best)

    def gap_at_xi(self) -> float:
        """Return the gap that the dual point −nξ proves, which the residual's cannot undercut by much."""
        pulled = (self.old - self.V) / self.point.sigma
        return self.objective - dual_bound(-self.xi, self.y, largest(pulled), self.point.lam)

    def newton(self) -> bool:
        """Take one Newton step with a halving line search; return whether there was a descent direction."""
        directions = self.V[self.active] / self.norms[:, None]
        groups, sigma = self.members[self.active], self.point.sigma
        jacobian = Jacobian(self.features, groups, self.active_patterns, self.shrink, directions, sigma)
        step = self.systems.step(jacobian, self.gradient)
        if step is None:
            return False
        pulled = self.patterns @ (self.features.X * step[:, None])
        slope = float(self.gradient @ step)
        length = 1.0
        for _ in range(HALVINGS):
            xi, V = self.xi + length * step, self.V - (sigma * length) * pulled
            value = self.phi(xi, np.linalg.norm(V, axis=1))
            rounding = 2e-15 * (abs(self.value) + abs(float(self.y @ xi)))
            if value <= self.value + ARMIJO * length * slope + rounding:
                break
            length *= 0.5
        else:
            return False
        self.move(xi, V)
        return True

    def abandoned(self, steps: int) -> Point:
        """Return the old weights with the new ξ, from which a smaller σ may get further."""
        steps += self.point.newton_steps
        return replace(self.point, xi=self.xi, pulled=self.features.correlate(self.xi), newton_steps=steps)

    def end(self, steps: int) -> Point:
        """Return the point that the step leads to, with its bounds."""
        features, y, lam = self.features, self.y, self.point.lam
        pulled = features.correlate(self.xi)
        own = dual_bound(self.residual, y, largest(features.correlate(self.residual)), lam)
        other = dual_bound(-self.xi, y, largest(pulled), lam)
        return Point(
            lam=lam,
            groups=self.members[self.active],
            weights=self.new,
            xi=self.xi,
            pulled=pulled,
            sigma=self.point.sigma,
            objective=self.objective,
            bound=max(own, other, self.point.bound),
            own_bound=own,
            newton_steps=self.point.newton_steps + steps,
        )
