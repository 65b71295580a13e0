"""Whether two records can be compared at all: of one suite, on the same data."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from cvxbench.errors import CvxbenchError
from cvxbench.report.check.baseline import strict
from cvxbench.report.check.record import Record


def refuse_foreign(was: Record, now: Record, name: Path, besides: Collection[str] = ("tolerances",)) -> None:
    """Raise a CvxbenchError if the suites differ in what their cells depend on, or no cell is in both."""
    ours = dict(_flat(strict(now.suite)))
    for key, value in _flat(strict(was.suite)):
        if key not in besides and ours.get(key) != value:
            raise CvxbenchError(f"'{name}' is of another suite: its {key} is {value!r}, here {ours.get(key)!r}")
    if not {cell.key for cell in was.cells} & {cell.key for cell in now.cells}:
        raise CvxbenchError(f"'{name}' is of other problems: no cell of it is in this run's grid")


def refuse_changed(was: Record, now: Record, name: Path) -> None:
    """Raise a CvxbenchError if a table of both records has changed: its numbers are not comparable (rule 7)."""
    changed = changed_tables(was, now)
    if changed:
        raise CvxbenchError(
            f"the data changed since '{name}': sha256 of {', '.join(changed)} differ, so nothing can be compared"
        )


def changed_tables(was: Record, now: Record) -> list[str]:
    """Return the datasets that both records have, with other bytes."""
    return sorted(table for table, sha in was.tables.items() if now.tables.get(table, sha) != sha)


def _flat(suite: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in suite.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
