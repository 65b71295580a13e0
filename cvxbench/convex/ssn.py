"""`ssn` and `global` for the benchmark: a program solved by the engine, its points shown to the referee."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from cvxbench.attempt import Budget, Claim, Method, Outcome, Setting, Status, Watch, no_settings, one_by_one
from cvxbench.convex.neurons.program import NeuronProgram
from cvxbench.convex.path import Clock, Ending, Program, solve_path
from cvxbench.convex.programs import program_of
from cvxbench.networks.patterns import distinct
from cvxbench.networks.problem import Problem
from cvxbench.networks.separable import Separable

TOLERANCE = 1e-6  # relative gap between objective and lower bound, on given patterns
SEARCHED = 1e-4  # the same over all patterns
MEMORY = 0.4  # share of a worker's memory that dense matrices may take


def train(problem: Problem, setting: Setting, budget: Budget, watch: Watch, *, tol: float = TOLERANCE) -> Outcome:
    """Solve the program on given patterns until every output's residual proves a relative gap of `tol`."""
    program = program_of(problem.network, problem.X, distinct(problem.X, problem.gates), _memory(budget))
    return _solve(program, problem, budget, watch, tol)


def train_globally(
    problem: Problem, setting: Setting, budget: Budget, watch: Watch, *, tol: float = SEARCHED
) -> Outcome:
    """Train over all patterns until every output's residual supports a relative gap of `tol`."""
    size = problem.X.size * problem.Y.shape[1]
    if size > budget.global_size:
        detail = f"n·d·k = {size:.2g} is above global_size = {budget.global_size:.2g} of budget {budget.name}"
        return Outcome(None, Status.SKIPPED, detail, 0)
    program = NeuronProgram.of(problem.X, setting.seed, _memory(budget), rounds=budget.iterations.get("global"))
    return _solve(program, problem, budget, watch, tol, vouch=True)


def _memory(budget: Budget) -> float:
    return MEMORY * budget.memory_limit * 2.0**30


def _solve(
    program: Program, problem: Problem, budget: Budget, watch: Watch, tol: float, *, vouch: bool = False
) -> Outcome:
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
    claim = _claim(program, reached.points, problem.Y) if vouch else None
    detail = f"relative gap {gap:.1e}" + (f", searched from {claim.starts} starts" if claim and claim.starts else "")
    status = Status.CONVERGED
    if gap > tol:
        why = reached.stopped or Ending.STALLED
        status = Status.OUT_OF_MEMORY if why is Ending.MEMORY else Status.BUDGET
        detail += ": rounds or time used up" if vouch and why is Ending.STALLED else f": {why.value}"
    return Outcome(network(reached.points), status, detail, steps, claim)


def _claim(program: Program, points: Sequence[Any], Y: np.ndarray) -> Claim:
    certificates = [program.certificate(point, y) for point, y in zip(points, Y.T, strict=True)]
    bound = sum(certificate.lower_bound for certificate in certificates)
    return Claim(bound, sum(certificate.starts for certificate in certificates))


METHOD = Method(
    name="ssn",
    summary="semismooth Newton on the program's dual, to a proven relative gap of 1e-6",
    networks=("gated-relu", "relu"),
    train=one_by_one(train),
    settings=no_settings,
    default={},
    convex=True,
)

GLOBAL = Method(
    name="global",
    summary="neurons searched for over all activation patterns, to a searched relative gap of 1e-4",
    networks=("relu",),
    train=one_by_one(train_globally),
    settings=no_settings,
    default={},
    convex=True,
)
