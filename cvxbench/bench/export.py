"""A run's rows as a Parquet file, for DuckDB, pandas and whatever else reads it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from cvxbench.bench.records import Planned
from cvxbench.bench.store import Store
from cvxbench.bench.suite import identity
from cvxbench.errors import CvxbenchError

BATCH = 10_000  # rows that are held at a time
ATTEMPT = [
    ("key", "string"), ("id", "int64"), ("dataset", "string"), ("sha256", "string"), ("task", "string"),
    ("n_train", "int64"), ("d", "int64"), ("outputs", "int64"), ("network", "string"), ("lam", "double"),
    ("method", "string"), ("convex", "bool"), ("options", "string"), ("is_default", "bool"), ("repeat", "int64"),
    ("status", "string"), ("detail", "string"), ("objective", "double"), ("best", "double"), ("first", "double"),
    ("worst", "double"), ("lower_bound", "double"), ("starts", "int64"), ("test_score", "double"),
    ("seconds", "double"), ("cost", "double"), ("iterations", "int64"), ("neurons", "int64"), ("contended", "bool"),
]  # fmt: skip
PART = [
    ("key", "string"), ("function", "string"), ("options", "string"), ("status", "string"), ("detail", "string"),
    ("result", "string"), ("seconds", "double"), ("contended", "bool"),
]  # fmt: skip


def export(folder: Path, path: Path, *, traces: bool = False) -> int:
    """Write a row for every attempt of a run, or every part of an experiment; return how many.

    Parameters
    ----------
    folder : Path
        Of the run, finished or not.
    path : Path
        A Parquet file, replaced whole.
    traces : bool, optional
        Whether to write the trace of every attempt, a list of {iteration, seconds, objective}.

    Raises
    ------
    CvxbenchError
        If the folder is not a run, pyarrow is not installed, or the file cannot be written.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise CvxbenchError("Parquet needs pyarrow: pip install cvxbench[parquet]") from error
    with Store(folder) as store:
        record = store.meta("suite")
        experiment = "experiment" in record
        point = pa.struct([("iteration", pa.int64()), ("seconds", pa.float64()), ("objective", pa.float64())])
        named = [(name, pa.type_for_alias(kind)) for name, kind in (PART if experiment else ATTEMPT)]
        schema = pa.schema([*named, ("trace", pa.list_(point))] if traces and not experiment else named)
        rows = _parts(store) if experiment else _attempts(store, record, traces)
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        count = 0
        try:
            with parquet.ParquetWriter(part, schema) as writer:
                while batch := list(islice(rows, BATCH)):
                    writer.write_table(pa.Table.from_pylist(batch, schema))
                    count += len(batch)
            part.replace(path)
        except OSError as error:
            raise CvxbenchError(f"'{path}' cannot be written ({error.strerror or error})") from error
        finally:
            with suppress(OSError):
                part.unlink()
    return count


def attempt_key(record: Mapping[str, Any], planned: Planned, sha256: str | None) -> str:
    """Return a hash of all that an attempt's result depends on but the code: the same wherever it is made.

    Parameters
    ----------
    record : dict
        Of the suite, as `Suite.record` gives it.
    planned : Planned
    sha256 : str or None
        Of the table's bytes; the hash of its entry stands for them until they have been loaded.
    """
    suite = identity(record)
    data = sha256 or suite["entries"].get(planned.dataset)
    prepared = [suite[name] for name in ("seed", "bias", "centre")]
    content = [data, *prepared, asdict(planned), suite["budget"]]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def _attempts(store: Store, record: Mapping[str, Any], traces: bool) -> Iterator[dict[str, Any]]:
    tables = store.tables()
    for attempt in store.attempts(traces=traces):
        planned, table = attempt.planned, tables.get(attempt.planned.dataset)
        row = {"key": attempt_key(record, planned, table and table.sha256), "id": attempt.id}
        row |= {name: getattr(table, name) for name in ("sha256", "task", "n_train", "d", "outputs")} if table else {}
        row |= vars(planned) | (vars(attempt.verdict) if attempt.verdict else {})
        row["options"] = json.dumps(planned.options)
        if traces and attempt.verdict:
            row["trace"] = [
                dict(zip(("iteration", "seconds", "objective"), point, strict=True)) for point in attempt.verdict.trace
            ]
        yield row


def _parts(store: Store) -> Iterator[dict[str, Any]]:
    for part in store.parts():
        yield vars(part) | {"options": json.dumps(part.options), "result": part.result and json.dumps(part.result)}
