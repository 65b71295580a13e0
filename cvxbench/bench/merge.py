"""Runs of one suite that were made on different machines, joined into one."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from cvxbench.bench.records import Attempt, Part, Plan, Planned, TableInfo, Verdict, Yardstick
from cvxbench.bench.store import Store
from cvxbench.bench.suite import identity
from cvxbench.errors import CvxbenchError

MAY_DIFFER = {"datasets", "entries", "unavailable", "networks", "lambdas"}
ONE_SUITE = "only runs of one suite can be merged"


@dataclass(frozen=True)
class Merged:
    """What a merge came to.

    Parameters
    ----------
    runs, total, finished : int
        Runs joined; attempts and parts in the plan, and those that have ended.
    mixed : bool
        Whether the runs were made on different processors; all times then count as contended.
    """

    runs: int
    total: int
    finished: int
    mixed: bool


def merge(folders: Sequence[Path], out: Path) -> Merged:
    """Join runs of other datasets, networks or lambdas, or that are parts of one grid; the runs stay as they are.

    Of an attempt that several runs finished, that of the run named first is taken. Every problem must have been given
    to the same methods, since the convex solutions of a problem set the width of its opponents.

    Parameters
    ----------
    folders : sequence of Path
    out : Path
        A folder that is not there yet; it appears whole or not at all.

    Raises
    ------
    CvxbenchError
        If a folder is not a run, `out` exists, or the runs are of different suites, methods or data, or fill no grid.
    """
    if out.exists():
        raise CvxbenchError(f"'{out}' exists; choose another --out")
    with ExitStack() as stack:
        stores = {folder: stack.enter_context(Store(folder)) for folder in folders}
        records = {folder: store.meta("suite") for folder, store in stores.items()}
        tables = _tables(records, stores)
        record = _joined(records)
        sessions = [session for store in stores.values() for session in store.meta("sessions")]
        mixed = len({cpu for session in sessions for cpu in _processors(session)}) > 1
        attempts = list(_attempts(list(stores.values()), mixed))
        _check_grid(planned for planned, _ in attempts)
        yardsticks = list(_yardsticks(list(stores.values()), mixed))
        parts = list(_parts(list(stores.values()), mixed))
        plan = Plan(
            record,
            [planned for planned, _ in attempts],
            [Yardstick(yardstick.dataset, yardstick.name) for yardstick in yardsticks],
            parts,
        )
        _write(out, plan, sessions, tables, [verdict for _, verdict in attempts], yardsticks)
    done = sum(verdict is not None for _, verdict in attempts) + sum(part.status is not None for part in parts)
    return Merged(len(stores), len(attempts) + len(parts), done, mixed)


def _joined(records: Mapping[Path, dict[str, Any]]) -> dict[str, Any]:
    """Return the record of all runs together."""
    (first, whole), *others = records.items()
    for folder, record in others:
        mine, theirs = identity(whole), identity(record)
        for key in mine | theirs:
            if key not in MAY_DIFFER and mine.get(key) != theirs.get(key):
                raise CvxbenchError(f"'{first}' and '{folder}' differ in '{key}'; {ONE_SUITE}")
        if "datasets" in whole:
            for network, methods in whole["networks"].items():
                if record["networks"].get(network, methods) != methods:
                    raise CvxbenchError(f"'{first}' and '{folder}' differ in the methods of {network}; {ONE_SUITE}")
            whole = {
                **whole,
                "datasets": _union(whole["datasets"], record["datasets"]),
                "networks": {**record["networks"], **whole["networks"]},
                "lambdas": _union(whole["lambdas"], record["lambdas"]),
                "entries": {**record["entries"], **whole["entries"]},
                "unavailable": {**record["unavailable"], **whole["unavailable"]},
            }
    return whole


def _union(first: Sequence[Any], second: Sequence[Any]) -> list[Any]:
    return list(dict.fromkeys([*first, *second]))


def _check_grid(attempts: Iterable[Planned]) -> None:
    problems = {(planned.dataset, planned.network, planned.lam): None for planned in attempts}
    datasets, networks, lambdas = (dict.fromkeys(problem[axis] for problem in problems) for axis in range(3))
    for dataset, network, lam in product(datasets, networks, lambdas):
        if (dataset, network, lam) not in problems:
            raise CvxbenchError(f"the runs do not fill one grid: none has '{dataset}' with {network} at λ = {lam:.3g}")


def _tables(records: Mapping[Path, dict[str, Any]], stores: Mapping[Path, Store]) -> dict[str, TableInfo]:
    """Return the tables of all runs; refuse two that share a name but no data."""
    tables: dict[str, tuple[Path, TableInfo]] = {}
    entries: dict[str, tuple[Path, str]] = {}
    for folder, store in stores.items():
        loaded = store.tables()
        for name, table in loaded.items():
            where, seen = tables.setdefault(name, (folder, table))
            if seen.sha256 != table.sha256:
                raise CvxbenchError(
                    f"dataset '{name}' is not the same in '{where}' (sha256 {seen.sha256[:12]}…) and in '{folder}' "
                    f"({table.sha256[:12]}…); only runs on the same data can be merged"
                )
        for name, entry in records[folder].get("entries", {}).items():
            where, seen = entries.setdefault(name, (folder, entry))
            both_loaded = name in loaded and name in stores[where].tables()
            if seen != entry and not both_loaded:
                raise CvxbenchError(f"dataset '{name}' has another entry in '{where}' than in '{folder}'")
    return {name: table for name, (_, table) in tables.items()}


def _processors(session: Mapping[str, Any]) -> list[str]:
    return [machine["cpu"] for machine in session.get("machines", ())] or [session["cpu"]]


def _attempts(stores: Sequence[Store], mixed: bool) -> Iterator[tuple[Planned, Verdict | None]]:
    rows: dict[str, Attempt] = {}
    for store in stores:
        for attempt in store.attempts():
            key = json.dumps(vars(attempt.planned), sort_keys=True)
            if key not in rows or rows[key].verdict is None:
                rows[key] = attempt
    for attempt in rows.values():
        verdict = attempt.verdict
        yield attempt.planned, verdict and replace(verdict, contended=verdict.contended or mixed)


def _yardsticks(stores: Sequence[Store], mixed: bool) -> Iterator[Yardstick]:
    rows: dict[tuple[str, str], Yardstick] = {}
    for yardstick in (yardstick for store in stores for yardstick in store.yardsticks()):
        key = yardstick.dataset, yardstick.name
        if key not in rows or rows[key].status is None:
            rows[key] = yardstick
    for yardstick in rows.values():
        yield replace(yardstick, contended=yardstick.contended or mixed)


def _parts(stores: Sequence[Store], mixed: bool) -> Iterator[Part]:
    rows: dict[str, Part] = {}
    for part in (part for store in stores for part in store.parts()):
        if part.key not in rows or rows[part.key].status is None:
            rows[part.key] = part
    for part in rows.values():
        yield replace(part, contended=part.contended or mixed)


def _write(
    out: Path,
    plan: Plan,
    sessions: Sequence[Mapping[str, Any]],
    tables: Mapping[str, TableInfo],
    verdicts: Sequence[Verdict | None],
    yardsticks: Sequence[Yardstick],
) -> None:
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        part.mkdir(parents=True)
    except OSError as error:
        raise CvxbenchError(f"'{out}' cannot be written: {error.strerror or error}") from error
    try:
        with Store(part, create=True) as store:
            store.write_plan({"sessions": list(sessions)}, plan)
            for table in tables.values():
                store.add_table(table)
            store.finish({id: verdict for id, verdict in enumerate(verdicts) if verdict is not None})
            for yardstick in yardsticks:
                store.finish_yardstick(yardstick)
        part.rename(out)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
