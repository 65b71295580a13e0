"""What went wrong, grouped by reason: cells without a score, attempts that failed, and the largest gaps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cvxbench.attempt import Status
from cvxbench.report.cells import Cell
from cvxbench.report.results import SENTENCES, Result

TELLING = (Status.SKIPPED.label, Status.CRASHED.label, Status.OUT_OF_MEMORY.label)  # their details are few and alike
FAILED = tuple(status.label for status in (Status.CRASHED, Status.OUT_OF_MEMORY, Status.KILLED))
WORST = 3


@dataclass(frozen=True)
class Failure:
    """Cells without a score, or failed attempts, that ended alike.

    Parameters
    ----------
    status, method, reason : str
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


def failures(results: Iterable[Result]) -> tuple[Failure, ...]:
    """Return the missing, failed and skipped cells by (status, method, reason), the largest groups first."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for row in results:
        if row.objective is None:
            groups.setdefault((row.status, row.method, _reason(row.status, row.detail)), []).append(row.dataset)
    return _largest_first(groups)


def failed_attempts(cells: Iterable[Cell]) -> tuple[Failure, ...]:
    """Return the attempts that crashed, ran out of memory or were killed, also where another one scored the cell."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for cell in cells:
        for verdict in cell.verdicts:
            if verdict.status in FAILED:
                key = verdict.status, cell.method, _reason(verdict.status, verdict.detail)
                groups.setdefault(key, []).append(cell.problem.dataset)
    return _largest_first(groups)


def worst(results: Iterable[Result], most: int = WORST) -> tuple[Result, ...]:
    """Return up to `most` cells of each network × method with the largest relative gaps, largest first."""
    groups: dict[tuple[str, str], list[tuple[float, Result]]] = {}
    for row in results:
        if row.relative_gap is not None and row.relative_gap > 0.0:
            groups.setdefault((row.network, row.method), []).append((row.relative_gap, row))
    largest = (sorted(group, key=lambda pair: -pair[0])[:most] for group in groups.values())
    return tuple(row for group in largest for _, row in group)


def _reason(status: str, detail: str) -> str:
    return detail if status in TELLING else SENTENCES.get(status, detail)


def _largest_first(groups: dict[tuple[str, str, str], list[str]]) -> tuple[Failure, ...]:
    rows = [Failure(*key, len(names), tuple(dict.fromkeys(names))) for key, names in groups.items()]
    return tuple(sorted(rows, key=lambda row: -row.count))
