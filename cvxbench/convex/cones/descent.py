"""One proximal step of the ReLU network's program: Newton's descent on its dual."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from cvxbench.convex.certificate import objective_of
from cvxbench.convex.cones.direction import Prox, direction
from cvxbench.convex.cones.groups import Groups
from cvxbench.convex.cones.projection import Projections, project

INNER = 25
ARMIJO = 1e-4
HALVINGS = 30


@dataclass(frozen=True)
class Step:
    """A proximal step from the weights W and the dual variable ξ.

    Parameters
    ----------
    groups : Groups
    y : ndarray, shape (n,)
    lam, sigma : float
    chosen : ndarray of int, shape (k,)
        The groups that take part.
    old : ndarray, shape (k, r)
        Their W.
    moved : ndarray, shape (k, r)
        W − σ(±X'D_g ξ).
    """

    groups: Groups
    y: np.ndarray
    lam: float
    sigma: float
    chosen: np.ndarray
    old: np.ndarray
    moved: np.ndarray

    @property
    def tau(self) -> float:
        """σλ, by which projections are shortened."""
        return self.sigma * self.lam


@dataclass(frozen=True)
class Trial:
    """A dual point of a proximal step, and the weights it gives.

    Parameters
    ----------
    xi : ndarray, shape (n,)
    z : ndarray, shape (k, r)
        W − σ(±X'D_g ξ) of the groups that take part.
    projections : Projections
        Of z.
    prox : Prox
        Their proximal map.
    residual : ndarray, shape (n,)
        y minus the weights' fit.
    objective : float
        The program's, at the weights.
    dual : float
        What the Newton steps decrease, y'ξ + n/2‖ξ‖² + Σ‖prox‖²/(2σ).
    """

    xi: np.ndarray
    z: np.ndarray
    projections: Projections
    prox: Prox
    residual: np.ndarray
    objective: float
    dual: float

    @property
    def gradient(self) -> np.ndarray:
        """Of `dual`, shape (n,)."""
        return self.residual + len(self.xi) * self.xi


@dataclass(frozen=True)
class Descent:
    """Where the Newton steps of one proximal step ended.

    Parameters
    ----------
    point : Trial
    newton_steps : int
    inside : float
        The error of the inner problem, ‖gradient‖²/(2n), in units of the objective.
    outside : float
        The error that further proximal steps would remove, |⟨W⁺, W − W⁺⟩|/σ, in the same units.
    finished : bool
        False if time was up.
    """

    point: Trial
    newton_steps: int
    inside: float
    outside: float
    finished: bool = True


def evaluate(step: Step, xi: np.ndarray, z: np.ndarray, near: Projections) -> Trial:
    """Return the weights that ξ gives, and their values.

    Parameters
    ----------
    step : Step
    xi : ndarray, shape (n,)
    z : ndarray, shape (k, r)
    near : Projections
        Of points close to z.
    """
    groups, y = step.groups, step.y
    projections = project(groups.cones, groups.which[step.chosen], z, near, step.tau)
    prox = Prox.of(projections, step.tau)
    residual = y - groups.fitted(step.chosen[prox.groups], prox.weights)
    objective = objective_of(residual, prox.weights, step.lam)
    dual = float(y @ xi + 0.5 * len(y) * (xi @ xi) + np.sum(prox.weights**2) / (2 * step.sigma))
    return Trial(xi, z, projections, prox, residual, objective, dual)


def descend(step: Step, point: Trial, tol: float, deadline: float) -> Descent:
    """Take Newton steps until the inner problem is solved as well as the outer error asks.

    Parameters
    ----------
    step : Step
    point : Trial
        Where to start.
    tol : float
        Of the relative gap.
    deadline : float
        On the clock of `time.perf_counter`.
    """
    n, norm = len(step.y), float(np.linalg.norm(step.groups.features.X))
    negligible = 1e-15 * float(np.linalg.norm(step.y))
    lowest, steps = np.inf, 0
    while True:
        prox, gradient = point.prox, point.gradient
        size = float(np.linalg.norm(gradient))
        inside = size**2 / (2 * n)
        outside = abs(float(np.sum(prox.weights * (step.old[prox.groups] - prox.weights)))) / step.sigma
        small = tol * point.objective
        # once the outer error is small enough, the residual itself has to be nearly feasible in the dual
        feasible = outside > small or size * norm <= 0.3 * tol * step.lam * n
        solved = steps >= 1 and inside <= max(outside, 0.3 * small) and feasible
        rounding = steps >= 3 and size > 0.5 * lowest and inside < 1e-3 * small
        if solved or rounding or steps == INNER or size <= negligible:
            return Descent(point, steps, inside, outside)
        if time.perf_counter() > deadline:
            return Descent(point, steps, inside, outside, finished=False)
        lowest = min(lowest, size)
        newton = direction(step.groups, step.groups.which[step.chosen[prox.groups]], prox, step.sigma, gradient)
        steps += 1
        if newton is None or gradient @ newton >= 0:
            return Descent(point, steps, inside, outside)
        point = _line_search(step, point, newton, deadline)


def _line_search(step: Step, point: Trial, newton: np.ndarray, deadline: float) -> Trial:
    """Halve the step until the dual falls by Armijo's rule; return `point` itself if time is up before it does."""
    pulls = step.groups.pulls_on(step.chosen, newton)
    slope = float(point.gradient @ newton)
    rounding = 2e-15 * (abs(point.dual) + abs(float(step.y @ point.xi)))
    trial = point
    for halving in range(HALVINGS):
        length = 0.5**halving
        z = point.z - (step.sigma * length) * pulls
        trial = evaluate(step, point.xi + length * newton, z, point.projections)
        if trial.dual <= point.dual + ARMIJO * length * slope + rounding:
            break
        if time.perf_counter() > deadline:
            return point
    return trial
