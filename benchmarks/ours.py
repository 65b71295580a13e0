"""Our own engine, asked through the public function alone."""

from __future__ import annotations

import time

import cvxbench
from benchmarks.cases import Instance
from benchmarks.judge import Answer

PACKAGE = "cvxbench"


def solve(instance: Instance, tol: float, network: str = "gated-relu") -> Answer:
    """Return the engine's network and the time of the whole call, from a cold start."""
    seconds, wall = time.process_time(), time.perf_counter()
    solution = cvxbench.train_convex(
        instance.X, instance.y, network=network, lam=instance.lam, gates=instance.gates, tol=tol
    )
    seconds, wall = time.process_time() - seconds, time.perf_counter() - wall
    return Answer(solution.network, seconds, wall, solution.status)
