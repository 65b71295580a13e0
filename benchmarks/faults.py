"""Random processes killed during a suite: python -m benchmarks.faults [KILLS] [SEED] [GLOB]….

A scheduler and two workers run on the loopback address beside the coordinator, `cvxbench run`. At random moments one of
the four is killed, and started again as a cluster's manager would. In the end the run is compared with an undisturbed
one of the suite, field by field but for times.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from benchmarks.cluster import free_port, scheduler, worker
from cvxbench.bench.store import Store

RUN = [sys.executable, "-c", "from cvxbench.cli.main import main; main()", "run"]
SECONDS = (0.5, 12.0)  # between two kills


def content(folder: Path) -> list[object]:
    """Return all that a run found, but for times."""
    with Store(folder) as store:
        attempts = [
            (attempt.id, attempt.planned, verdict and replace(
                verdict, seconds=None, cost=None, contended=False, trace=[(i, value) for i, _, value in verdict.trace]
            ))
            for attempt in store.attempts() for verdict in [attempt.verdict]
        ]  # fmt: skip
        yardsticks = [replace(yardstick, seconds=None, contended=False) for yardstick in store.yardsticks()]
        return [*attempts, *yardsticks, *store.tables().values()]


def disturbed(line: list[str], kills: int, seed: int) -> Counter[str]:
    """Run the command on a cluster whose processes are killed; return how often each of them was."""
    random_ = random.Random(seed)
    port = free_port()
    line = [*line, "--scheduler", f"tcp://127.0.0.1:{port}"]
    start = {
        "scheduler": lambda: scheduler(port),
        "worker 1": lambda: worker(port),
        "worker 2": lambda: worker(port),
        "coordinator": lambda: subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE),
    }
    running = {name: begin() for name, begin in start.items()}
    killed: Counter[str] = Counter()
    due = time.monotonic() + random_.uniform(*SECONDS)
    try:
        while True:
            time.sleep(0.05)
            for name, process in running.items():
                if process.poll() is None:
                    continue
                if name == "coordinator" and process.returncode in (0, 3):
                    return killed
                if name == "coordinator" and process.returncode > 0:
                    raise SystemExit(process.stderr.read().decode() if process.stderr else "")
                running[name] = start[name]()
            if killed.total() < kills and time.monotonic() > due:
                name = random_.choice(list(running))
                running[name].kill()
                running[name].wait()
                killed[name] += 1
                due = time.monotonic() + random_.uniform(*SECONDS)
    finally:
        for process in running.values():
            process.kill()
            process.wait()


def main(kills: int = 20, seed: int = 0, *globs: str) -> None:
    """Print what was killed and whether the results are the same, on the datasets of uci-mini that are named."""
    with tempfile.TemporaryDirectory() as folder:
        alone, shaken = Path(folder) / "alone", Path(folder) / "shaken"
        datasets = [part for glob in globs for part in ("--dataset", glob)]
        options = ["--suite", "uci-mini", *datasets, "--time-limit", "600", "--out"]
        subprocess.run([*RUN, *options, str(alone)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        killed = disturbed([*RUN, *options, str(shaken)], kills, seed)
        same = content(alone) == content(shaken)
        told = ", ".join(f"{name} {count}" for name, count in sorted(killed.items()))
        found = f"{len(content(alone))} results {'the same' if same else 'DIFFERENT'}"
        print(f"{killed.total()} kills ({told}), seed {seed}: {found}")
        sys.exit(not same)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]), *sys.argv[3:])
