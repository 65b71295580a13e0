"""Live progress of a run: a bar with an ETA on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from cvxbench.bench.execute import Bench, execute
from cvxbench.bench.parts import execute_parts
from cvxbench.bench.plan import Task
from cvxbench.bench.records import Part
from cvxbench.bench.store import Store
from cvxbench.bench.suite import Suite

EVERY = 30.0  # seconds between lines where there is no terminal


def console(*, stderr: bool = True) -> Console:
    """Return the console for people: progress goes to stderr, reports to stdout."""
    return Console(stderr=stderr, highlight=False)


def watched(store: Store, folder: Path, suite: Suite, jobs: int, scheduler: str | None = None) -> bool:
    """Execute what is left of a suite's run under a progress display; return False if it was interrupted."""
    total, left = store.counts()
    with _bar(f"{suite.name} ({suite.budget.name}) → {folder}", "attempts", total, total - left) as tell:

        def ended(task: Task, status: str) -> None:
            nonlocal left
            before, left = left, store.counts()[1] if task.loads else left - max(1, len(task.attempts))
            count = before - left
            at = task.attempts[0].planned if task.attempts else None
            beside = f" {task.yardstick}" if task.yardstick else f": {status}"
            tell(count, task.dataset + (f" {at.network} {at.lam:.1e} {at.method}" if at else beside))

        return _finished(lambda: execute(Bench(store, folder, suite, jobs, ended, scheduler)))


def watched_parts(store: Store, folder: Path, jobs: int, scheduler: str | None = None) -> bool:
    """Execute what is left of an experiment's run under a progress display; return False if it was interrupted."""
    parts, suite = store.parts(), store.meta("suite")
    done = sum(part.status is not None for part in parts)
    with _bar(f"{suite['name']} ({suite['budget']['name']}) → {folder}", "parts", len(parts), done) as tell:

        def ended(part: Part) -> None:
            tell(1, f"{part.key}: {part.status}")

        return _finished(lambda: execute_parts(store, folder, jobs, ended, scheduler))


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
def _bar(title: str, unit: str, total: int, done: int) -> Iterator[Callable[[int, str], None]]:
    """Yield what is to be told how many more have ended, and a word on the last."""
    out = console()
    out.print(f"{title}: {total - done} of {total} {unit} to go", markup=False)
    columns = (
        TextColumn("{task.description:<40.40}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    ended = 0
    started = said = time.monotonic()
    with Progress(*columns, console=out, disable=not out.is_terminal, speed_estimate_period=300.0) as bar:
        row = bar.add_task("", total=total, completed=done)

        def tell(count: int, name: str) -> None:
            nonlocal said, ended
            ended += count
            bar.update(row, advance=count, description=name)
            if not out.is_terminal and time.monotonic() - said > EVERY:
                said = time.monotonic()
                left = (said - started) / ended * (total - done - ended)
                out.print(f"{done + ended}/{total} {unit}, about {left / 60:.0f} min left: {name}", markup=False)

        yield tell
