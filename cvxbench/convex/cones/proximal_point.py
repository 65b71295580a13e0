"""Semismooth Newton on the dual of the ReLU network's program over given patterns, with exact cone projections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np

from cvxbench.convex.cones.certificate import Certificate, certify, dual_value
from cvxbench.convex.cones.descent import INNER, descend, evaluate
from cvxbench.convex.cones.groups import Program
from cvxbench.convex.cones.projection import Projections, project

OUTER = 60
FIRST = 100.0  # the first σ, in the program's units
WARM = 0.03  # of the last σ of a warm start, if that is more
LARGEST = 1e8
ROUNDING = 1e-13  # relative gaps below this are not aimed at
FINER = 0.1  # factor of σ once its own error no longer matters: what remains is rounding, and grows with σ
GROWTH = ((3, 10.0), (6, 5.0), (12, 2.0), (INNER - 1, 0.7), (INNER, 0.1))  # of σ, by the Newton steps it took
KEPT = 0.7  # groups whose projection is longer than this times τ take part in a proximal step
WORTH_BOUNDING = 1e-2  # errors of a proximal step, relative to the objective, below which its bound is computed
STALL = 14  # bounds in which the gap must fall below 0.7 of what it was


class Ending(Enum):
    """Why the solver stopped. The value is the sentence to print."""

    CONVERGED = "the relative gap of the returned weights is at most the tolerance"
    STALLED = "the gap no longer falls; the tolerance is below what rounding allows on this table"
    LIMIT = "used up its proximal steps; the best weights so far are returned"
    INTERRUPTED = "was asked to stop; the best weights so far are returned"


@dataclass(frozen=True)
class Step:
    """One proximal step: σ, its Newton steps, and what the weights after it are worth (the bound 0 if not computed)."""

    sigma: float
    newton_steps: int
    objective: float
    lower_bound: float

    @property
    def relative_gap(self) -> float:
        """(objective − lower_bound) / objective."""
        return (self.objective - self.lower_bound) / self.objective


@dataclass(frozen=True)
class Weights:
    """The nonzero groups: their places (k,) and values (k, d), in the program's coordinates."""

    groups: np.ndarray
    values: np.ndarray

    @classmethod
    def zero(cls, d: int) -> Weights:
        """Return the weights that are all zero."""
        return cls(np.zeros(0, dtype=int), np.zeros((0, d)))

    @classmethod
    def of(cls, W: np.ndarray) -> Weights:
        """Return the nonzero rows of W, shape (G, d)."""
        groups = np.flatnonzero(W.any(axis=1))
        return cls(groups, W[groups])

    def dense(self, G: int) -> np.ndarray:
        """Return all G groups, shape (G, d)."""
        W = np.zeros((G, self.values.shape[1]))
        W[self.groups] = self.values
        return W

    def residual(self, program: Program) -> np.ndarray:
        """Return y minus the fit, shape (n,)."""
        return program.y - program.fitted(self.groups, self.values)

    def objective(self, program: Program) -> float:
        """Return the program's value."""
        r = self.residual(program)
        return float(r @ r / (2 * len(r)) + program.lam * np.linalg.norm(self.values, axis=1).sum())


@dataclass(frozen=True)
class Solution:
    """Weights of the program and what they are worth.

    Parameters
    ----------
    positive, negative : ndarray, shape (d, P)
        The groups v_g and w_g.
    lam : float
    certificate : Certificate
        Recomputed from the weights in the table's coordinates.
    ended : Ending
    trace : tuple of Step
    """

    positive: np.ndarray
    negative: np.ndarray
    lam: float
    certificate: Certificate
    ended: Ending
    trace: tuple[Step, ...]

    @property
    def newton_steps(self) -> int:
        """The number of linear systems solved."""
        return sum(step.newton_steps for step in self.trace)


