"""Live progress of a run: a bar with an ETA on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from cvxbench.bench.execute import Bench, execute
from cvxbench.bench.plan import Task
from cvxbench.bench.store import Store
from cvxbench.bench.suite import Suite

EVERY = 30.0  # seconds between lines where there is no terminal


def console(*, stderr: bool = True) -> Console:
    """Return the console for people: progress goes to stderr, reports to stdout."""
    return Console(stderr=stderr, highlight=False)


def watched(store: Store, folder: Path, suite: Suite, jobs: int) -> bool:
    """Execute what is left of a run under a progress display; return False if Ctrl-C ended it."""
    attempts = list(store.attempts(traces=False))
    done = sum(attempt.verdict is not None for attempt in attempts)
    out = console()
    out.print(
        f"{suite.name} ({suite.budget.name}) → {folder}: {len(attempts) - done} of {len(attempts)} attempts to go"
    )
    columns = (
        TextColumn("{task.description:<40.40}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    statuses: Counter[str] = Counter()
    started = said = time.monotonic()
    with Progress(*columns, console=out, disable=not out.is_terminal, speed_estimate_period=300.0) as bar:
        row = bar.add_task("", total=len(attempts), completed=done)

        def tell(task: Task, status: str) -> None:
            nonlocal said
            count = len(task.attempts) or sum(a.planned.dataset == task.dataset for a in attempts)
            statuses[status] += count
            at = task.attempts[0].planned if task.attempts else None
            name = f"{task.dataset} {at.network} {at.lam:.1e} {at.method}" if at else f"{task.dataset}: {status}"
            bar.update(row, advance=count, description=name)
            if not out.is_terminal and time.monotonic() - said > EVERY:
                said = time.monotonic()
                ended = statuses.total()
                left = (said - started) / ended * (len(attempts) - done - ended)
                out.print(
                    f"{done + ended}/{len(attempts)} attempts, about {left / 60:.0f} min left: {name}", markup=False
                )

        try:
            execute(Bench(store, folder, suite, jobs, tell))
        except KeyboardInterrupt:
            return False
    return True
