"""No-op attempts through a real scheduler and store: python -m benchmarks.scale [ATTEMPTS] > benchmarks/scale.csv."""

from __future__ import annotations

import csv
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import psutil

from benchmarks.cluster import cluster
from cvxbench.bench import suite as suites
from cvxbench.bench.execute import Bench, execute
from cvxbench.bench.run import opened
from cvxbench.bench.store import FILE, Store
from cvxbench.data.registry import load

NOOP = """
import numpy as np
from cvxbench.attempt import Method, Outcome, Status, one_by_one
from cvxbench.networks.relu import ReLUNetwork
from cvxbench.networks.separable import Separable

def train(problem, setting, budget, watch):
    d, k = problem.X.shape[1], problem.Y.shape[1]
    network = Separable(tuple(ReLUNetwork(np.zeros((d, 1)), np.zeros(1)) for _ in range(k)))
    return Outcome(network, Status.CONVERGED, "did nothing", 1)

METHOD = Method("noop", "Does nothing.", ("relu",), one_by_one(train), lambda budget: [{}], {}, convex=True)
"""
POINTS = 20  # rows of the result
TABLES = ("iris", "wine", "breast-cancer-wisc-diag", "diabetes", "digits")


def install(site: Path) -> None:
    """Install the method for this process and those that it starts."""
    info = site / "noop-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: noop\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[cvxbench.methods]\nnoop = noop:METHOD\n")
    (site / "noop.py").write_text(NOOP)
    sys.path.insert(0, str(site))
    os.environ["PYTHONPATH"] = str(site)


def main(attempts: int) -> None:
    """Run them on one worker, and print seconds and memory as they go."""
    out = csv.writer(sys.stdout)
    out.writerow(["attempts", "seconds", "ms_per_attempt", "coordinator_mb", "scheduler_mb", "store_bytes_per_attempt"])
    with tempfile.TemporaryDirectory() as folder:
        install(Path(folder) / "site")
        registry = load()
        tables = [name for name in TABLES if name in registry.datasets]
        lambdas = [0.01 + 1e-7 * i for i in range(attempts // len(tables))]
        suite = suites.narrowed(
            suites.load("uci-mini", registry), registry, datasets=tables, methods=["noop"], networks=["relu"],
            lambdas=lambdas,
        )  # fmt: skip
        suite = replace(suite, datasets=tuple(d for d in suite.datasets if d.name in tables))
        run = Path(folder) / "run"
        with cluster(workers=1) as (address, (scheduler, *_)), opened(run, suite, threads=1, jobs=1) as store:
            me, other = psutil.Process(), psutil.Process(scheduler.pid)
            total, began, last = store.counts()[0], time.monotonic(), (0, 0.0)
            done = 0

            def ended(task: object, status: str) -> None:
                nonlocal done, last
                done += 1
                if done % (total // POINTS) == 0:
                    seconds = time.monotonic() - began
                    pace = (seconds - last[1]) / (done - last[0]) * 1e3
                    last = (done, seconds)
                    memory = [process.memory_info().rss / 2**20 for process in (me, other)]
                    size = sum(path.stat().st_size for path in run.glob(f"{FILE}*")) / total
                    out.writerow(
                        [done, f"{seconds:.1f}", f"{pace:.2f}", *(f"{mb:.0f}" for mb in memory), f"{size:.0f}"]
                    )
                    sys.stdout.flush()

            execute(Bench(store, run, suite, 1, ended, address))
        with Store(run) as store:
            assert all(attempt.verdict.status == "converged" for attempt in store.attempts(traces=False))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