def solve(
    X: np.ndarray,
    y: np.ndarray,
    active: np.ndarray,
    lam: float,
    tol: float = 1e-6,
    warm: Solution | None = None,
    keep_going: Callable[[], bool] = lambda: True,
) -> Solution:
    """Minimise 1/(2n)‖Σ_g D_g X (v_g − w_g) − y‖² + λ Σ (‖v_g‖ + ‖w_g‖) with (2D_g − I) X v_g ≥ 0, and so for w_g.

    The proximal point method W⁺ = prox(W − σ(±X'D_g ξ)), each step solved for ξ by a semismooth Newton method
    (Li, Sun, Toh, SIAM J. Optim. 28, 2018, whose penalty is replaced by norms on cones). Weights are outputs of exact
    projections, hence feasible to rounding at every step.

    Parameters
    ----------
    X : ndarray, shape (n, d)
    y : ndarray, shape (n,)
    active : ndarray of bool, shape (n, P)
    lam : float
        Positive.
    tol : float
        The relative gap, of the returned weights' own residual, to stop at.
    warm : Solution, optional
        Of the same table and patterns at another λ or another y.
    keep_going : callable
        Asked before every Newton step; False ends the solver.
    """
    program = Program.of(X, y, active, lam)
    best, trace, ended = _iterate(program, max(tol, ROUNDING), warm, keep_going)
    positive, negative = program.expand(best.groups, best.values)
    certificate = certify(X, y, active, positive, negative, lam)
    if ended is Ending.CONVERGED and certificate.relative_gap > tol:
        ended = Ending.STALLED
    return Solution(positive, negative, lam, certificate, ended, tuple(trace))


def _iterate(
    program: Program, tol: float, warm: Solution | None, keep_going: Callable[[], bool]
) -> tuple[Weights, list[Step], Ending]:
    G, d = len(program.which), program.X.shape[1]
    limit = program.lam * len(program.y)
    known = project(program.cones, program.which, program.pulls(program.y), Projections.none(G, d), limit)
    if known.lengths().max(initial=0.0) <= limit:
        return Weights.zero(d), [], Ending.CONVERGED
    now, sigma = Weights.zero(d), FIRST * program.unit
    xi = -program.y / len(program.y)
    if warm is not None:
        now = Weights.of(np.hstack([warm.positive, warm.negative]).T @ program.basis.T)
        xi = -now.residual(program) / len(program.y) * (program.lam / warm.lam)
        sigma = max([sigma, *(WARM * step.sigma for step in warm.trace[-1:])])
    best, best_step = now, Step(sigma, 0, now.objective(program), 0.0)
    trace: list[Step] = []
    gaps: list[float] = []
    for _ in range(OUTER):
        W = now.dense(G)
        z = W - sigma * program.pulls(xi)
        known = project(program.cones, program.which, z, known, KEPT * sigma * program.lam)
        chosen = np.flatnonzero((known.lengths() > KEPT * sigma * program.lam) | W.any(axis=1))
        start = evaluate(program, chosen, xi, z[chosen], known.of(chosen), sigma)
        inner = descend(program, chosen, W[chosen], start, sigma, tol, keep_going)
        xi, now = inner.point.xi, Weights(chosen[inner.point.prox.groups], inner.point.prox.weights)
        objective, bound = inner.point.objective, 0.0
        if inner.finished and max(inner.inside, inner.outside) <= max(WORTH_BOUNDING, tol) * objective:
            residual = inner.point.residual
            known = project(program.cones, program.which, program.pulls(residual), known, limit)
            bound = dual_value(program.y, residual, float(known.lengths().max()), program.lam)
        step = Step(sigma, inner.newton_steps, objective, bound)
        trace.append(step)
        if step.relative_gap <= tol:
            return now, trace, Ending.CONVERGED
        if _better(step, best_step, tol):
            best, best_step = now, step
        if not inner.finished:
            return best, trace, Ending.INTERRUPTED
        gaps += [step.relative_gap] if bound > 0 else []
        if len(gaps) > STALL and gaps[-1] > 0.7 * gaps[-1 - STALL]:
            return best, trace, Ending.STALLED
        growth = next(factor for most, factor in GROWTH if inner.newton_steps <= most)
        # ξ leaves the dual's constraints by at most this, relative to λ
        infeasible = np.linalg.norm(now.dense(G) - W, axis=1).max() / (sigma * program.lam)
        sigma *= growth if inner.outside > 0.1 * tol * objective or infeasible > 0.1 * tol else FINER
        sigma = min(sigma, LARGEST * program.unit)
    return best, trace, Ending.LIMIT


def _better(step: Step, than: Step, tol: float) -> bool:
    """Compare objectives; where they agree to the tolerance, gaps."""
    if abs(step.objective - than.objective) > 0.1 * tol * than.objective:
        return step.objective < than.objective
    return step.relative_gap < than.relative_gap
