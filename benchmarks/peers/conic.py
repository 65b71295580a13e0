"""Clarabel, ECOS and SCS through CVXPY, on programs small enough for them.

Given: the program itself, or its dual with the weights read off the cones' multipliers, whichever is faster; the
loosest tolerance that reaches the target; CVXPY's canonicalisation is left out of their time.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.cases import FEW_GATES, Instance
from benchmarks.judge import Answer, network_of
from benchmarks.peers import Peer
from benchmarks.search import Solved, cheapest

SETTINGS = ("primal", "dual")


def _options(solver: str, tolerance: float, limit: float) -> dict[str, Any]:
    if solver == "CLARABEL":
        names, limits = ("tol_gap_abs", "tol_gap_rel", "tol_feas"), {"time_limit": limit}
    elif solver == "ECOS":
        names, limits = ("abstol", "reltol", "feastol"), {"max_iters": 100}
    else:
        names, limits = ("eps_abs", "eps_rel"), {"time_limit_secs": limit, "max_iters": 10**8}
    return dict.fromkeys(names, tolerance) | limits


def _attempt_with(solver: str) -> Callable[[Instance, str, float], Answer]:
    def attempt(instance: Instance, setting: str, limit: float) -> Answer:
        import cvxpy as cp

        build = _primal if setting == "primal" else _dual

        def solve(tolerance: float) -> Solved:
            program, weights = build(instance)
            data, chain, inverse = program.get_problem_data(solver)
            options = _options(solver, tolerance, limit)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                seconds, wall = time.process_time(), time.perf_counter()
                raw = chain.solve_via_data(program, data, solver_opts=options)
                seconds, wall = time.process_time() - seconds, time.perf_counter() - wall
                try:
                    program.unpack_results(raw, chain, inverse)
                except cp.SolverError:
                    return Solved(None, seconds, wall)
            found = weights()
            return Solved(None if found is None else network_of(instance, found), seconds, wall)

        return cheapest(solve, instance, limit)

    return attempt


def _primal(instance: Instance) -> tuple[Any, Callable[[], np.ndarray | None]]:
    import cvxpy as cp

    weights = cp.Variable(instance.gates.shape)
    residual = instance.features() @ cp.vec(weights, order="F") - instance.y
    penalty = instance.lam * cp.sum(cp.norm(weights, 2, axis=0))
    program = cp.Problem(cp.Minimize(cp.sum_squares(residual) / (2 * len(instance.y)) + penalty))
    return program, lambda: weights.value


def _dual(instance: Instance) -> tuple[Any, Callable[[], np.ndarray | None]]:
    """Maximise ν'y/n − ‖ν‖²/(2n) subject to ‖X'D_p ν‖ ≤ λn; w_p is n times the multiplier of cone p."""
    import cvxpy as cp

    n = len(instance.y)
    dual = cp.Variable(n)
    cones = [
        cp.SOC(instance.lam * n, instance.X[rows].T @ dual[rows]) for rows in map(np.flatnonzero, instance.active.T)
    ]
    program = cp.Problem(cp.Maximize(dual @ instance.y / n - cp.sum_squares(dual) / (2 * n)), cones)

    def weights() -> np.ndarray | None:
        if any(cone.dual_value is None for cone in cones):
            return None
        return np.column_stack([-n * np.ravel(cone.dual_value[1]) for cone in cones])

    return program, weights


def warm_up() -> None:
    """Import CVXPY; nothing is compiled."""
    import cvxpy  # noqa: F401


PEERS = tuple(
    Peer(solver.lower(), solver.lower(), SETTINGS, _attempt_with(solver), warm_up, most_patterns=FEW_GATES)
    for solver in ("CLARABEL", "ECOS", "SCS")
)
