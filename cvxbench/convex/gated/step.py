"""One step of the proximal point method on the gated program's dual, by semismooth Newton over a working set of groups.

The program min_W 1/(2n)‖Σ_g A_g w_g − y‖² + λ Σ‖w_g‖ has the dual variable ξ = −ν/n. A step of the proximal point
method at W minimises φ(ξ) = y'ξ + n/2 ‖ξ‖² + 1/(2σ) Σ (‖w_g − σ A_g'ξ‖ − σλ)₊², whose gradient is semismooth, and moves
W to the shrunken w_g − σ A_g'ξ. Groups that were left out are met again when the point that it ends in is judged: by
all groups.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from cvxbench.convex.certificate import dual_bound, largest, objective_of, row_norms
from cvxbench.convex.features import Features
from cvxbench.convex.gated.jacobian import Jacobian
from cvxbench.convex.gated.point import Point
from cvxbench.convex.gated.systems import Systems

INNER, HALVINGS = 25, 30
NEAR = 0.3  # groups with ‖w_g − σA_g'ξ‖ above this share of σλ can take part
MEMBERS, FEWEST = 3, 100  # of those this many take part for each group that is not zero, and at least
FIRST_NEAR, FIRST_MEMBERS = 0.5, 300  # the same, in a step from zero weights
NEARLY_ALL = 0.7  # when this share of the groups takes part, all do
INEXACT = 10.0  # the error of Newton's method may be this many times that of the proximal step
ARMIJO = 1e-4
FAR = 1e-5  # relative gap at −nξ, or `tol` if that is more; above it the residual cannot certify, and may be far off


def working_set(point: Point) -> np.ndarray:
    """Return the groups that a step from `point` is taken over, ascending: those that are not zero, or nearest to it.

    From zero weights, with only y to go by, they are picked here and there among the nearer half, since the nearest are
    much alike; only the very nearest is never left out: just below λ_max no other group can leave zero.

    Parameters
    ----------
    point : Point
    """
    moved = -point.sigma * point.pulled
    moved[point.groups] += point.weights
    lengths = row_norms(moved) / (point.sigma * point.lam)
    if len(point.groups):
        lengths[point.groups] = np.inf
        chosen = np.flatnonzero(lengths > NEAR)
        room = max(FEWEST, MEMBERS * len(point.groups))
        if len(chosen) > room:
            chosen = np.sort(chosen[np.argpartition(lengths[chosen], -room)[-room:]])
    else:
        chosen = np.flatnonzero(lengths > FIRST_NEAR)
        chosen = chosen[np.linspace(0, len(chosen), min(FIRST_MEMBERS, len(chosen)), endpoint=False).astype(int)]
        chosen = np.union1d(chosen, lengths.argmax())
    return np.arange(len(lengths)) if len(chosen) > NEARLY_ALL * len(lengths) else chosen


class Step:
    """One proximal step from a point.

    Parameters
    ----------
    features : Features
    systems : Systems
    y : ndarray, shape (n,)
    point : Point
    tol : float
        Of the relative gap, in the end.
    """

    def __init__(self, features: Features, systems: Systems, y: np.ndarray, point: Point, tol: float) -> None:
        self.features, self.systems, self.y, self.point, self.tol = features, systems, y, point, tol
        self.tau = point.sigma * point.lam
        self.members = working_set(point)
        self.patterns = features.rows(self.members)
        self.old = np.zeros((len(self.members), features.X.shape[1]))
        self.known = np.searchsorted(self.members, point.groups)
        self.old[self.known] = point.weights
        self.active, self.active_patterns = np.zeros(0, int), self.patterns[:0]

    def shifted(self, xi: np.ndarray) -> np.ndarray:
        """Return v_g = w_g − σA_g'ξ."""
        return self.old - self.point.sigma * (self.patterns @ (self.features.X * xi[:, None]))

    def move(self, xi: np.ndarray, V: np.ndarray) -> None:
        """Set ξ and v_g = w_g − σA_g'ξ, and everything that follows from them."""
        y, n, lam, sigma = self.y, len(self.y), self.point.lam, self.point.sigma
        norms = row_norms(V)
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
        for steps in range(self.begin(), INNER):
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
        if self.inner_error > max(INEXACT * self.outer_error, 0.3 * tol):
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

    def begin(self) -> int:
        """Move to where Newton's method leads from the weights instead of from ξ; return how many systems that took.

        Weights that are to stay have v_g = w_g + σλ w_g/‖w_g‖. Linearised there, the step is one of Newton's method on
        the program itself, damped by 1/σ: as good after σ has grown tenfold, which the v_g that ξ gives are not.
        """
        W, xi = self.point.weights, self.point.xi
        if not len(W):
            self.move_along_y()
            return 0
        norms = row_norms(W)
        U = W / norms[:, None]
        patterns, shrink = self.patterns[self.known], norms / (norms + self.tau)
        jacobian = Jacobian(self.features, self.point.groups, patterns, shrink, U, self.point.sigma)
        gradient = self.y - self.features.combine(patterns, W - self.tau * U) + jacobian.times(xi)
        step = self.systems.step(jacobian, gradient)
        xi = xi if step is None else xi + step
        self.move(xi, self.shifted(xi))
        return 1

    def move_along_y(self) -> None:
        """Move from zero weights to ξ = −ty/n at the t that minimises φ, the root of a piecewise linear slope."""
        y, n, lam, sigma = self.y, len(self.y), self.point.lam, self.point.sigma
        pulled = self.patterns @ (self.features.X * (y / n)[:, None])
        lengths = np.sort(row_norms(pulled))[::-1]
        square = float(y @ y) / n
        above = (square + sigma * lam * np.cumsum(lengths)) / (square + sigma * np.cumsum(lengths**2))
        t = min(1.0, float(above.min(initial=1.0)))
        self.move(-t * y / n, sigma * t * pulled)

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
            value = self.phi(xi, row_norms(V))
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
        pulls = self.features.survey(-len(self.y) * self.xi)
        return replace(self.point, xi=self.xi, pulls=pulls, newton_steps=steps)

    def end(self, steps: int) -> Point:
        """Return the point that the step leads to, judged by its residual or, where its gap is FAR, by −nξ."""
        y, lam = self.y, self.point.lam
        far = self.gap_at_xi() > max(self.tol, FAR) * self.objective
        pulls = self.features.survey(-len(y) * self.xi if far else self.residual)
        own = dual_bound(pulls.v, y, pulls.largest, lam)
        return Point(
            lam=lam,
            groups=self.members[self.active],
            weights=self.new,
            xi=self.xi,
            pulls=pulls,
            sigma=self.point.sigma,
            objective=self.objective,
            bound=max(own, self.point.bound),
            own_bound=own,
            newton_steps=self.point.newton_steps + steps,
        )
