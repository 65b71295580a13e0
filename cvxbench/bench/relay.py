"""What runs an attempt: a child process that can be ended from outside, here or beside a Dask worker's threads.

Dask's workers and scheduler import this module and little else: what an attempt is they pass on as bytes.
"""

from __future__ import annotations

import atexit
import hashlib
import multiprocessing
import os
import pickle
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any, Literal

from pebble import ProcessExpired, ProcessPool

from cvxbench.bench.machine import cpu

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
GLANCE = 0.2  # seconds between looks at whether a call takes too long
SPENT = 75  # exit code of a process that ran out of memory after other calls had taken some of it
KEPT = 16  # tables that a worker keeps on its disk; those in use are far fewer


@dataclass(frozen=True)
class Limits:
    """What a child process may use.

    Parameters
    ----------
    threads : int
    memory : float
        GiB.
    """

    threads: int
    memory: float


@dataclass(frozen=True)
class Ended:
    """How a call ended.

    Parameters
    ----------
    value : bytes or None
        What it returned, pickled.
    how : {"returned", "raised", "died", "late", "lost"}
        The function returned or raised; its process ended before it did, or was ended because it took too long; the
        worker around the process was lost, with every other one that was tried.
    exitcode : int or None
        Of a process that died.
    detail : str
        What was raised.
    machine : tuple of str
        Name and processor of the Dask worker's machine.
    """

    value: bytes | None = None
    how: Literal["returned", "raised", "died", "late", "lost"] = "returned"
    exitcode: int | None = None
    detail: str = ""
    machine: tuple[str, str] | None = None

    def result(self) -> Any:
        """Return what the call returned."""
        assert self.value is not None
        return pickle.loads(self.value)


class Child:
    """A process for one call at a time, started anew whenever it ends; a context manager."""

    def __init__(self, limits: Limits) -> None:
        os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(limits.threads)))  # BLAS reads them when it is loaded
        self._pool = ProcessPool(
            max_workers=1,
            max_tasks=0,
            initializer=_begin,
            initargs=[limits, dict(os.environ)],
            context=_context(),
        )

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process, and whatever it is doing."""
        self._pool.stop()
        self._pool.join()

    def call(self, payload: bytes, patience: float, rows: Path | None = None) -> Ended:
        """Call what `pickled` made of a function, and end the process if that takes too long.

        A call that runs out of memory in a process that has made others is made again in a fresh one.

        Parameters
        ----------
        payload : bytes
        patience : float
            Seconds from its beginning, by a clock that nobody sets.
        rows : Path, optional
            Where the prepared rows are; the function is given it as `rows`.

        Raises
        ------
        BrokenProcessPool
            If no process can be started.
        """
        ended = self._called(payload, patience, rows)
        return self._called(payload, patience, rows) if ended.exitcode == SPENT else ended

    def _called(self, payload: bytes, patience: float, rows: Path | None) -> Ended:
        future = self._pool.schedule(_call, args=[payload, rows])
        began = time.monotonic()
        while not wait([future], GLANCE).done:
            if not future.running():  # its process has not started yet
                began = time.monotonic()
            elif time.monotonic() > began + patience:
                future.cancel()
                return Ended(how="late")
        try:
            return Ended(future.result())
        except ProcessExpired as error:
            return Ended(how="died", exitcode=error.exitcode)
        except BrokenProcessPool:
            raise
        except Exception as error:  # of the function, or of pickling what it returned
            return Ended(how="raised", detail=f"{type(error).__name__}: {error}")


def pickled(function: Callable[..., Any], args: Sequence[Any]) -> bytes:
    """Return a call as bytes; the function goes by its name."""
    return pickle.dumps((function, args))


def dumped(value: Any) -> bytes:
    """Return a value as `Ended` holds it."""
    return pickle.dumps(value)


def digest(content: bytes) -> str:
    """Return a short hash."""
    return hashlib.sha256(content).hexdigest()[:16]


def keep(table: bytes) -> bytes:
    """Return a table as it came: run as a Dask task of its own, so that it travels to a worker once."""
    return table


def attempt(payload: bytes, table: bytes | None, patience: float, limits: Limits, code: str) -> Ended:
    """Make a call in the child process of a Dask worker's thread.

    Raises
    ------
    RuntimeError
        If the worker has other code than `code_version` said where the call comes from.
    """
    from distributed import get_worker

    host = socket.gethostname()
    if (mine := code_version()) != code:
        raise RuntimeError(f"the worker on {host} has other code of cvxbench: {mine}, where {code} is due")
    rows = None if table is None else _kept(table, Path(get_worker().local_directory) / "tables")
    ended = _child(limits, threading.get_ident()).call(payload, patience, rows)
    return replace(ended, machine=(host, cpu()))


@lru_cache(maxsize=1)
def code_version() -> str:
    """Return a short hash of all the package's code."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(str(path.relative_to(package)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


@cache
def _child(limits: Limits, thread: int) -> Child:
    multiprocessing.current_process().daemon = False  # a nanny's worker is a daemon, which may have no children
    os.environ.pop("MALLOC_TRIM_THRESHOLD_", None)  # a nanny sets it, and every large array is then new to the system
    child = Child(limits)
    atexit.register(child.close)  # a worker that is asked to end would wait for it
    return child


def _kept(table: bytes, folder: Path) -> Path:
    """Return the file that holds a table, written if it is not there; the oldest ones go."""
    path = folder / f"{digest(table)}.npz"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{threading.get_ident()}.part")
    part.write_bytes(table)
    part.replace(path)
    for old in sorted(folder.glob("*.npz"), key=lambda old: old.stat().st_mtime)[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


@cache
def _context() -> BaseContext:
    """Return how a process begins: on Linux forked from one that has imported what it needs, which takes seconds."""
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["cvxbench.bench.worker", "torch"])
    return context


def _begin(limits: Limits, environment: Mapping[str, str]) -> None:
    from cvxbench.bench import worker

    os.environ.clear()  # what it was forked from has that of the first child
    os.environ.update(environment)

    worker.start(limits.threads, limits.memory)


_calls: list[str] = []  # that this process was given


def _call(payload: bytes, rows: Path | None) -> bytes:
    function, args = pickle.loads(payload)
    _calls.append(function.__name__)
    try:
        return pickle.dumps(function(*args) if rows is None else function(*args, rows=rows))
    except Exception as error:
        if out_of_memory(error):
            end_if_used()
        raise


def out_of_memory(error: Exception) -> bool:
    """Return whether that is what happened: torch raises a RuntimeError for it."""
    return isinstance(error, MemoryError) or "allocate memory" in str(error)


def end_if_used() -> None:
    """End this process if it has made other calls, whose memory the present one may have lacked."""
    if len(_calls) > 1:
        os._exit(SPENT)
