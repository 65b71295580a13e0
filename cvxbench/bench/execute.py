"""Execution of a suite's plan: whatever happens to one attempt, the others go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cvxbench.attempt import Status
from cvxbench.bench import worker
from cvxbench.bench.executor import Call, Executor, executor
from cvxbench.bench.plan import Task, alone, tasks
from cvxbench.bench.pool import ended_from_outside, note, patience
from cvxbench.bench.records import TableInfo, Verdict, Yardstick
from cvxbench.bench.relay import Ended
from cvxbench.bench.store import Store
from cvxbench.bench.suite import Suite

LOOKAHEAD = 200  # how far down the queue a free worker looks for something that need not wait
LOAD_LIMIT = 900.0  # seconds for a download

Progress = Callable[[Task, str], None]


@dataclass(frozen=True)
class Bench:
    """Where tasks run and where their results go.

    Parameters
    ----------
    store : Store
    folder : Path
        Of the run; the log of crashes is kept there.
    suite : Suite
    jobs : int
        Workers side by side on this machine.
    progress : callable
        Told of every task that ended, and in one word how.
    scheduler : str or None
        Address of a Dask scheduler whose workers are used instead.
    """

    store: Store
    folder: Path
    suite: Suite
    jobs: int
    progress: Progress
    scheduler: str | None = None


def execute(bench: Bench) -> None:
    """Run every task that is left; each is written as soon as it ends. A KeyboardInterrupt stops the workers."""
    for name, why in bench.suite.unavailable.items():
        _end_all(bench, name, Status.SKIPPED, why)
    suite = bench.suite
    backlog = Backlog(_left(bench.store))
    tables = {
        dataset.name: worker.Data(dataset.model_dump_json(), suite.seed, suite.bias, suite.centre)
        for dataset in suite.datasets
    }
    too_long = alone(suite)
    with executor(bench.jobs, bench.scheduler, suite.budget.memory_limit) as calls:
        running: dict[int, Task] = {}
        while True:
            while len(running) < calls.slots and (task := backlog.ready(running.values())):
                if len(task.attempts) > 1 and too_long(task.attempts[0].planned, _neurons(bench.store, task)):
                    task, others = task.split()
                    backlog.put_back(others)
                running[_submit(bench, calls, task, tables[task.dataset])] = task
            if not running:
                return
            ticket, end = calls.ended()
            task = running.pop(ticket)
            bench.store.add_machine(end.machine)
            if task.attempts:
                bench.progress(task, _write_verdicts(bench, task, end, calls.contended))
            elif task.yardstick is not None:
                bench.progress(task, _write_yardstick(bench, task, task.yardstick, end, calls.contended))
            elif (ended := _write_table(bench, task, end)) is not None:
                backlog.drop(task.dataset)
                bench.progress(task, ended.label)
            if not backlog.has(task.dataset) and not any(task.dataset == other.dataset for other in running.values()):
                calls.forget(tables[task.dataset])


class Backlog:
    """The tasks that have not begun, of which a few are held at a time."""

    def __init__(self, tasks: Iterator[Task]) -> None:
        self._rest = tasks
        self._window: list[Task] = []
        self._dropped: set[str] = set()

    def ready(self, running: Iterable[Task]) -> Task | None:
        """Take out the first task that waits for nothing, neither running nor before it."""
        self._fill()
        ahead = list(running)
        for position, task in enumerate(self._window):
            if not any(task.waits_for(other) for other in ahead):
                return self._window.pop(position)
            ahead.append(task)
        return None

    def put_back(self, task: Task) -> None:
        """Let a task be the next to be looked at."""
        self._window.insert(0, task)

    def has(self, dataset: str) -> bool:
        """Return whether any task on a table is left."""
        self._fill()
        return any(task.dataset == dataset for task in self._window)

    def drop(self, dataset: str) -> None:
        """Forget the tasks on a table."""
        self._dropped.add(dataset)
        self._window = [task for task in self._window if task.dataset != dataset]

    def _fill(self) -> None:
        while len(self._window) < LOOKAHEAD and (task := next(self._rest, None)):
            if task.dataset not in self._dropped:
                self._window.append(task)


def _left(store: Store) -> Iterator[Task]:
    """Yield the tasks that are left, reading one table's at a time."""
    for dataset in store.unfinished():
        yield from tasks(store.attempts(dataset, traces=False), store.yardsticks(dataset))


