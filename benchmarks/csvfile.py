"""Rows of a benchmark in a CSV file that grows as they are measured."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeVar

Row = TypeVar("Row")
KINDS = {"str": str, "int": int, "float": float}


def read(path: Path, kind: type[Row]) -> list[Row]:
    """Return the rows, of a dataclass of str, int and float; none if there is no such file."""
    if not path.exists():
        return []
    kinds = {field.name: KINDS[str(field.type)] for field in fields(kind)}  # type: ignore[arg-type]
    with path.open(newline="", encoding="utf-8") as file:
        return [kind(**{name: kinds[name](value) for name, value in row.items()}) for row in csv.DictReader(file)]


def append(path: Path, rows: Iterable[Any], digits: int = 17) -> None:
    """Append rows of one dataclass, floats to so many digits, with a header if the file is new."""
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        for row in rows:
            written = {name: _short(value, digits) for name, value in asdict(row).items()}
            writer = csv.DictWriter(file, list(written), lineterminator="\n")
            if new:
                writer.writeheader()
                new = False
            writer.writerow(written)


def _short(value: object, digits: int) -> object:
    return f"{value:.{digits}g}" if isinstance(value, float) and digits < 17 else value
