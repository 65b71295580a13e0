"""Two runs beside each other: verdict words for each network × method, times only where the machines are equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cvxbench.report.answer import counted
from cvxbench.report.check.comparable import refuse_changed, refuse_foreign
from cvxbench.report.check.compare import (
    Comparison,
    Group,
    Kind,
    Problem,
    compare,
    references,
)
from cvxbench.report.check.record import MACHINE, measured
from cvxbench.report.check.summary import NOISE, SHOWN, cells, speed
from cvxbench.report.reference import relative_gap
from cvxbench.report.sheets import UNKNOWN
from cvxbench.report.statistics.intervals import difference
from cvxbench.studies.findings import Sheet

TOLERANCE = 0.1  # of the solve rates that are compared: the published one
UNCOMPARED = (Kind.MISSING, Kind.NEW, Kind.LIMITED)


@dataclass(frozen=True)
class RunsCompared:
    """Two runs beside each other.

    Parameters
    ----------
    comparison : Comparison
        A's cells are what was, B's what is.
    sheets : tuple of Sheet
    sentence : str
    """

    comparison: Comparison
    sheets: tuple[Sheet, ...]
    sentence: str


def compare_runs(a: Path, b: Path) -> RunsCompared:
    """Compare two runs on the problems that they share, by the lowest objective that either reached.

    Raises
    ------
    CvxbenchError
        If a folder is no run, the runs' data, seeds, preparation or budgets differ, or no cell is in both.
    """
    first, second = measured(a), measured(b)
    refuse_foreign(first.record, second.record, a, besides=("name", "budget.name", "tolerances"))
    refuse_changed(first.record, second.record, a)
    differs = [key for key in MACHINE if first.manifest.get(key) != second.manifest.get(key)]
    unit = None if differs else 1.0
    was, now = first.record.in_units(unit), second.record.in_units(unit)
    reference = references([*was.cells, *now.cells])
    comparison = compare(was, now, reference)
    counts = Counter(finding.kind for finding in comparison.findings)
    said = "; ".join(f"{counts[kind]} {kind.value}" for kind in (*SHOWN, Kind.NEW, Kind.SAME) if counts[kind])
    listed = cells(comparison.of(*SHOWN))
    return RunsCompared(
        comparison,
        (_groups(comparison, reference, _times(differs)), *([listed] if listed.rows else [])),
        f"'{b}' beside '{a}': {said} of {counted(counts.total(), 'cell')}.",
    )


def verdict(group: Group) -> str:
    """Return "better on 3 of 15", "worse on 1 of 15", both, or "same within noise"; and what was not compared."""
    counts = Counter(finding.kind for finding in group.findings)
    compared = counts.total() - sum(counts[kind] for kind in UNCOMPARED)
    worse = counts[Kind.WORSE] + counts[Kind.FAILED]
    said = [f"{word} on {count}" for word, count in (("better", counts[Kind.BETTER]), ("worse", worse)) if count]
    left = counts.total() - compared
    words = f"{', '.join(said)} of {compared}" if said else "same within noise" if compared else "not compared"
    return words + (f"; {left} not compared" if left and compared else "")


def _groups(comparison: Comparison, reference: Mapping[Problem, float], times: str) -> Sheet:
    return Sheet(
        title="The second run beside the first",
        columns=("network", "method", "quality", f"solved at {TOLERANCE:g}", "change in points", "time"),
        align="lllrrr",
        rows=tuple(
            (group.network, group.method, verdict(group), *_rates(group, reference), speed(group))
            for group in comparison.groups
        ),
        notes=(
            "Gaps are those to the lowest objective of both runs; in brackets the bootstrap 95 % interval over tables. "
            + NOISE,
            times,
        ),
    )


def _rates(group: Group, reference: Mapping[Problem, float]) -> tuple[str, str]:
    """Return "12 → 13 of 15", and the difference of the rates with its interval."""
    pairs = [(f.was, f.now) for f in group.findings if f.was and f.now and f.kind not in UNCOMPARED]
    if not pairs:
        return UNKNOWN, UNKNOWN
    flags = np.array(
        [[_solved(cell.objective, reference.get(cell.key[:3])) for cell in pair] for pair in pairs], dtype=float
    )
    was, now = flags.T
    change = difference(now, was, [cell.dataset for cell, _ in pairs])
    interval = (
        "" if change.low is None or change.high is None else f" [{100 * change.low:.0f}, {100 * change.high:.0f}]"
    )
    return f"{was.sum():.0f} → {now.sum():.0f} of {len(pairs)}", f"{100 * change.mean:+.1f}{interval}"


def _solved(objective: float | None, reference: float | None) -> bool:
    return objective is not None and reference is not None and relative_gap(objective, reference) <= TOLERANCE


def _times(differs: list[str]) -> str:
    if differs:
        return f"Times are left out: the machines differ in {', '.join(differs)}."
    return "Time: the geometric mean over cells that had the machine for themselves in both runs."
