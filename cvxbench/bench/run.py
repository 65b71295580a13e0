"""A run: one execution of a suite or an experiment in a folder of its own, begun or resumed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from cvxbench.bench.manifest import manifest
from cvxbench.bench.plan import grid, yardsticks
from cvxbench.bench.records import Plan
from cvxbench.bench.store import FILE, Store
from cvxbench.bench.suite import Suite, identity
from cvxbench.errors import CvxbenchError

LOCK = ".lock"


def opened(folder: Path, suite: Suite, threads: int, jobs: int) -> AbstractContextManager[Store]:
    """Begin the run of `suite` in `folder`, or resume it; see `begun`.

    Raises
    ------
    CvxbenchError
        As `begun`, or if there is nothing to run.
    """
    plan = Plan(suite.record(), grid(suite), yardsticks(suite))
    if not plan.attempts:
        raise CvxbenchError(f"suite '{suite.name}' has nothing to run as asked; see cvxbench suites show {suite.name}")
    return begun(folder, plan, threads, jobs)


@contextmanager
def begun(folder: Path, plan: Plan, threads: int, jobs: int) -> Iterator[Store]:
    """Begin the run of `plan` in `folder`, or resume it, and hold the folder against a second process.

    Raises
    ------
    CvxbenchError
        If the folder has other files, another run, or is in use.
    """
    _check(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK, timeout=0)
        lock.acquire()
    except Timeout as error:
        raise CvxbenchError(f"'{folder}' is in use by another run; wait for it, or choose another --out") from error
    except OSError as error:
        raise CvxbenchError(f"'{folder}' cannot be written: {error.strerror or error}") from error
    with lock, Store(folder, create=True) as store:
        session = manifest(threads, jobs)
        if not store.planned:
            store.write_plan({"sessions": [session]}, plan)
        else:
            _compare(folder, identity(store.meta("suite")), identity(plan.record))
            store.set_meta("suite", plan.record)
            store.set_meta("sessions", [*store.meta("sessions"), session])
        yield store


def _check(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise CvxbenchError(f"'{folder}' is a file; choose another --out")
    try:
        strange = folder.exists() and not (folder / FILE).exists() and any(p.name != LOCK for p in folder.iterdir())
    except OSError as error:
        raise CvxbenchError(f"'{folder}' cannot be read: {error.strerror or error}") from error
    if strange:
        raise CvxbenchError(f"'{folder}' holds files that are no run of cvxbench; choose another --out")
    if (folder / FILE).exists():
        with Store(folder, create=True):  # refuses what is not ours before anything is written
            pass


def _compare(folder: Path, was: dict[str, Any], now: dict[str, Any]) -> None:
    """Refuse to mix two different grids in one folder, naming the first difference."""
    for key in was | now:
        if was.get(key) != now.get(key):
            raise CvxbenchError(
                f"'{folder}' holds a run that differs in '{key}' ({_short(was.get(key))}, now {_short(now.get(key))}); "
                "repeat its command to resume it, or choose another --out"
            )


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "…"
