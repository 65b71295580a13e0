"""Execution of a plan on worker processes: whatever happens to one attempt, the others go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, TimeoutError, wait
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from pebble import ProcessExpired, ProcessPool

from cvxbench.attempt import Status
from cvxbench.bench import worker
from cvxbench.bench.plan import Task, tasks
from cvxbench.bench.pool import death, ended_from_outside, note, patience, refuse_broken, workers
from cvxbench.bench.records import TableInfo, Verdict, Yardstick
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
        Workers side by side; with more than one, every attempt is marked contended.
    progress : callable
        Told of every task that ended, and in one word how.
    """

    store: Store
    folder: Path
    suite: Suite
    jobs: int
    progress: Progress


def execute(bench: Bench) -> None:
    """Run every task that is left; each is written as soon as it ends. A KeyboardInterrupt stops the workers."""
    for name, why in bench.suite.unavailable.items():
        _end_all(bench, name, Status.SKIPPED, why)
    queue = list(tasks(bench.store.attempts(traces=False), bench.store.yardsticks()))
    running: dict[Future, Task] = {}
    with workers(bench.jobs, bench.suite.budget.memory_limit) as pool:
        while queue or running:
            while len(running) < bench.jobs and (task := _ready(queue, list(running.values()))):
                queue.remove(task)
                running[_submit(bench, pool, task)] = task
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                task = running.pop(future)
                refuse_broken(future, bench.suite.budget.memory_limit)
                if task.attempts:
                    bench.progress(task, _write_verdicts(bench, task, future))
                elif task.yardstick is not None:
                    bench.progress(task, _write_yardstick(bench, task.dataset, task.yardstick, future))
                elif (ended := _write_table(bench, task, future)) is not None:
                    queue = [left for left in queue if left.dataset != task.dataset]
                    bench.progress(task, ended.label)


def _ready(queue: Sequence[Task], running: Sequence[Task]) -> Task | None:
    """Return the first task that waits for nothing, neither running nor before it in the queue."""
    ahead = list(running)
    for task in islice(queue, LOOKAHEAD):
        if not any(task.waits_for(other) for other in ahead):
            return task
        ahead.append(task)
    return None


def _submit(bench: Bench, pool: ProcessPool, task: Task) -> Future:
    suite = bench.suite
    entry = next(dataset for dataset in suite.datasets if dataset.name == task.dataset).model_dump_json()
    data = worker.Data(entry, suite.seed, suite.bias, suite.centre)
    enough = patience(suite.budget.time_limit)
    if task.yardstick is not None:
        return pool.schedule(worker.measure, args=[data, task.yardstick, suite.budget], timeout=enough)
    if not task.attempts:
        return pool.schedule(worker.load, args=[data], timeout=LOAD_LIMIT)
    planned = task.attempts[0].planned
    job = worker.Job(
        data=data,
        network=planned.network,
        lam=planned.lam,
        method=planned.method,
        budget=suite.budget,
        settings=[(attempt.id, attempt.planned.options, attempt.planned.repeat) for attempt in task.attempts],
        neurons=0 if planned.convex else bench.store.neurons(planned.dataset, planned.network, planned.lam),
        contended=bench.jobs > 1,
    )
    return pool.schedule(worker.train, args=[job], timeout=enough * len(job.settings))


def _write_verdicts(bench: Bench, task: Task, future: Future) -> str:
    try:
        judged: worker.Judged = future.result()
        verdicts, log = judged.verdicts, judged.log
    except (TimeoutError, ProcessExpired) as error:
        status, detail = ended_from_outside(error, bench.suite.budget.time_limit)
        verdicts, log = {attempt.id: Verdict(status.label, detail) for attempt in task.attempts}, ""
    bench.store.finish({id: replace(verdict, contended=bench.jobs > 1) for id, verdict in verdicts.items()})
    if log:
        note(bench.folder, f"attempts {', '.join(map(str, verdicts))} ({task.attempts[0].planned}):\n{log}\n")
    return next(iter(verdicts.values())).status


def _write_yardstick(bench: Bench, dataset: str, name: str, future: Future) -> str:
    try:
        yardstick, log = future.result()
    except (TimeoutError, ProcessExpired) as error:
        status, detail = ended_from_outside(error, bench.suite.budget.time_limit)
        yardstick, log = Yardstick(dataset, name, status.label, detail), ""
    bench.store.finish_yardstick(replace(yardstick, contended=bench.jobs > 1))
    if log:
        note(bench.folder, f"yardstick {name} on {dataset}:\n{log}\n")
    return str(yardstick.status)


def _write_table(bench: Bench, task: Task, future: Future) -> Status | None:
    """Write what is known of a loaded table; if it cannot be had, end its attempts and return how."""
    status = Status.SKIPPED
    try:
        table: TableInfo | str = future.result()
    except TimeoutError:
        table = f"dataset '{task.dataset}' did not load within {LOAD_LIMIT:g} s"
    except ProcessExpired as error:
        status, detail = death(error.exitcode)
        table = f"loading dataset '{task.dataset}': {detail}"
    if isinstance(table, TableInfo):
        bench.store.add_table(table)
        return None
    _end_all(bench, task.dataset, status, table)
    return status


def _end_all(bench: Bench, dataset: str, status: Status, why: str) -> None:
    pending = (a for a in bench.store.attempts(traces=False) if a.planned.dataset == dataset and a.verdict is None)
    verdict = Verdict(status.label, why)
    bench.store.finish({attempt.id: verdict for attempt in list(pending)})
    for yardstick in bench.store.yardsticks():
        if yardstick.dataset == dataset and yardstick.status is None:
            bench.store.finish_yardstick(replace(yardstick, status=status.label, detail=why))
