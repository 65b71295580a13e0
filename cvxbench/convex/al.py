"""Augmented Lagrangian on the ReLU network's program over sampled patterns (Mishkin, Sahiner, Pilanci, ICML 2022)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cvxbench.attempt import Budget, Method, Outcome, Setting, Status, Watch, no_settings, one_by_one
from cvxbench.convex.compiled import compiled
from cvxbench.convex.features import in_blocks
from cvxbench.convex.fista import Iterate, Smooth, advance, stationary
from cvxbench.networks.patterns import distinct
from cvxbench.networks.problem import Problem
from cvxbench.networks.relu import ReLUNetwork
from cvxbench.networks.separable import Separable

TOLERANCE = 1e-6
PASSES = 8  # over an n × 2P array that cost like as many columns of X
BLOCK = 2**17  # entries of a block of fitted values
PENALTY = 100.0  # over n, as in the authors' public code
FIRST_INNER_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Inner:
    """One output's augmented Lagrangian: multipliers (2P, n), penalty, how exactly to minimise it, and where we are."""

    iterate: Iterate
    multipliers: np.ndarray
    penalty: float
    tol: float
    violation: float = np.inf
    done: bool = False


def augmented(X: np.ndarray, y: np.ndarray, active: np.ndarray, multipliers: np.ndarray, penalty: float) -> Smooth:
    """Return the smooth part of the augmented Lagrangian over weights [v, w] of shape (d, 2P).

    It is 1/(2n)·‖Σ D_p X (v_p − w_p) − y‖² + δ/2·‖(γ/δ − (2D−I)X[v, w])₊‖², with multipliers γ ≥ 0 and penalty δ.
    A group that is zero adds γ²/2δ and −X'(2D−I)γ to value and gradient, which are computed once; the others come in
    blocks that stay in a core's own cache.

    Parameters
    ----------
    X : ndarray, shape (n, d)
    y : ndarray, shape (n,)
    active : ndarray of bool, shape (P, n)
    multipliers : ndarray, shape (2P, n)
    penalty : float
    """
    (P, n), columns = active.shape, np.ascontiguousarray(X.T)
    shift = multipliers / penalty
    resting = np.einsum("pi,pi->p", shift, shift)
    pulling = np.where(np.concatenate([active, active]), shift, -shift) @ X
    size = max(1, BLOCK // n)

    def parts(weights: np.ndarray, pull: np.ndarray | None) -> tuple[float, np.ndarray]:
        """Return value and residual; write (2D−I)(γ/δ − (2D−I)X[v, w])₊'X into `pull`, shape (2P, d)."""
        moved = np.flatnonzero(weights.any(axis=0))
        fit, squares = np.zeros(n), resting.sum() - resting[moved].sum()
        for first in range(0, len(moved), size):
            groups = moved[first : first + size]
            fitted = weights[:, groups].T @ columns
            _fall_short(fitted, active, shift, groups, fit)
            squares += np.vdot(fitted, fitted)
            if pull is not None:
                pull[groups] = fitted @ X
        r = fit - y
        return float(0.5 * (r @ r) / n + 0.5 * penalty * squares), r

    def gradient(weights: np.ndarray) -> tuple[float, np.ndarray]:
        pull = pulling.copy()
        value, r = parts(weights, pull)
        pull *= -penalty
        loss = in_blocks(active, X * (r / n)[:, None])
        pull[:P] += loss
        pull[P:] -= loss
        return value, pull.T

    return Smooth(lambda weights: parts(weights, None)[0], gradient)


@compiled("void(float64[:,::1], boolean[:,::1], float64[:,::1], int64[::1], float64[::1])")
def _fall_short(
    fitted: np.ndarray, active: np.ndarray, shift: np.ndarray, groups: np.ndarray, fit: np.ndarray
) -> None:  # pragma: no cover
    """Turn each row X u of `fitted` into (2D−I)(γ/δ − (2D−I)X u)₊, and add D X u to `fit`, or −D X u for a w."""
    P, n = active.shape
    for j in range(len(groups)):
        p = groups[j]
        gate, gap, row = active[p % P], shift[p], fitted[j]
        sign = 1.0 if p < P else -1.0
        for i in range(n):
            if gate[i]:
                fit[i] += sign * row[i]
                row[i] = max(gap[i] - row[i], 0.0)
            else:
                row[i] = -max(gap[i] + row[i], 0.0)


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
    active = np.ascontiguousarray(patterns.active.T)
    (P, n), d = active.shape, X.shape[1]
    inners = [
        Inner(Iterate.at(np.zeros((2 * P, d)).T), np.zeros((2 * P, n)), PENALTY / n, FIRST_INNER_TOLERANCE)
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
    fitted = now.iterate.point.T @ X.T
    slack = np.where(np.concatenate([active, active]), fitted, -fitted)
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
    P = len(inners[0].multipliers) // 2
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
