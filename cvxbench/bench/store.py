"""A run's results in one SQLite file: the fixed plan, then one transaction per finished task."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from cvxbench.attempt import Status
from cvxbench.bench.records import Attempt, Part, Plan, Planned, TableInfo, Verdict, Yardstick
from cvxbench.errors import CvxbenchError

SCHEMA_VERSION = 4
FILE = "run.sqlite"
JSON = {"options", "trace", "result"}
FLAGS = {"convex", "is_default", "contended"}

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE tables (
    dataset TEXT PRIMARY KEY, task TEXT NOT NULL, kind TEXT NOT NULL, n INTEGER NOT NULL, n_train INTEGER NOT NULL,
    d INTEGER NOT NULL, outputs INTEGER NOT NULL, null_objective REAL NOT NULL, sha256 TEXT NOT NULL,
    origin TEXT NOT NULL
);
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY, dataset TEXT NOT NULL, network TEXT NOT NULL, lam REAL NOT NULL, method TEXT NOT NULL,
    convex INTEGER NOT NULL, options TEXT NOT NULL, is_default INTEGER NOT NULL, repeat INTEGER NOT NULL,
    status TEXT, detail TEXT, objective REAL, best REAL, first REAL, worst REAL, lower_bound REAL, starts INTEGER,
    test_score REAL,
    seconds REAL, cost REAL, iterations INTEGER, neurons INTEGER, contended INTEGER, trace TEXT
);
CREATE TABLE yardsticks (
    dataset TEXT NOT NULL, name TEXT NOT NULL, status TEXT, detail TEXT, test_score REAL, seconds REAL,
    contended INTEGER NOT NULL, PRIMARY KEY (dataset, name)
);
CREATE TABLE parts (
    key TEXT PRIMARY KEY, function TEXT NOT NULL, options TEXT NOT NULL, status TEXT, detail TEXT, result TEXT,
    seconds REAL, contended INTEGER NOT NULL
);
CREATE INDEX by_problem ON attempts (dataset, network, lam);
"""

_KINDS = {"TEXT": str, "INTEGER": int, "REAL": (int, float)}
_TYPES = {name: _KINDS[kind] for name, kind in re.findall(r"(\w+) (TEXT|INTEGER|REAL)\b", _SCHEMA)}
_PLANNED = {field.name for field in fields(Planned)}
_STATUSES = {None, *(status.label for status in Status)}


