"""Worker processes: how they are started, and what it means when one ends before its task does."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import Future, TimeoutError
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

from pebble import ProcessExpired, ProcessPool

from cvxbench.attempt import Status
from cvxbench.bench import worker
from cvxbench.errors import CvxbenchError

LOG = "log.txt"
THREADS = 1  # of a worker: the same on every machine, and faster than two for most tables of the suites
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@contextmanager
def workers(jobs: int, memory_limit: float) -> Iterator[ProcessPool]:
    """Start a pool of worker processes, and stop them at once if anything goes wrong.

    Parameters
    ----------
    jobs : int
    memory_limit : float
        GiB of each.
    """
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(THREADS)))  # BLAS reads them when a worker first loads it
    pool = ProcessPool(
        max_workers=jobs,
        max_tasks=0,
        initializer=worker.start,
        initargs=[THREADS, memory_limit],
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


def patience(time_limit: float) -> float:
    """Return the seconds after which a worker that ignores its time limit is ended."""
    return 2.0 * time_limit + 10.0


def refuse_broken(future: Future, memory_limit: float) -> None:
    """Raise a CvxbenchError if the task ended because no worker can be started."""
    if isinstance(future.exception(), BrokenProcessPool):
        raise CvxbenchError(
            f"the workers end before they begin, so nothing more can run; raise --memory-limit ({memory_limit:g} GiB), "
            "or see what they print"
        )


def ended_from_outside(error: TimeoutError | ProcessExpired, time_limit: float) -> tuple[Status, str]:
    """Return how a task ended whose worker was ended, or ended itself, and a phrase on why."""
    if isinstance(error, ProcessExpired):
        return death(error.exitcode)
    after = patience(time_limit)
    return Status.KILLED, f"did not stop at its time limit of {time_limit:g} s, and was ended after {after:g} s"


def death(exitcode: int | None) -> tuple[Status, str]:
    """Return what the end of a worker process means: SIGKILL and SIGTERM come from outside, the rest from within."""
    if exitcode is not None and exitcode < 0:
        name = signal.Signals(-exitcode).name
        outside = name in ("SIGKILL", "SIGTERM")
        return (Status.KILLED if outside else Status.CRASHED), f"the worker process was ended by {name}"
    return Status.CRASHED, f"the worker process ended with exit code {exitcode}"


def note(folder: Path, text: str) -> None:
    """Append a crash to the log of the run in `folder`."""
    path = folder / LOG
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise CvxbenchError(f"'{path}' cannot be written ({error.strerror}); finished attempts are kept") from error
