"""A baseline: the record of a run as a small sorted file to commit, a line a cell, the same on every machine."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cvxbench.errors import CvxbenchError
from cvxbench.report.check.record import Record, Recorded

SCHEMA = 1
DIGITS = {"objective": 9, "default_objective": 9, "lower_bound": 9, "time": 2}
UNSAID = ("detail",)  # numbers of one machine


@dataclass(frozen=True)
class Update:
    """An entry of a baseline's log.

    Parameters
    ----------
    date : str
        ISO 8601, in UTC.
    because : str
        In the words of who updated it.
    changes : tuple of str
    """

    date: str
    because: str
    changes: tuple[str, ...]


@dataclass(frozen=True)
class Baseline:
    """What a run is checked against, its times in units of the reference workload, and how it came about.

    Parameters
    ----------
    record : Record
    log : tuple of Update
        The oldest first.
    """

    record: Record
    log: tuple[Update, ...] = ()


def read(path: Path) -> Baseline:
    """Read a baseline.

    Raises
    ------
    CvxbenchError
        If there is no such file, or it is no baseline that this version reads.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CvxbenchError(f"'{path}' does not exist; `cvxbench check RUN --baseline {path} --update` makes it") from (
            error
        )
    except OSError as error:
        raise CvxbenchError(f"'{path}' cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise CvxbenchError(f"'{path}' is not a baseline: it is not JSON ({error})") from error
    schema = content.get("schema") if isinstance(content, dict) else None
    if schema != SCHEMA:
        said = "says no schema" if schema is None else f"has schema {schema}"
        raise CvxbenchError(f"'{path}' is not a baseline that this cvxbench reads: it {said}, and not {SCHEMA}")
    try:
        record = TypeAdapter(Record).validate_python({key: content[key] for key in ("suite", "tables", "cells")})
        log = TypeAdapter(tuple[Update, ...]).validate_python(content.get("log", ()))
    except KeyError as error:
        raise CvxbenchError(f"'{path}' is damaged: it lacks {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise CvxbenchError(f"'{path}' is damaged at {place}: {first['msg'].lower()}") from None
    return Baseline(record, log)


def render(baseline: Baseline) -> str:
    """Return the file's text: strict JSON, sorted, so that a change of one cell is a change of one line."""
    record = baseline.record
    head = {
        "schema": SCHEMA,
        "suite": strict(record.suite),
        "tables": dict(sorted(record.tables.items())),
        "log": [asdict(update) for update in baseline.log],
    }
    lines = [json.dumps(_said(cell), ensure_ascii=False) for cell in sorted(record.cells, key=lambda cell: cell.key)]
    start = json.dumps(head, indent=1, ensure_ascii=False).removesuffix("\n}")
    return start + ',\n "cells": [\n  ' + ",\n  ".join(lines) + "\n ]\n}\n"


def rounded(cell: Recorded) -> Recorded:
    """Return a cell with the digits that a baseline keeps."""
    known = {name: getattr(cell, name) for name in DIGITS}
    return replace(cell, **{name: _short(value, DIGITS[name]) for name, value in known.items() if value is not None})


def strict(value: Any) -> Any:
    """Return a suite's content as strict JSON can hold it: a number without limit is null."""
    if isinstance(value, dict):
        return {key: strict(item) for key, item in sorted(value.items())}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _said(cell: Recorded) -> dict[str, Any]:
    """Return what a line says of a cell: what is not known, or the rule, is left out."""
    known = asdict(rounded(cell)).items()
    return {name: value for name, value in known if name not in UNSAID and value is not None and value is not False}


def _short(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")