def _neurons(store: Store, task: Task) -> int:
    """Return the neurons per output that the convex methods found on a task's problem; 0 for these themselves."""
    planned = task.attempts[0].planned
    return 0 if planned.convex else store.neurons(planned.dataset, planned.network, planned.lam)


def _submit(bench: Bench, calls: Executor, task: Task, data: worker.Data) -> int:
    budget = bench.suite.budget
    enough = patience(budget.time_limit)
    if task.yardstick is not None:
        return calls.submit(Call(worker.measure, [data, task.yardstick, budget], enough, data))
    if not task.attempts:
        return calls.load(data, LOAD_LIMIT)
    planned = task.attempts[0].planned
    job = worker.Job(
        data=data,
        network=planned.network,
        lam=planned.lam,
        method=planned.method,
        budget=budget,
        settings=[(attempt.id, attempt.planned.options, attempt.planned.repeat) for attempt in task.attempts],
        neurons=_neurons(bench.store, task),
    )
    return calls.submit(Call(worker.train, [job], enough * len(job.settings), data))


def _write_verdicts(bench: Bench, task: Task, end: Ended, contended: bool) -> str:
    if end.how == "returned":
        judged: worker.Judged = end.result()
        verdicts, log = judged.verdicts, judged.log
    else:
        status, detail = ended_from_outside(end, bench.suite.budget.time_limit)
        verdicts, log = {attempt.id: Verdict(status.label, detail) for attempt in task.attempts}, ""
    bench.store.finish({id: replace(verdict, contended=contended) for id, verdict in verdicts.items()})
    if log:
        note(bench.folder, f"attempts {', '.join(map(str, verdicts))} ({task.attempts[0].planned}):\n{log}\n")
    return next(iter(verdicts.values())).status


def _write_yardstick(bench: Bench, task: Task, name: str, end: Ended, contended: bool) -> str:
    if end.how == "returned":
        yardstick, log = end.result()
    else:
        status, detail = ended_from_outside(end, bench.suite.budget.time_limit)
        yardstick, log = Yardstick(task.dataset, name, status.label, detail), ""
    bench.store.finish_yardstick(replace(yardstick, contended=contended))
    if log:
        note(bench.folder, f"yardstick {name} on {task.dataset}:\n{log}\n")
    return str(yardstick.status)


def _write_table(bench: Bench, task: Task, end: Ended) -> Status | None:
    """Write what is known of a loaded table; if it cannot be had, end its attempts and return how."""
    status = Status.SKIPPED
    if end.how == "returned":
        table: Any = end.result()
    elif end.how == "late":
        table = f"dataset '{task.dataset}' did not load within {LOAD_LIMIT:g} s"
    else:
        status, detail = ended_from_outside(end, LOAD_LIMIT)
        table = f"loading dataset '{task.dataset}': {detail}"
    if isinstance(table, TableInfo):
        bench.store.add_table(table)
        return None
    _end_all(bench, task.dataset, status, table)
    return status


def _end_all(bench: Bench, dataset: str, status: Status, why: str) -> None:
    verdict = Verdict(status.label, why)
    attempts = list(bench.store.attempts(dataset, traces=False))
    bench.store.finish({attempt.id: verdict for attempt in attempts if attempt.verdict is None})
    for yardstick in bench.store.yardsticks(dataset):
        if yardstick.status is None:
            bench.store.finish_yardstick(replace(yardstick, status=status.label, detail=why))
