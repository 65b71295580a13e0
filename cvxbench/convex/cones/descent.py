"""One proximal step of the ReLU network's program: Newton's descent on its dual."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cvxbench.convex.cones.direction import Prox, direction
from cvxbench.convex.cones.groups import Program
from cvxbench.convex.cones.projection import Projections, project

INNER = 25
ARMIJO = 1e-4
HALVINGS = 30


@dataclass(frozen=True)
class Point:
    """A dual point of one proximal step from W, and the weights it gives.

    Parameters
    ----------
    xi : ndarray, shape (n,)
    z : ndarray, shape (k, d)
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
    point : Point
    newton_steps : int
    inside : float
        The error of the inner problem, ‖gradient‖²/(2n), in units of the objective.
    outside : float
        The error that further proximal steps would remove, |⟨W⁺, W − W⁺⟩|/σ, in the same units.
    finished : bool
        False if it was interrupted.
    """

    point: Point
    newton_steps: int
    inside: float
    outside: float
    finished: bool = True


def evaluate(
    program: Program, chosen: np.ndarray, xi: np.ndarray, z: np.ndarray, near: Projections, sigma: float
) -> Point:
    """Return the point of ξ.

    Parameters
    ----------
    program : Program
    chosen : ndarray of int, shape (k,)
        The groups that take part.
    xi : ndarray, shape (n,)
    z : ndarray, shape (k, d)
    near : Projections
        Of points close to z.
    sigma : float
    """
    n, tau = len(xi), sigma * program.lam
    projections = project(program.cones, program.which[chosen], z, near, tau)
    prox = Prox.of(projections, tau)
    lengths = np.linalg.norm(prox.weights, axis=1)
    residual = program.y - program.fitted(chosen[prox.groups], prox.weights)
    objective = float(residual @ residual / (2 * n) + program.lam * lengths.sum())
    dual = float(program.y @ xi + 0.5 * n * (xi @ xi) + lengths @ lengths / (2 * sigma))
    return Point(xi, z, projections, prox, residual, objective, dual)


def descend(
    program: Program,
    chosen: np.ndarray,
    W: np.ndarray,
    point: Point,
    sigma: float,
    tol: float,
    keep_going: Callable[[], bool],
) -> Descent:
    """Take Newton steps until the inner problem is solved as well as the outer error asks.

    Parameters
    ----------
    program : Program
    chosen : ndarray of int, shape (k,)
    W : ndarray, shape (k, d)
        The weights the proximal step starts from.
    point : Point
        Where to start.
    sigma, tol : float
    keep_going : callable
        Asked before every Newton step.
    """
    n, norm = len(program.y), float(np.linalg.norm(program.X))
    negligible = 1e-15 * float(np.linalg.norm(program.y))
    lowest, steps = np.inf, 0
    while True:
        prox, gradient = point.prox, point.gradient
        size = float(np.linalg.norm(gradient))
        inside = size**2 / (2 * n)
        outside = abs(float(np.sum(prox.weights * (W[prox.groups] - prox.weights)))) / sigma
        small = tol * point.objective
        # once the outer error is small enough, the residual itself has to be nearly feasible in the dual
        feasible = outside > small or size * norm <= 0.3 * tol * program.lam * n
        solved = steps >= 1 and inside <= max(outside, 0.3 * small) and feasible
        rounding = steps >= 3 and size > 0.5 * lowest and inside < 1e-3 * small
        if solved or rounding or steps == INNER or size <= negligible:
            return Descent(point, steps, inside, outside)
        if not keep_going():
            return Descent(point, steps, inside, outside, finished=False)
        lowest = min(lowest, size)
        step = direction(program, program.which[chosen[prox.groups]], prox, sigma, gradient)
        steps += 1
        if gradient @ step >= 0:
            return Descent(point, steps, inside, outside)
        point = _line_search(program, chosen, point, step, sigma)


def _line_search(program: Program, chosen: np.ndarray, point: Point, step: np.ndarray, sigma: float) -> Point:
    """Halve the step until the dual falls by Armijo's rule."""
    pulls = program.pulls(step)[chosen]
    slope = float(point.gradient @ step)
    rounding = 2e-15 * (abs(point.dual) + abs(float(program.y @ point.xi)))
    trial = point
    for halving in range(HALVINGS):
        length = 0.5**halving
        z = point.z - (sigma * length) * pulls
        trial = evaluate(program, chosen, point.xi + length * step, z, point.projections, sigma)
        if trial.dual <= point.dual + ARMIJO * length * slope + rounding:
            break
    return trial
