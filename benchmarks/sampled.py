"""The ReLU program on few sampled patterns: ours, scnn's augmented Lagrangian and Clarabel; a footnote to the race."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import cases, ours, rows
from benchmarks.cases import LAMBDAS, Case, Instance
from benchmarks.judge import TARGET, Answer, Watch, judge
from benchmarks.peers.scnn import watched
from benchmarks.race import OURS, TURNS
from benchmarks.record import Attempt, record
from cvxbench.networks.relu import ReLUNetwork

TABLES = ("diabetes", "ionosphere")
GATES = 50
CLARABEL, AL = "clarabel", "scnn AL"
DELTAS = (1000, 100)  # scnn's default first penalty, over n, and that of the paper's experiments


def run(path: Path, limit: float, say: Callable[[str], None]) -> None:
    """Solve each case with all three and append the solves to the CSV file `path`; what that has is not repeated.

    Clarabel's optimum is the reference. scnn's networks are judged as ReLU networks: weights outside their cones stand
    for patterns that were not sampled, so they can be better than that optimum.
    """
    done = {(row.case, row.solver, row.setting): row for row in rows.read(path)}
    for case in (Case(name, GATES, lam) for name in TABLES for lam in LAMBDAS):
        instance = cases.instance(case)
        key = (case.dataset, case.gates, case.lam)
        best = done.get((key, CLARABEL, "primal"))
        if best is None:
            answer = clarabel(instance)
            optimum = judge(instance, answer.network).objective
            best = record(path, case, instance, Attempt(CLARABEL, "primal", CLARABEL, bound=optimum), answer)
            say(best.sentence())
        for repeat in range(1, 1 + TURNS):
            attempt = Attempt(OURS, f"tol={TARGET:g}", ours.PACKAGE, repeat, bound=best.objective)
            if (key, OURS, attempt.setting) not in done:
                answer = ours.solve(instance, TARGET, "relu")
                say(record(path, case, instance, attempt, answer).sentence())
        for delta in DELTAS:
            attempt = Attempt(AL, f"delta={delta}", "pyscnn", limit=limit, bound=best.objective)
            if (key, AL, attempt.setting) not in done:
                answer = augmented_lagrangian(instance, delta, best.objective, limit)
                say(record(path, case, instance, attempt, answer).sentence())


def clarabel(instance: Instance) -> Answer:
    """Return Clarabel's network of the program min over cone-constrained v, w of loss + λ Σ(‖v‖ + ‖w‖)."""
    import cvxpy as cp

    signs = 2.0 * instance.active - 1.0
    positive, negative = cp.Variable(instance.gates.shape), cp.Variable(instance.gates.shape)
    residual = instance.features() @ cp.vec(positive - negative, order="F") - instance.y
    norms = cp.sum(cp.norm(positive, 2, axis=0)) + cp.sum(cp.norm(negative, 2, axis=0))
    cones = [cp.multiply(signs, instance.X @ groups) >= 0 for groups in (positive, negative)]
    loss = cp.sum_squares(residual) / (2 * len(instance.y))
    program = cp.Problem(cp.Minimize(loss + instance.lam * norms), cones)
    data, chain, inverse = program.get_problem_data(cp.CLARABEL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seconds, wall = time.process_time(), time.perf_counter()
        raw = chain.solve_via_data(program, data)
        seconds, wall = time.process_time() - seconds, time.perf_counter() - wall
        program.unpack_results(raw, chain, inverse)
    network = ReLUNetwork.from_program(np.asarray(positive.value), np.asarray(negative.value))
    return Answer(network, seconds, wall, str(program.status))


def augmented_lagrangian(instance: Instance, delta: int, optimum: float, limit: float) -> Answer:
    """Return scnn's network when its objective comes within the target of `optimum`, or the last one."""
    from scnn.models import ConvexReLU
    from scnn.private.models import AL_MLP
    from scnn.solvers import AL as Solver

    solver = Solver(ConvexReLU(instance.gates), max_primal_iters=10**8, tol=1e-8, constraint_tol=1e-8, delta=delta)

    def build(weights: np.ndarray) -> ReLUNetwork:
        return ReLUNetwork.from_program(weights[0].astype(float), weights[1].astype(float))

    def reached(weights: np.ndarray) -> bool:
        return judge(instance, build(weights)).objective <= optimum * (1 + TARGET)

    start = partial(Watch, build, reached, limit)
    model = partial(AL_MLP, delta=delta)
    return watched(instance, "float64", model, solver, start, lambda weights: weights[:, 0].transpose(0, 2, 1))
