"""What a second worker gives on uci-mini: python -m benchmarks.workers [GLOB]….

The suite runs on a cluster of one worker, on one of two, and on two clusters of one worker at once: two workers that
share nothing but the machine, so that what they lose is the machine's, and the rest ours.
"""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from benchmarks.cluster import cluster
from benchmarks.faults import content
from cvxbench.bench import suite as suites
from cvxbench.bench.execute import Bench, execute
from cvxbench.bench.run import opened
from cvxbench.data.registry import load


def seconds(workers: int, globs: tuple[str, ...], folder: Path) -> float:
    """Return the wall time from the first attempt's submission to the last one's end; workers are up before."""
    registry = load()
    suite = suites.load("uci-mini", registry)
    suite = suites.narrowed(suite, registry, datasets=globs) if globs else suite
    with cluster(workers) as (address, _), opened(folder, suite, threads=1, jobs=1) as store:
        time.sleep(5.0)
        began = time.monotonic()
        execute(Bench(store, folder, suite, 1, lambda task, status: None, address))
        return time.monotonic() - began


def main(*globs: str) -> None:
    """Print the times, what a second worker gave, and whether the results are the same."""
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / str(number) for number in range(4)]
        one = seconds(1, globs, folders[0])
        two = seconds(2, globs, folders[1])
        with ProcessPoolExecutor(2) as pool:
            apart = max(pool.map(partial(seconds, 1, globs), folders[2:]))
        same = content(folders[0]) == content(folders[1])
    print(f"one worker {one:.0f} s, two {two:.0f} s: {one / two:.2f} times the throughput")
    print(f"two clusters of one worker at once {apart:.0f} s: the machine gives {2.0 * one / apart:.2f} times")
    print(f"results of one and two workers {'the same' if same else 'DIFFERENT'} but for times")
    sys.exit(not same)


if __name__ == "__main__":
    main(*sys.argv[1:])
