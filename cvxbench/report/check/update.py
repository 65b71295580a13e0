"""A baseline brought up to date with a run: only the lines of cells that changed, and a word on why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cvxbench.errors import CvxbenchError
from cvxbench.report.answer import counted
from cvxbench.report.cells import MISSING
from cvxbench.report.check.baseline import Baseline, Update, rounded, strict
from cvxbench.report.check.comparable import changed_tables
from cvxbench.report.check.compare import Comparison, Finding, Group, Kind
from cvxbench.report.check.record import Record, Recorded
from cvxbench.report.check.summary import NOTABLE, speed, words


def begun(run: Record, because: str, date: str) -> Baseline:
    """Return a run as a first baseline.

    Raises
    ------
    CvxbenchError
        If some of its cells have not run, or none has a score.
    """
    _refuse(sum(cell.status == MISSING for cell in run.cells))
    if all(cell.objective is None for cell in run.cells):
        raise CvxbenchError("no cell of the run has a score, so it makes no baseline")
    record = replace(run, suite=strict(run.suite), cells=tuple(map(_kept, run.cells)), limit=None)
    return Baseline(record, (Update(date, because, (counted(len(run.cells), "cell"),)),))


def updated(old: Baseline, run: Record, comparison: Comparison, because: str, date: str) -> Baseline:
    """Return a baseline with the cells of a run that are not as they were; itself if all are.

    A cell whose changes noise or a time limit explains keeps its line, so that many small steps do not add up unseen.

    Raises
    ------
    CvxbenchError
        If the run lacks some of its cells.
    """
    _refuse(len(comparison.of(Kind.MISSING)))
    changes = (*(f"table {name}: other data" for name in changed_tables(old.record, run)), *_changes(comparison))
    if not changes:
        return old
    cells = tuple(
        cell
        for group in comparison.groups
        for finding in group.findings
        if (cell := _chosen(finding, _retimed(group))) is not None
    )
    record = replace(old.record, tables=dict(old.record.tables) | dict(run.tables), cells=cells)
    return Baseline(record, (*old.log, Update(date, because, changes)))


def _refuse(missing: int) -> None:
    if missing:
        raise CvxbenchError(
            f"{counted(missing, 'cell')} of the run or of the baseline were not measured, so it is not updated; finish "
            "the run (the same `cvxbench run` again), or delete the baseline to begin another"
        )


def _changes(comparison: Comparison) -> Iterator[str]:
    for group in comparison.groups:
        said = [] if all(map(_stays, group.findings)) else [words(group)]
        said += [speed(group)] if _retimed(group) else []
        if said:
            yield f"{group.network} / {group.method}: {', '.join(said)}"


def _chosen(finding: Finding, retimed: bool) -> Recorded | None:
    if _stays(finding) and not (retimed and finding.kind is Kind.SAME):
        return finding.was
    return None if finding.now is None else _kept(finding.now)


def _stays(finding: Finding) -> bool:
    """Return whether a cell is as it was, or this run's time limit leaves unknown whether it is."""
    return finding.kind is Kind.SAME or (
        finding.kind is Kind.LIMITED and finding.now is not None and finding.now.limited
    )


def _retimed(group: Group) -> bool:
    return group.slower is not None and not 1.0 / NOTABLE <= group.slower <= NOTABLE


def _kept(cell: Recorded) -> Recorded:
    return replace(rounded(cell), detail="")
