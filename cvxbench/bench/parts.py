"""Execution of an experiment's parts on worker processes: whatever happens to one, the others go on."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, TimeoutError, wait
from dataclasses import replace
from pathlib import Path

from pebble import ProcessExpired

from cvxbench.bench import worker
from cvxbench.bench.pool import ended_from_outside, note, patience, refuse_broken, workers
from cvxbench.bench.records import Part
from cvxbench.bench.store import Store


def execute_parts(store: Store, folder: Path, jobs: int, progress: Callable[[Part], None]) -> None:
    """Run every part that is left; each is written as soon as it ends. A KeyboardInterrupt stops the workers.

    Parameters
    ----------
    store : Store
    folder : Path
        Of the run; the log of crashes is kept there.
    jobs : int
        Workers side by side; with more than one, every part is marked contended.
    progress : callable
        Told of every part that ended.
    """
    budget = store.meta("suite")["budget"]
    time_limit, memory_limit = budget["time_limit"], budget["memory_limit"]
    queue = [part for part in store.parts() if part.status is None]
    running: dict[Future, Part] = {}
    with workers(jobs, memory_limit) as pool:
        while queue or running:
            while queue and len(running) < jobs:
                part = queue.pop(0)
                given = [part, memory_limit]
                running[pool.schedule(worker.perform, args=given, timeout=patience(time_limit))] = part
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                part = running.pop(future)
                refuse_broken(future, memory_limit)
                try:
                    ended, log = future.result()
                except (TimeoutError, ProcessExpired) as error:
                    status, detail = ended_from_outside(error, time_limit)
                    ended, log = replace(part, status=status.label, detail=detail), ""
                ended = replace(ended, contended=jobs > 1)
                store.finish_part(ended)
                if log:
                    note(folder, f"part {part.key}:\n{log}\n")
                progress(ended)
