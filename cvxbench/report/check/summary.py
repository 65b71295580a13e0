"""What a check says to people: a sentence, an exit code, and sheets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cvxbench.report.answer import counted
from cvxbench.report.check.compare import Comparison, Finding, Group, Kind
from cvxbench.report.sheets import UNKNOWN
from cvxbench.studies.findings import Sheet

SHOWN = (Kind.WORSE, Kind.FAILED, Kind.MISSING, Kind.LIMITED, Kind.BETTER)  # the cells that are listed, in this order
LISTED = 40
NOTABLE = 1.5  # factor from which on a time is worth a warning
NOISE = (
    "Noise is allowed for: a gap, also that of a bound, may grow by a quarter and 1e-4 (1e-2 where a budget ended the "
    "attempt), an opponent's may double and grow by 1e-2; iterations may grow by half and ten."
)
AS_FAST = 1.25  # and below which nothing is said of it


@dataclass(frozen=True)
class Outcome:
    """How a check ended.

    Parameters
    ----------
    exit_code : int
        0 fine, 1 some cells are worse, 3 some crashed, ran out of memory or were killed, 4 some or all were not
        measured; the first of 1, 3 and 4 that applies, but 4 if nothing was measured at all.
    sentence : str
    """

    exit_code: int
    sentence: str


def outcome(comparison: Comparison, time_factor: float | None = None) -> Outcome:
    """Return how a check ended; times count only with a factor that they may grow by."""
    counts = Counter(finding.kind for finding in comparison.findings)
    total = counts.total() - counts[Kind.NEW]
    if not any(finding.now and finding.now.objective is not None for finding in comparison.findings):
        return Outcome(4, f"NOTHING WAS MEASURED: none of the {counted(total, 'cell')} of the baseline has a score.")
    slow = too_slow(comparison, time_factor)
    said = [f"{counted(counts[Kind.SAME], 'cell')} of {total} as in the baseline"]
    said += [f"{counts[kind]} {kind.value}" for kind in (*SHOWN, Kind.NEW) if counts[kind]]
    said += [f"{group.network} / {group.method} took {group.slower:.2g} × its time" for group in slow]
    body = "; ".join(said) + "."
    if counts[Kind.WORSE] or slow:
        return Outcome(1, f"REGRESSION: {body}")
    if counts[Kind.FAILED]:
        return Outcome(3, f"FAILED CELLS: {body}")
    if counts[Kind.MISSING]:
        return Outcome(4, f"INCOMPLETE: {body}")
    return Outcome(0, f"No regression: {body}")


def too_slow(comparison: Comparison, factor: float | None) -> tuple[Group, ...]:
    """Return the networks × methods whose times grew by more than a factor; none without one."""
    if factor is None:
        return ()
    return tuple(group for group in comparison.groups if group.slower is not None and group.slower > factor)


def sheets(comparison: Comparison, unit: str) -> tuple[Sheet, ...]:
    """Return the sheets of a comparison; `unit` says what the times are in, or why there are none."""
    found = (_groups(comparison, unit), cells(comparison.of(*SHOWN)))
    return tuple(sheet for sheet in found if sheet.rows)


def cells(findings: Sequence[Finding]) -> Sheet:
    """Return the cells that are not as they were."""
    ordered = sorted(findings, key=lambda finding: SHOWN.index(finding.kind))
    more = len(ordered) - LISTED
    return Sheet(
        title="Cells that are not as they were",
        columns=("", "network", "method", "dataset", "lambda", "what"),
        align="llllrl",
        rows=tuple(
            (finding.kind.value, cell.network, cell.method, cell.dataset, f"{cell.lam:.2g}", finding.said)
            for finding in ordered[:LISTED]
            for cell in (finding.cell,)
        ),
        notes=(f"{counted(more, 'more cell')} like these; the JUnit file has all.",) if more > 0 else (),
    )


def words(group: Group) -> str:
    """Return the verdict on a network × method: "3 worse, 1 better", or "same"."""
    counts = Counter(finding.kind for finding in group.findings)
    return ", ".join(f"{counts[kind]} {kind.value}" for kind in (*SHOWN, Kind.NEW) if counts[kind]) or Kind.SAME.value


def speed(group: Group) -> str:
    """Return "1.8× slower", "2× faster", "same", or a dash where nothing is known."""
    if group.slower is None:
        return UNKNOWN
    if 1.0 / AS_FAST <= group.slower <= AS_FAST:
        return "same"
    return f"{group.slower:.2g}× slower" if group.slower > 1.0 else f"{1.0 / group.slower:.2g}× faster"


def _groups(comparison: Comparison, unit: str) -> Sheet:
    tolerances = list(dict.fromkeys(rate.tol for group in comparison.groups for rate in group.rates))
    return Sheet(
        title="Solved cells at each tolerance",
        columns=("network", "method", "counted", "cells", *(f"{tol:g}" for tol in tolerances), "verdict", "time"),
        align="lllr" + "r" * len(tolerances) + "lr",
        rows=tuple(row for group in comparison.groups for row in _rows(group)),
        notes=(
            "Solved: within the tolerance of the baseline's best objective, on the cells that both sides measured. "
            + NOISE,
            unit,
        ),
    )


def _rows(group: Group) -> list[tuple[str, ...]]:
    """Return a row for each accounting, or one where they are equal."""
    by_name: dict[str, list[str]] = {}
    for rate in group.rates:
        said = f"{rate.was} → {rate.now}" if rate.was != rate.now else str(rate.now)
        by_name.setdefault(rate.accounting, [str(rate.total)]).append(said)
    if len({tuple(said) for said in by_name.values()}) == 1:
        by_name = {"both": next(iter(by_name.values()))}
    return [(group.network, group.method, name, *said, words(group), speed(group)) for name, said in by_name.items()]
