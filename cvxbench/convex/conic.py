"""The programs handed to conic solvers through CVXPY: slow, exact, and nobody's own code."""

from __future__ import annotations

import warnings

import cvxpy as cp
import numpy as np

from cvxbench.attempt import Budget, Method, Outcome, Setting, Status, Watch, no_settings, one_by_one
from cvxbench.networks.gated_relu import GatedReLUNetwork
from cvxbench.networks.patterns import Patterns, distinct
from cvxbench.networks.problem import Problem
from cvxbench.networks.relu import ReLUNetwork
from cvxbench.networks.separable import Separable

NEGLIGIBLE = 1e-7  # an interior point leaves every group a little above zero; relative to the largest group


def train_with(solver: str, problem: Problem, budget: Budget, watch: Watch) -> Outcome:
    """Solve the problem's program with the CVXPY solver named `solver`, one output after the other.

    Skips a problem whose constraint matrix has more nonzeros than `budget.conic_size`.
    """
    patterns = distinct(problem.X, problem.gates)
    count = int(patterns.active.sum()) * problem.X.shape[1]
    nonzeros = count if problem.network == "gated-relu" else 2 * (count + patterns.active.size * problem.X.shape[1])
    if nonzeros > budget.conic_size:
        reason = f"the program has {nonzeros:.1e} nonzeros, above the {budget.conic_size:.0e} of budget {budget.name!r}"
        return Outcome(None, Status.SKIPPED, reason, 0)
    solve = _gated if problem.network == "gated-relu" else _relu
    parts, iterations, words = [], 0, set()
    for y in problem.Y.T:
        part, steps, word = solve(problem.X, y, problem.lam, patterns, solver, budget.time_limit)
        parts.append(part)
        iterations += steps
        words.add(word)
    network = Separable(tuple(parts))
    status = Status.CONVERGED if words == {"optimal"} else Status.BUDGET
    return Outcome(network, status, f"{solver}: {', '.join(sorted(words))}", iterations)


def _gated(
    X: np.ndarray, y: np.ndarray, lam: float, patterns: Patterns, solver: str, time_limit: float
) -> tuple[GatedReLUNetwork, int, str]:
    (d, P), n = patterns.gates.shape, len(y)
    weights = cp.Variable((d, P))
    fit = _features(X, patterns) @ cp.vec(weights, order="F") - y
    objective = cp.sum_squares(fit) / (2 * n) + lam * cp.sum(cp.norm(weights, 2, axis=0))
    steps, word = _solve(cp.Problem(cp.Minimize(objective)), solver, time_limit)
    return GatedReLUNetwork.from_program(patterns.gates, _pruned(weights.value, (d, P))), steps, word


def _relu(
    X: np.ndarray, y: np.ndarray, lam: float, patterns: Patterns, solver: str, time_limit: float
) -> tuple[ReLUNetwork, int, str]:
    (d, P), n = patterns.gates.shape, len(y)
    positive, negative = cp.Variable((d, P)), cp.Variable((d, P))
    signs = 2.0 * patterns.active - 1.0
    fit = _features(X, patterns) @ cp.vec(positive - negative, order="F") - y
    norms = cp.sum(cp.norm(positive, 2, axis=0)) + cp.sum(cp.norm(negative, 2, axis=0))
    cones: list[cp.Constraint] = [cp.multiply(signs, X @ positive) >= 0, cp.multiply(signs, X @ negative) >= 0]
    program = cp.Problem(cp.Minimize(cp.sum_squares(fit) / (2 * n) + lam * norms), cones)
    steps, word = _solve(program, solver, time_limit)
    network = ReLUNetwork.from_program(_pruned(positive.value, (d, P)), _pruned(negative.value, (d, P)))
    return network, steps, word


def _features(X: np.ndarray, patterns: Patterns) -> np.ndarray:
    """Return [D_1 X, …, D_P X], shape (n, dP)."""
    return (patterns.active[:, :, None] * X[:, None, :]).reshape(len(X), -1)


def _solve(program: cp.Problem, solver: str, time_limit: float) -> tuple[int, str]:
    limits = {"CLARABEL": {"time_limit": time_limit}, "SCS": {"time_limit_secs": time_limit}, "ECOS": {}}
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Solution may be inaccurate")  # the status says so, and is kept
            program.solve(solver=solver, **limits[solver])
    except cp.SolverError as error:
        return 0, f"failed ({error})"
    return int(program.solver_stats.num_iters or 0), str(program.status)


def _pruned(weights: np.ndarray | None, shape: tuple[int, int]) -> np.ndarray:
    """Return the groups without the negligible ones; the zero network if the solver gave nothing."""
    if weights is None:
        return np.zeros(shape)
    norms = np.linalg.norm(weights, axis=0)
    return np.where(norms > NEGLIGIBLE * norms.max(initial=0.0), weights, 0.0)


def _method(name: str, solver: str) -> Method:
    def train(problem: Problem, setting: Setting, budget: Budget, watch: Watch) -> Outcome:
        return train_with(solver, problem, budget, watch)

    return Method(
        name=name,
        summary=f"the program through CVXPY and {solver}",
        networks=("gated-relu", "relu"),
        train=one_by_one(train),
        settings=no_settings,
        default={},
        convex=True,
    )


METHOD = _method("conic", "CLARABEL")
ECOS = _method("conic-ecos", "ECOS")
SCS = _method("conic-scs", "SCS")
