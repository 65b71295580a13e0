"""`ssn` for the benchmark: the program solved by semismooth Newton, its points shown to the referee."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from cvxbench.attempt import Budget, Method, Outcome, Setting, Status, Watch, no_settings, one_by_one
from cvxbench.convex.path import Clock, Ending, solve_path
from cvxbench.convex.programs import program_of
from cvxbench.networks.patterns import distinct
from cvxbench.networks.problem import Problem
from cvxbench.networks.separable import Separable

TOLERANCE = 1e-6  # relative gap between objective and lower bound
MEMORY = 0.4  # share of a worker's memory that dense matrices may take


def train(problem: Problem, setting: Setting, budget: Budget, watch: Watch, *, tol: float = TOLERANCE) -> Outcome:
    """Solve the program of every output until its residual proves a relative gap of `tol`."""
    memory = MEMORY * budget.memory_limit * 2.0**30
    program = program_of(problem.network, problem.X, distinct(problem.X, problem.gates), memory)
    ended: list[Outcome] = []

    def network(points: Sequence[Any]) -> Separable:
        return Separable(tuple(program.network(point) for point in points))

    def observe(steps: int, points: Sequence[Any]) -> bool:
        if watch.due(steps) and (outcome := watch.see(steps, network(points))):
            ended.append(outcome)
        return bool(ended)

    clock = Clock(time.perf_counter() + budget.time_limit, observe)
    (reached,) = solve_path(program, problem.Y, [problem.lam], tol, clock)
    if ended:
        return ended[0]
    gap = max(point.relative_gap for point in reached.points)
    steps = sum(point.newton_steps for point in reached.points)
    if gap <= tol:
        return Outcome(network(reached.points), Status.CONVERGED, f"relative gap {gap:.1e}", steps)
    why = reached.stopped or Ending.STALLED
    status = Status.OUT_OF_MEMORY if why is Ending.MEMORY else Status.BUDGET
    return Outcome(network(reached.points), status, f"relative gap {gap:.1e}: {why.value}", steps)


METHOD = Method(
    name="ssn",
    summary="semismooth Newton on the program's dual, to a proven relative gap of 1e-6",
    networks=("gated-relu", "relu"),
    train=one_by_one(train),
    settings=no_settings,
    default={},
    convex=True,
)
