"""What went wrong, grouped by reason: cells without a score, attempts that failed, and the largest gaps."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cvxbench.attempt import Status
from cvxbench.report.cells import Cell
from cvxbench.report.results import SENTENCES, Result

FAILED = tuple(status.label for status in (Status.CRASHED, Status.OUT_OF_MEMORY, Status.KILLED))
TELLING = (Status.SKIPPED.label, *FAILED)  # their details are few and alike
NUMBER = re.compile(r"\d[\d.,]*(e[+-]?\d+)?")
WORST = 3
ROUNDING = 1e-6


@dataclass(frozen=True)
class Failure:
    """Cells without a score, or failed attempts, that ended alike.

    Parameters
    ----------
    status, method, reason : str
        Reasons that differ in their numbers alone are one, and the first stands for all.
    count : int
        Of cells, or of attempts.
    datasets : tuple of str
        All of them, each once.
    """

    status: str
    method: str
    reason: str
    count: int
    datasets: tuple[str, ...]


@dataclass(frozen=True)
class _Case:
    status: str
    method: str
    detail: str
    dataset: str

    @property
    def reason(self) -> str:
        return self.detail if self.status in TELLING else SENTENCES.get(self.status, self.detail)


def failures(results: Iterable[Result]) -> tuple[Failure, ...]:
    """Return the missing, failed and skipped cells by (status, method, reason), the largest groups first."""
    return _grouped(_Case(row.status, row.method, row.detail, row.dataset) for row in results if row.objective is None)


def failed_attempts(cells: Iterable[Cell]) -> tuple[Failure, ...]:
    """Return the attempts that crashed, ran out of memory or were killed, also where another one scored the cell."""
    return _grouped(
        _Case(verdict.status, cell.method, verdict.detail, cell.problem.dataset)
        for cell in cells
        for verdict in cell.verdicts
        if verdict.status in FAILED
    )


def worst(results: Iterable[Result], most: int = WORST) -> tuple[Result, ...]:
    """Return up to `most` cells of each network × method with the largest relative gaps, largest first."""
    groups: dict[tuple[str, str], list[tuple[float, Result]]] = {}
    for row in results:
        if row.relative_gap is not None and row.relative_gap > ROUNDING:
            groups.setdefault((row.network, row.method), []).append((row.relative_gap, row))
    largest = (sorted(group, key=lambda pair: -pair[0])[:most] for group in groups.values())
    return tuple(row for group in largest for _, row in group)


def _grouped(cases: Iterable[_Case]) -> tuple[Failure, ...]:
    groups: dict[tuple[str, str, str], list[_Case]] = {}
    for case in cases:
        groups.setdefault((case.status, case.method, NUMBER.sub("#", case.reason)), []).append(case)
    return tuple(sorted((_failure(group) for group in groups.values()), key=lambda row: -row.count))


def _failure(group: list[_Case]) -> Failure:
    first = group[0]
    alike = all(case.reason == first.reason for case in group)
    reason = first.reason if alike else f"{first.reason}; or with other numbers"
    return Failure(first.status, first.method, reason, len(group), tuple(dict.fromkeys(case.dataset for case in group)))