class Store:
    """A run's file, opened for reading or writing; close it, or use it as a context manager.

    Raises
    ------
    CvxbenchError
        If the file is not one of ours, is damaged, is of another schema version, or the disk is full.
    """

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        path = folder / FILE
        if not create and not path.is_file():
            raise CvxbenchError(f"'{folder}' is not a run: it has no {FILE} (cvxbench run --out {folder} makes one)")
        self._path = path
        self._machines: set[tuple[str, str]] = set()
        with self._told():
            self._connection = _connect(path)
            try:
                self._connection.execute("PRAGMA synchronous = NORMAL")  # with WAL, a killed process loses nothing
                self._open(create)
            except BaseException:
                self._connection.close()
                raise

    def _open(self, create: bool) -> None:
        known = self._connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'meta'").fetchone()[0]
        if known:
            version = int(self.meta("schema_version"))
            if version != SCHEMA_VERSION:
                raise CvxbenchError(
                    f"'{self._path}' has schema version {version}, this cvxbench reads {SCHEMA_VERSION}; "
                    "use the version that wrote it, or choose another --out"
                )
        elif not create or self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise CvxbenchError(f"'{self._path}' is not a run of cvxbench; name another folder")

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    @property
    def planned(self) -> bool:
        """Whether the plan has been written."""
        with self._told():
            query = "SELECT count(*) FROM sqlite_master WHERE name = 'meta'"
            return bool(self._connection.execute(query).fetchone()[0])

    def write_plan(self, meta: dict[str, Any], plan: Plan) -> None:
        """Write the schema, `meta`, the plan's record as "suite", and all that is to run in one transaction."""
        rows = ((i, *_encoded(asdict(planned)).values()) for i, planned in enumerate(plan.attempts))
        names = ", ".join(["id", *(field.name for field in fields(Planned))])
        marks = ", ".join("?" * (len(fields(Planned)) + 1))
        with self._told():
            self._connection.execute("PRAGMA journal_mode = WAL")
            with self._transaction():
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    self._connection.execute(statement)
                self._connection.executemany(f"INSERT INTO attempts ({names}) VALUES ({marks})", rows)
                for yardstick in plan.yardsticks:
                    self._replace("yardsticks", yardstick)
                for part in plan.parts:
                    self._replace("parts", part)
                for key, value in {"schema_version": SCHEMA_VERSION, "suite": plan.record, **meta}.items():
                    self._connection.execute("INSERT INTO meta VALUES (?, ?)", (key, json.dumps(value)))

    def meta(self, key: str) -> Any:
        """Return what was written under `key`: `suite` (the resolved suite), `sessions` (a manifest each)."""
        with self._told():
            row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise CvxbenchError(f"'{self._path}' is damaged: it lacks '{key}'; start again with another --out")
        with self._told():
            return json.loads(row[0])

    def set_meta(self, key: str, value: Any) -> None:
        """Replace what is under `key`."""
        with self._told(), self._transaction():
            self._connection.execute("REPLACE INTO meta VALUES (?, ?)", (key, json.dumps(value)))

    def finish(self, verdicts: dict[int, Verdict]) -> None:
        """Write finished attempts, by id, in one transaction."""
        names = [field.name for field in fields(Verdict)]
        assigned = ", ".join(f"{name} = ?" for name in names)
        rows = [(*_encoded(asdict(verdict)).values(), id) for id, verdict in verdicts.items()]
        with self._told(), self._transaction():
            self._connection.executemany(f"UPDATE attempts SET {assigned} WHERE id = ?", rows)

    def finish_yardstick(self, yardstick: Yardstick) -> None:
        """Write how a yardstick ended."""
        values = asdict(yardstick)
        assigned = ", ".join(f"{name} = :{name}" for name in values)
        with self._told(), self._transaction():
            self._connection.execute(
                f"UPDATE yardsticks SET {assigned} WHERE dataset = :dataset AND name = :name", values
            )

    def yardsticks(self, dataset: str | None = None) -> list[Yardstick]:
        """Return the yardsticks in the plan's order, of one table or of all."""
        names = [field.name for field in fields(Yardstick)]
        query = f"SELECT {', '.join(names)} FROM yardsticks WHERE dataset = coalesce(?, dataset) ORDER BY rowid"
        with self._told():
            rows = self._connection.execute(query, (dataset,)).fetchall()
        return [Yardstick(*row[:-1], contended=bool(row[-1])) for row in rows]

    def parts(self) -> list[Part]:
        """Return the parts of an experiment in the plan's order; none if the run is not of one."""
        names = [field.name for field in fields(Part)]
        with self._told():
            rows = self._connection.execute(f"SELECT {', '.join(names)} FROM parts ORDER BY rowid").fetchall()
            return [Part(**_decoded(dict(zip(names, row, strict=True)))) for row in rows]

    def finish_part(self, part: Part) -> None:
        """Write how a part ended."""
        values = _encoded(asdict(part))
        assigned = ", ".join(f"{name} = :{name}" for name in values)
        with self._told(), self._transaction():
            self._connection.execute(f"UPDATE parts SET {assigned} WHERE key = :key", values)

    def add_table(self, table: TableInfo) -> None:
        """Write what is known of a loaded table.

        Raises
        ------
        CvxbenchError
            If an earlier session of the run saw other bytes under this name.
        """
        with self._told(), self._transaction():
            query = "SELECT sha256 FROM tables WHERE dataset = ?"
            seen = self._connection.execute(query, (table.dataset,)).fetchone()
            if seen and seen[0] != table.sha256:
                raise CvxbenchError(
                    f"dataset '{table.dataset}' has changed since this run began (sha256 {table.sha256[:12]}…, "
                    f"was {seen[0][:12]}…); choose another --out"
                )
            self._replace("tables", table)

    def retry(self, status: str) -> int:
        """Make the attempts, yardsticks and parts that ended in `status` pending again; return how many."""
        empty = ", ".join(f"{field.name} = NULL" for field in fields(Verdict))
        with self._told(), self._transaction():
            attempts = self._connection.execute(f"UPDATE attempts SET {empty} WHERE status = ?", (status,))
            yardsticks = self._connection.execute("UPDATE yardsticks SET status = NULL WHERE status = ?", (status,))
            parts = self._connection.execute("UPDATE parts SET status = NULL WHERE status = ?", (status,))
            return attempts.rowcount + yardsticks.rowcount + parts.rowcount

    def neurons(self, dataset: str, network: str, lam: float) -> int:
        """Return the most neurons per output of any convex attempt on the problem, 0 if there is none."""
        query = (
            "SELECT max(neurons) FROM attempts WHERE dataset = ? AND network = ? AND lam = ? AND convex "
            "AND objective IS NOT NULL"
        )
        with self._told():
            return self._connection.execute(query, (dataset, network, lam)).fetchone()[0] or 0

    def tables(self) -> dict[str, TableInfo]:
        """Return the loaded tables by dataset name."""
        with self._told():
            return {row[0]: TableInfo(*row) for row in self._connection.execute("SELECT * FROM tables")}

    def counts(self) -> list[tuple[str, str | None, int, int]]:
        """Return dataset, network, how many attempts there are, and how many are left; yardsticks have no network."""
        query = "SELECT dataset, {}, count(*), count(*) - count(status) FROM {} GROUP BY 1, 2"
        with self._told():
            attempts = self._connection.execute(query.format("network", "attempts")).fetchall()
            return attempts + self._connection.execute(query.format("NULL", "yardsticks")).fetchall()

    def unfinished(self) -> list[str]:
        """Return the datasets on which something is left to do, in the plan's order; those with attempts first."""
        attempts = "SELECT dataset FROM attempts WHERE status IS NULL GROUP BY dataset ORDER BY min(id)"
        yardsticks = "SELECT dataset FROM yardsticks WHERE status IS NULL GROUP BY dataset ORDER BY min(rowid)"
        with self._told():
            rows = [row for query in (attempts, yardsticks) for row in self._connection.execute(query)]
        return list(dict.fromkeys(dataset for (dataset,) in rows))

    def add_machine(self, machine: tuple[str, str] | None) -> None:
        """Note in the session's manifest that a machine of a cluster has made attempts, if it is a new one."""
        if machine is None or machine in self._machines:
            return
        self._machines.add(machine)
        *before, session = self.meta("sessions")
        machines = sorted([*session.get("machines", []), {"host": machine[0], "cpu": machine[1]}], key=str)
        self.set_meta("sessions", [*before, {**session, "machines": machines}])

    def attempts(self, dataset: str | None = None, *, traces: bool = True) -> Iterator[Attempt]:
        """Yield the attempts of the grid in the plan's order, of one table or of all; without traces it is faster."""
        names = [field.name for field in (*fields(Planned), *fields(Verdict))]
        chosen = ", ".join(name if traces or name != "trace" else "NULL" for name in names)
        count = len(fields(Planned))
        query = f"SELECT id, {chosen} FROM attempts" + (" WHERE dataset = ?" if dataset is not None else "")
        given = () if dataset is None else (dataset,)
        with self._told(), closing(self._connection.execute(f"{query} ORDER BY id", given)) as rows:
            for id, *values in rows:
                named = _decoded(_checked(dict(zip(names, values, strict=True))))
                planned = Planned(**{name: named[name] for name in names[:count]})
                done = named["status"] is not None
                yield Attempt(id, planned, Verdict(**{n: named[n] for n in names[count:]}) if done else None)

    def _replace(self, table: str, row: TableInfo | Yardstick | Part) -> None:
        values = tuple(_encoded(asdict(row)).values())
        self._connection.execute(f"REPLACE INTO {table} VALUES ({', '.join('?' * len(values))})", values)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn SQLite's errors into one sentence."""
        try:
            yield
        except sqlite3.Error as error:
            raise CvxbenchError(f"'{self._path}' cannot be used ({error}); nothing that it holds is lost") from error
        except (ValueError, TypeError) as error:
            raise CvxbenchError(f"'{self._path}' is damaged ({error}); start again with another --out") from error


