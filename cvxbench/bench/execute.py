"""Execution of a plan on worker processes: whatever happens to one attempt, the others go on."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, TimeoutError, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from pebble import ProcessExpired, ProcessPool

from cvxbench.attempt import Status
from cvxbench.bench import worker
from cvxbench.bench.plan import Task, tasks
from cvxbench.bench.records import TableInfo, Verdict, Yardstick
from cvxbench.bench.store import Store
from cvxbench.bench.suite import Suite
from cvxbench.errors import CvxbenchError

LOG = "log.txt"
LOOKAHEAD = 200  # how far down the queue a free worker looks for something that need not wait
LOAD_LIMIT = 900.0  # seconds for a download
THREADS = 1  # of a worker: the same on every machine, and faster than two for most tables of the suites
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")

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
    with _pool(bench) as pool:
        while queue or running:
            while len(running) < bench.jobs and (task := _ready(queue, list(running.values()))):
                queue.remove(task)
                running[_submit(bench, pool, task)] = task
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                task = running.pop(future)
                if isinstance(future.exception(), BrokenProcessPool):
                    raise CvxbenchError(
                        f"the workers end before they begin, so nothing more can run; raise --memory-limit "
                        f"({bench.suite.budget.memory_limit:g} GiB), or see what they print"
                    )
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
    if task.yardstick is not None:
        return pool.schedule(worker.measure, args=[data, task.yardstick, suite.budget], timeout=_patience(suite))
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
    return pool.schedule(worker.train, args=[job], timeout=_patience(suite) * len(job.settings))


def _patience(suite: Suite) -> float:
    """Return the seconds after which a worker that ignores its time limit is ended."""
    return 2.0 * suite.budget.time_limit + 10.0


def _write_verdicts(bench: Bench, task: Task, future: Future) -> str:
    try:
        judged: worker.Judged = future.result()
        verdicts, log = judged.verdicts, judged.log
    except (TimeoutError, ProcessExpired) as error:
        status, detail = _ended_from_outside(bench, error)
        verdicts, log = {attempt.id: Verdict(status.label, detail) for attempt in task.attempts}, ""
    bench.store.finish({id: replace(verdict, contended=bench.jobs > 1) for id, verdict in verdicts.items()})
    if log:
        _append(bench.folder / LOG, f"attempts {', '.join(map(str, verdicts))} ({task.attempts[0].planned}):\n{log}\n")
    return next(iter(verdicts.values())).status


def _write_yardstick(bench: Bench, dataset: str, name: str, future: Future) -> str:
    try:
        yardstick, log = future.result()
    except (TimeoutError, ProcessExpired) as error:
        status, detail = _ended_from_outside(bench, error)
        yardstick, log = Yardstick(dataset, name, status.label, detail), ""
    bench.store.finish_yardstick(replace(yardstick, contended=bench.jobs > 1))
    if log:
        _append(bench.folder / LOG, f"yardstick {name} on {dataset}:\n{log}\n")
    return str(yardstick.status)


def _ended_from_outside(bench: Bench, error: TimeoutError | ProcessExpired) -> tuple[Status, str]:
    if isinstance(error, ProcessExpired):
        return _death(error.exitcode)
    limit, after = bench.suite.budget.time_limit, _patience(bench.suite)
    return Status.KILLED, f"did not stop at its time limit of {limit:g} s, and was ended after {after:g} s"


def _write_table(bench: Bench, task: Task, future: Future) -> Status | None:
    """Write what is known of a loaded table; if it cannot be had, end its attempts and return how."""
    status = Status.SKIPPED
    try:
        table: TableInfo | str = future.result()
    except TimeoutError:
        table = f"dataset '{task.dataset}' did not load within {LOAD_LIMIT:g} s"
    except ProcessExpired as error:
        status, detail = _death(error.exitcode)
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


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise CvxbenchError(f"'{path}' cannot be written ({error.strerror}); finished attempts are kept") from error


def _death(exitcode: int | None) -> tuple[Status, str]:
    """Return what the end of a worker process means: SIGKILL and SIGTERM come from outside, the rest from within."""
    if exitcode is not None and exitcode < 0:
        name = signal.Signals(-exitcode).name
        outside = name in ("SIGKILL", "SIGTERM")
        return (Status.KILLED if outside else Status.CRASHED), f"the worker process was ended by {name}"
    return Status.CRASHED, f"the worker process ended with exit code {exitcode}"


@contextmanager
def _pool(bench: Bench) -> Iterator[ProcessPool]:
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(THREADS)))  # BLAS reads them when a worker first loads it
    pool = ProcessPool(
        max_workers=bench.jobs,
        max_tasks=0,
        initializer=worker.start,
        initargs=[THREADS, bench.suite.budget.memory_limit],
        context=multiprocessing.get_context("spawn"),
    )
    try:
        yield pool
        pool.close()
    except BaseException:
        pool.stop()
        raise
    finally:
        pool.join()
