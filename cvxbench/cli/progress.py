"""Live progress of a run: a bar with an ETA on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from cvxbench.bench.execute import Bench, execute
from cvxbench.bench.parts import execute_parts
from cvxbench.bench.plan import Task, predicted
from cvxbench.bench.store import Store
from cvxbench.bench.suite import Suite

EVERY = 30.0  # seconds between lines where there is no terminal
REFRESH = 1.0  # seconds between looks at what is left, where there is one
SPEED_PERIOD = 3600.0  # seconds that its ETA looks back


def console(*, stderr: bool = True) -> Console:
    """Return the console for people: progress goes to stderr, reports to stdout."""
    return Console(stderr=stderr, highlight=False)


@dataclass(frozen=True)
class Work:
    """So many attempts or parts, and the seconds that they are predicted to take, of which the proportions count."""

    count: int
    seconds: float


def watched(store: Store, folder: Path, suite: Suite, jobs: int, scheduler: str | None = None) -> bool:
    """Execute what is left of a suite's run under a progress display; return False if it was interrupted."""
    seconds = predicted(suite)

    def amount() -> tuple[Work, Work]:
        rows = [(planned, left, seconds(dataset, network)) for dataset, network, planned, left in store.counts()]
        return (
            Work(sum(planned for planned, _, _ in rows), sum(planned * each for planned, _, each in rows)),
            Work(sum(left for _, left, _ in rows), sum(left * each for _, left, each in rows)),
        )

    with _bar(f"{suite.name} ({suite.budget.name}) → {folder}", "attempts", amount) as tell:

        def ended(task: Task, status: str) -> None:
            at = task.attempts[0].planned if task.attempts else None
            beside = f" {task.yardstick}" if task.yardstick else f": {status}"
            tell(task.dataset + (f" {at.network} {at.lam:.1e} {at.method}" if at else beside))

        return _finished(lambda: execute(Bench(store, folder, suite, jobs, ended, scheduler)))


def watched_parts(store: Store, folder: Path, jobs: int, scheduler: str | None = None) -> bool:
    """Execute what is left of an experiment's run under a progress display; return False if it was interrupted."""
    suite = store.meta("suite")

    def amount() -> tuple[Work, Work]:
        parts = store.parts()
        left = sum(part.status is None for part in parts)
        return Work(len(parts), len(parts)), Work(left, left)

    with _bar(f"{suite['name']} ({suite['budget']['name']}) → {folder}", "parts", amount) as tell:
        return _finished(
            lambda: execute_parts(store, folder, jobs, lambda part: tell(f"{part.key}: {part.status}"), scheduler)
        )


def _finished(work: Callable[[], None]) -> bool:
    """Do the work; return False if Ctrl-C ended it, or SIGTERM, by which a queue or a container ends a job."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        work()
    except KeyboardInterrupt:
        return False
    finally:
        signal.signal(signal.SIGTERM, before)
    return True


@contextmanager
def _bar(title: str, unit: str, amount: Callable[[], tuple[Work, Work]]) -> Iterator[Callable[[str], None]]:
    """Yield what is to be told what ended; `amount` says how much is planned and how much of it is left."""
    out = console()
    planned, at_first = amount()
    out.print(f"{title}: {at_first.count} of {planned.count} {unit} to go", markup=False)
    columns = (
        TextColumn("{task.description:<40.40}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[ended]}/{task.fields[planned]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    started = said = time.monotonic()
    with Progress(*columns, console=out, disable=not out.is_terminal, speed_estimate_period=SPEED_PERIOD) as bar:
        ended, done = planned.count - at_first.count, planned.seconds - at_first.seconds
        row = bar.add_task("", total=planned.seconds, completed=round(done), ended=ended, planned=planned.count)

        def show() -> Work:
            left = amount()[1]
            bar.update(row, completed=planned.seconds - left.seconds, ended=planned.count - left.count)
            return left

        def tell(name: str) -> None:
            nonlocal said
            bar.update(row, description=name)
            if time.monotonic() - said < (REFRESH if out.is_terminal else EVERY):
                return
            said = time.monotonic()
            left = show()
            if not out.is_terminal:
                remains = (said - started) * left.seconds / (at_first.seconds - left.seconds)
                count = f"{planned.count - left.count}/{planned.count} {unit}"
                out.print(f"{count}, about {_duration(remains)} left: {name}", markup=False)

        yield tell
        show()


def _duration(seconds: float) -> str:
    return f"{math.ceil(seconds / 60)} min" if seconds < 2 * 3600 else f"{seconds / 3600:.1f} h"
