"""The raw values: one row of a CSV file for each solve, written when it ends."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

REACHED, NOT_REACHED, FAILED = "reached", "not reached", "failed"


@dataclass(frozen=True)
class Row:
    """One solve of one case.

    Parameters
    ----------
    dataset, n, d, gates, patterns, lam
        The case; `patterns` are the distinct ones of `gates`.
    solver, setting, repeat
        "reference" is our engine at a gap of 1e-10; its lower bound is what all others are held against.
    status : {"reached", "not reached", "failed"}
        Whether the target was reached within the limit.
    seconds, wall_seconds, limit : float
        Until the answer, of one thread's processor time (as is the limit) and on the wall; without the judge, imports,
        compilation and the making of the solver's input.
    objective, lower_bound, own_gap, above : float
        Of the answer, by the referee: the bound and relative gap by its own residual, and the relative distance above
        the reference's bound.
    detail, version, cpu, load, started : str or float
        `load` is the machine's one-minute load average at the start.
    """

    dataset: str
    n: int
    d: int
    gates: int
    patterns: int
    lam: float
    solver: str
    setting: str
    repeat: int
    status: str
    seconds: float
    wall_seconds: float
    limit: float
    objective: float
    lower_bound: float
    own_gap: float
    above: float
    detail: str
    version: str
    cpu: str
    load: float
    started: str

    @property
    def case(self) -> tuple[str, int, float]:
        """What tells cases apart: dataset, gates, lam."""
        return self.dataset, self.gates, self.lam

    def sentence(self) -> str:
        """Return the row in a line for the terminal."""
        who = f"{self.dataset}, {self.gates} gates, lambda {self.lam:g}: {self.solver} ({self.setting})"
        return f"{who} {self.status} {self.seconds:.3f} s, own gap {self.own_gap:.1e}, above {self.above:.1e}"


def read(path: Path) -> list[Row]:
    """Return the rows of a file; none if there is no file."""
    if not path.exists():
        return []
    kinds = {"int": int, "float": float, "str": str}
    columns = [(field.name, kinds[str(field.type)]) for field in fields(Row)]
    with path.open(newline="", encoding="utf-8") as file:
        return [Row(**{name: kind(line[name]) for name, kind in columns}) for line in csv.DictReader(file)]


def append(path: Path, rows: Iterable[Row]) -> None:
    """Add rows to a file, and the header to a new one."""
    names = [field.name for field in fields(Row)]
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        if new:
            writer.writerow(names)
        writer.writerows([_text(getattr(row, name)) for name in names] for row in rows)


def _text(value: object) -> object:
    return f"{value:.12g}" if isinstance(value, float) else value
