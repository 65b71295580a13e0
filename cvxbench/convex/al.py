"""Augmented Lagrangian on the ReLU network's program over sampled patterns (Mishkin, Sahiner, Pilanci, ICML 2022)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cvxbench.attempt import Budget, Method, Outcome, Setting, Status, Watch, no_settings, one_by_one
from cvxbench.convex.fista import Iterate, Smooth, advance, stationary
from cvxbench.networks.patterns import distinct
from cvxbench.networks.problem import Problem
from cvxbench.networks.relu import ReLUNetwork
from cvxbench.networks.separable import Separable

TOLERANCE = 1e-6
PASSES = 8  # over an n × 2P array that cost like as many columns of X
PENALTY = 100.0  # over n, as in the authors' public code
FIRST_INNER_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Inner:
    """One output's augmented Lagrangian: multipliers (n, 2P), penalty, how exactly to minimise it, and where we are."""

    iterate: Iterate
    multipliers: np.ndarray
    penalty: float
    tol: float
    violation: float = np.inf
    done: bool = False


def augmented(X: np.ndarray, y: np.ndarray, active: np.ndarray, multipliers: np.ndarray, penalty: float) -> Smooth:
    """Return the smooth part of the augmented Lagrangian over weights [v, w] of shape (d, 2P).

    It is 1/(2n)·‖Σ D_p X (v_p − w_p) − y‖² + δ/2·‖(γ/δ − (2D−I)X[v, w])₊‖², with multipliers γ and penalty δ.
    """
    n, P = active.shape
    signs = np.hstack([2.0 * active - 1.0] * 2)
    shift = multipliers / penalty

    def parts(weights: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        fitted = X @ weights
        r = np.einsum("ip,ip->i", active, fitted[:, :P] - fitted[:, P:]) - y
        short = np.maximum(shift - signs * fitted, 0.0)
        return float(0.5 * (r @ r) / n + 0.5 * penalty * np.vdot(short, short)), r, short

    def gradient(weights: np.ndarray) -> tuple[float, np.ndarray]:
        value, r, short = parts(weights)
        pull = active * (r / n)[:, None]
        return value, X.T @ (np.hstack([pull, -pull]) - penalty * signs * short)

    return Smooth(lambda weights: parts(weights)[0], gradient)


def train(problem: Problem, setting: Setting, budget: Budget, watch: Watch, *, tol: float | None = None) -> Outcome:
    """Solve the constrained program of every output, one inner step of each in turn.

    Each inner problem is minimised by R-FISTA, more exactly every time; then the multipliers move, and the penalty
    doubles where the largest violation did not halve. Stops when the squared smallest subgradient of the Lagrangian and
    the largest violation are both at most `tol` (1e-6, as published). The network that is returned and scored is
    the ReLU network of the groups, whatever their violation.
    """
    tol = TOLERANCE if tol is None else tol
    X = problem.X
    patterns = distinct(X, problem.gates)
    active = patterns.active.astype(float)
    (n, P), d = active.shape, X.shape[1]
    inners = [
        Inner(Iterate.at(np.zeros((d, 2 * P))), np.zeros((n, 2 * P)), PENALTY / n, FIRST_INNER_TOLERANCE)
        for _ in problem.Y.T
    ]
    smooths = [
        augmented(X, y, active, now.multipliers, now.penalty) for y, now in zip(problem.Y.T, inners, strict=True)
    ]
    limit = budget.affordable(12.0 * n * P * (d + PASSES) * len(inners), budget.iterations["al"])
    iteration = 0
    for iteration in range(1, limit + 1):
        for k, now in enumerate(inners):
            if now.done:
                continue
            now = replace(now, iterate=advance(now.iterate, smooths[k], problem.lam))
            if stationary(now.iterate, smooths[k], problem.lam, now.tol):
                now = _next(now, X, active, tol)
                smooths[k] = augmented(X, problem.Y[:, k], active, now.multipliers, now.penalty)
            inners[k] = now
        if all(now.done for now in inners):
            break
        if watch.due(iteration) and (ended := watch.see(iteration, _network(inners))):
            return ended
    network = _network(inners)
    if all(now.done for now in inners):
        detail = f"squared subgradient and violation ≤ {tol:g}"
        return Outcome(network, Status.CONVERGED, detail, iteration)
    return Outcome(network, Status.BUDGET, f"{limit} inner iterations", iteration)


def _next(now: Inner, X: np.ndarray, active: np.ndarray, tol: float) -> Inner:
    fitted = X @ now.iterate.point
    slack = np.hstack([2.0 * active - 1.0] * 2) * fitted
    violation = float(np.maximum(-slack, 0.0).max(initial=0.0))
    return Inner(
        iterate=Iterate.at(now.iterate.point, now.iterate.step),
        multipliers=np.maximum(now.multipliers - now.penalty * slack, 0.0),
        penalty=now.penalty if violation <= 0.5 * now.violation else 2.0 * now.penalty,
        tol=max(0.1 * now.tol, tol),
        violation=violation,
        done=violation <= tol and now.tol <= tol,
    )


def _network(inners: list[Inner]) -> Separable:
    P = inners[0].multipliers.shape[1] // 2
    points = [now.iterate.point for now in inners]
    return Separable(tuple(ReLUNetwork.from_program(point[:, :P], point[:, P:]) for point in points))


METHOD = Method(
    name="al",
    summary="augmented Lagrangian on the ReLU program over sampled patterns, as published",
    networks=("relu",),
    train=one_by_one(train),
    settings=no_settings,
    default={},
    convex=True,
)
