"""R-FISTA on the group lasso of the gated ReLU network (Mishkin, Sahiner, Pilanci, ICML 2022)."""

from __future__ import annotations

import numpy as np

from cvxbench.attempt import Budget, Method, Outcome, Setting, Status, Watch, no_settings, one_by_one
from cvxbench.convex.fista import Iterate, Smooth, advance, stationary
from cvxbench.networks.gated_relu import GatedReLUNetwork
from cvxbench.networks.patterns import Patterns, distinct
from cvxbench.networks.problem import Problem
from cvxbench.networks.separable import Separable

TOLERANCE = 1e-6
PASSES = 4  # over an n × P array that cost like as many columns of X
FEW = 0.5  # of the groups, up to which a copy of their patterns costs less than products with zero


def least_squares(X: np.ndarray, y: np.ndarray, active: np.ndarray) -> Smooth:
    """Return 1/(2n)·‖Σ_p D_p X w_p − y‖² as a function of the weights (d, P).

    Both products go over the patterns: f(x_i) = Σ_c x_ic Σ_p g_ip w_cp, of which groups that are zero have no part.

    Parameters
    ----------
    X : ndarray, shape (n, d)
    y : ndarray, shape (n,)
    active : ndarray of float, shape (P, n)
        The diagonals of the D_p, g_ip.
    """
    n, columns = len(y), np.ascontiguousarray(X.T)

    def residual(weights: np.ndarray) -> np.ndarray:
        used = np.flatnonzero(weights.any(axis=0))
        few = len(used) < FEW * len(active)
        spread = weights[:, used] @ active[used] if few else weights @ active
        return np.einsum("ci,ci->i", columns, spread) - y

    def value(weights: np.ndarray) -> float:
        r = residual(weights)
        return float(0.5 * (r @ r) / n)

    def gradient(weights: np.ndarray) -> tuple[float, np.ndarray]:
        r = residual(weights)
        return float(0.5 * (r @ r) / n), (active @ (X * (r / n)[:, None])).T

    return Smooth(value, gradient)


def train(problem: Problem, setting: Setting, budget: Budget, watch: Watch, *, tol: float | None = None) -> Outcome:
    """Solve the group lasso of every output, one step of each in turn.

    Stops when every output's smallest subgradient has squared norm at most `tol` (1e-6, as published).
    """
    tol = TOLERANCE if tol is None else tol
    patterns = distinct(problem.X, problem.gates)
    active = np.ascontiguousarray(patterns.active.T, dtype=float)
    outputs = [least_squares(problem.X, y, active) for y in problem.Y.T]
    zero = np.zeros_like(patterns.gates, order="F")
    iterates = [Iterate.at(zero) for _ in outputs]
    (P, n), d = active.shape, problem.X.shape[1]
    cost = 6.0 * n * P * (d + PASSES) * len(outputs)
    limit = budget.affordable(cost, budget.iterations["rfista"])
    open_ = set(range(len(outputs)))
    iteration = 0
    for iteration in range(1, limit + 1):
        for k in sorted(open_):
            iterates[k] = advance(iterates[k], outputs[k], problem.lam)
            if stationary(iterates[k], outputs[k], problem.lam, tol):
                open_.remove(k)
        if not open_:
            break
        if watch.due(iteration) and (ended := watch.see(iteration, _network(patterns, iterates))):
            return ended
    network = _network(patterns, iterates)
    if open_:
        return Outcome(network, Status.BUDGET, f"{limit} iterations", iteration)
    return Outcome(network, Status.CONVERGED, f"squared subgradient ≤ {tol:g}", iteration)


def _network(patterns: Patterns, iterates: list[Iterate]) -> Separable:
    return Separable(tuple(GatedReLUNetwork.from_program(patterns.gates, now.point) for now in iterates))


METHOD = Method(
    name="rfista",
    summary="FISTA with restarts on the gated network's group lasso, as published",
    networks=("gated-relu",),
    train=one_by_one(train),
    settings=no_settings,
    default={},
    convex=True,
)
