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
    yardsticks = store.yardsticks()
    datasets = [*(attempt.planned.dataset for attempt in attempts), *(yardstick.dataset for yardstick in yardsticks)]
    total = len(datasets)
    done = sum(attempt.verdict is not None for attempt in attempts)
    done += sum(yardstick.status is not None for yardstick in yardsticks)
    out = console()
    out.print(f"{suite.name} ({suite.budget.name}) → {folder}: {total - done} of {total} attempts to go")
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
        row = bar.add_task("", total=total, completed=done)

        def tell(task: Task, status: str) -> None:
            nonlocal said
            count = datasets.count(task.dataset) if task.loads else max(1, len(task.attempts))
            statuses[status] += count
            at = task.attempts[0].planned if task.attempts else None
            beside = f" {task.yardstick}" if task.yardstick else f": {status}"
            name = task.dataset + (f" {at.network} {at.lam:.1e} {at.method}" if at else beside)
            bar.update(row, advance=count, description=name)
            if not out.is_terminal and time.monotonic() - said > EVERY:
                said = time.monotonic()
                ended = statuses.total()
                left = (said - started) / ended * (total - done - ended)
                out.print(f"{done + ended}/{total} attempts, about {left / 60:.0f} min left: {name}", markup=False)

        try:
            execute(Bench(store, folder, suite, jobs, tell))
        except KeyboardInterrupt:
            return False
    return True