def _connect(path: Path) -> sqlite3.Connection:
    """Open a store; one that cannot be written is read as it lies, since SQLite would want to write beside it."""
    if path.exists() and not os.access(path.parent, os.W_OK):
        return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
    return sqlite3.connect(path, isolation_level=None, timeout=30)


def _checked(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row of an attempt if its values are of the types that were written."""
    for name, value in row.items():
        empty = value is None and name not in _PLANNED
        if not (empty or isinstance(value, _TYPES[name])):
            raise ValueError(f"column '{name}' holds {value!r}")
    if row["status"] not in _STATUSES:
        raise ValueError(f"column 'status' holds {row['status']!r}")
    return row


def _encoded(row: dict[str, Any]) -> dict[str, Any]:
    return {name: json.dumps(value) if name in JSON else value for name, value in row.items()}


def _decoded(row: dict[str, Any]) -> dict[str, Any]:
    for name in JSON & row.keys():
        row[name] = json.loads(row[name] or "null")
    if not isinstance(row.get("options", {}), dict):
        raise ValueError("column 'options' holds no mapping")
    for name in FLAGS & row.keys():
        row[name] = bool(row[name])
    if "trace" in row:
        row["trace"] = [(int(iteration), float(at), float(value)) for iteration, at, value in row["trace"] or ()]
    return row
