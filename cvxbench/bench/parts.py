"""Execution of an experiment's parts: whatever happens to one, the others go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from cvxbench.bench import worker
from cvxbench.bench.executor import Call, executor
from cvxbench.bench.pool import ended_from_outside, note, patience
from cvxbench.bench.records import Part
from cvxbench.bench.store import Store


def execute_parts(
    store: Store, folder: Path, jobs: int, progress: Callable[[Part], None], scheduler: str | None = None
) -> None:
    """Run every part that is left; each is written as soon as it ends. A KeyboardInterrupt stops the workers.

    Parameters
    ----------
    store : Store
    folder : Path
        Of the run; the log of crashes is kept there.
    jobs : int
        Workers side by side on this machine.
    progress : callable
        Told of every part that ended.
    scheduler : str, optional
        Address of a Dask scheduler whose workers are used instead.
    """
    budget = store.meta("suite")["budget"]
    time_limit, memory_limit = budget["time_limit"], budget["memory_limit"]
    queue = [part for part in store.parts() if part.status is None]
    running: dict[int, Part] = {}
    with executor(jobs, scheduler, memory_limit) as calls:
        while queue or running:
            while queue and len(running) < calls.slots:
                part = queue.pop(0)
                given = [part, time_limit, memory_limit]
                running[calls.submit(Call(worker.perform, given, patience(time_limit)))] = part
            ticket, end = calls.ended()
            part, log = running.pop(ticket), ""
            if end.how == "returned":
                part, log = end.result()
            else:
                status, detail = ended_from_outside(end, time_limit)
                part = replace(part, status=status.label, detail=detail)
            part = replace(part, contended=calls.contended)
            store.finish_part(part)
            store.add_machine(end.machine)
            if log:
                note(folder, f"part {part.key}:\n{log}\n")
            progress(part)
