"""A run against a baseline, or against another run, cell by cell: quality gets a verdict, time gets a factor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from scipy.stats import gmean

from cvxbench.attempt import Status
from cvxbench.report.cells import MISSING
from cvxbench.report.check.record import Record, Recorded
from cvxbench.report.failures import FAILED
from cvxbench.report.reference import relative_gap
from cvxbench.report.solve_rates import ACCOUNTINGS, Accounting

# Twice what other arithmetic was seen to change. Opponents are chaotic, and as wide as a convex solution happens to be.
FACTOR, CHAOTIC = 1.25, 2.0  # by which the gap of a convex method, and of an opponent, may grow
CLOSED, OPEN = 1e-4, 1e-2  # and a gap by so much, of a convex attempt that converged, and of any other
LONGER, STEPS = 1.5, 10  # factor and number by which iterations may grow
PLAUSIBLE = 0.01  # of the time limit: what took less can not have come near it by the machine's fault

Problem = tuple[str, str, float]  # dataset, network, lambda


class Kind(Enum):
    """What became of a cell; the value is what a reader is told."""

    WORSE = "worse"
    FAILED = "failed"
    MISSING = "missing"
    LIMITED = "limited"
    NEW = "new"
    BETTER = "better"
    SAME = "same"


@dataclass(frozen=True)
class Finding:
    """What became of a cell, and in which respects; `was` or `now` is None where one side lacks it."""

    kind: Kind
    said: str
    was: Recorded | None
    now: Recorded | None

    @property
    def cell(self) -> Recorded:
        """The cell, for its name."""
        return next(cell for cell in (self.was, self.now) if cell is not None)


@dataclass(frozen=True)
class Rate:
    """Cells that were solved, and that are: within `tol` of the problem's reference.

    Only cells that both sides measured count, without the limited ones. A gap that grew no more than it may has
    not crossed the tolerance.
    """

    accounting: Accounting
    tol: float
    was: int
    now: int
    total: int


@dataclass(frozen=True)
class Group:
    """A network × method.

    Parameters
    ----------
    network, method : str
    findings : tuple of Finding
    rates : tuple of Rate
    slower : float or None
        Factor by which its time grew: the geometric mean over the cells that both sides have times of, without the
        limited ones; None where there is none.
    """

    network: str
    method: str
    findings: tuple[Finding, ...]
    rates: tuple[Rate, ...]
    slower: float | None


@dataclass(frozen=True)
class Comparison:
    """All cells of either side."""

    groups: tuple[Group, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all groups."""
        return tuple(finding for group in self.groups for finding in group.findings)

    def of(self, *kinds: Kind) -> tuple[Finding, ...]:
        """Return the findings of these kinds."""
        return tuple(finding for finding in self.findings if finding.kind in kinds)


def compare(was: Record, now: Record, reference: Mapping[Problem, float]) -> Comparison:
    """Compare two records of one suite, whose times have one unit, by their gaps to the reference of each problem.

    Noise is allowed for: the relative gap of a convex method may grow by a quarter and 1e-4 (1e-2 where its budget
    ended it), that of an opponent may double and grow by 1e-2; so may the distance of a bound. Iterations of a cell
    that had converged may grow by half and ten.
    """
    old, new = ({cell.key: cell for cell in record.cells} for record in (was, now))
    groups: dict[tuple[str, str], list[Finding]] = {}
    for key in sorted(old.keys() | new.keys()):
        finding = _finding(old.get(key), new.get(key), reference.get(key[:3]), now)
        groups.setdefault((key[1], key[3]), []).append(finding)
    tolerances = was.suite.get("tolerances", ())
    return Comparison(
        tuple(
            Group(network, method, tuple(found), tuple(_rates(found, reference, tolerances)), _slower(found))
            for (network, method), found in sorted(groups.items())
        )
    )


def references(cells: Iterable[Recorded]) -> dict[Problem, float]:
    """Return the lowest objective of each problem."""
    found: dict[Problem, float] = {}
    for cell in cells:
        if cell.objective is not None:
            found[cell.key[:3]] = min(cell.objective, found.get(cell.key[:3], np.inf))
    return found


def _finding(was: Recorded | None, now: Recorded | None, reference: float | None, run: Record) -> Finding:
    if was is None:
        return Finding(Kind.NEW, "not in the baseline", was, now)
    if now is None:
        return Finding(Kind.MISSING, "not in the run's grid", was, now)
    if now.status == MISSING:
        return Finding(Kind.MISSING, now.detail, was, now)
    if was.objective is None or reference is None:
        return Finding(*_unscored(was, now), was, now)
    if now.objective is None:
        if now.dataset not in run.tables and now.status not in FAILED:
            return Finding(Kind.MISSING, f"{now.status}: {now.detail}", was, now)
        return Finding(Kind.FAILED if now.status in FAILED else Kind.WORSE, f"{now.status}: {now.detail}", was, now)
    said = "; ".join(_worse(was, now, reference))
    lowest = min(reference, now.objective)
    better = relative_gap(was.objective, lowest) > _allowed(relative_gap(now.objective, lowest), now)
    if not said and not better:
        return Finding(Kind.SAME, "", was, now)
    kind = Kind.WORSE if said else Kind.BETTER
    said = said or _gaps(was.objective, now.objective, reference)
    if _excused(was, now, run.limit):
        return Finding(Kind.LIMITED, f"{said}; no verdict, since it came near its time limit", was, now)
    return Finding(kind, said, was, now)


def _unscored(was: Recorded, now: Recorded) -> tuple[Kind, str]:
    """Return what became of a cell that had no score."""
    if now.objective is not None:
        return Kind.BETTER, f"has a score, was {was.status}"
    if now.status in FAILED and was.status not in FAILED:
        return Kind.FAILED, f"{now.status}: {now.detail}"
    return Kind.SAME, ""


def _worse(was: Recorded, now: Recorded, reference: float) -> Iterator[str]:
    """Yield in which respects a cell is worse than noise explains."""
    assert was.objective is not None and now.objective is not None
    if _grew(was.objective, now.objective, reference, was):
        yield _gaps(was.objective, now.objective, reference)
    if was.default_objective is not None:
        if now.default_objective is None:
            yield "the default setting has no score"
        elif was.default_objective != was.objective and _grew(
            was.default_objective, now.default_objective, reference, was
        ):
            yield f"default setting: {_gaps(was.default_objective, now.default_objective, reference)}"
    if was.lower_bound is not None and was.lower_bound <= now.objective:  # else it was a false claim, now known
        if now.lower_bound is None:
            yield "no lower bound"
        elif _distance(now.lower_bound, reference) > _allowed(_distance(was.lower_bound, reference), was):
            yield f"lower bound {now.lower_bound:.6g}, was {was.lower_bound:.6g}"
        if was.bound == "proven" and now.bound == "searched":
            yield "its bound is searched, was proven"
    converged = was.status == Status.CONVERGED.label
    if converged and (now.iterations or 0) > LONGER * (was.iterations or 0) + STEPS:
        yield f"{now.iterations} iterations, were {was.iterations}"


def _excused(was: Recorded, now: Recorded, limit: float | None) -> bool:
    """Return whether a time limit may be why the cell ended elsewhere, rather than the method."""
    if was.limited:
        return True
    return now.limited and (was.time is None or limit is None or was.time >= PLAUSIBLE * limit)


def _grew(was: float, now: float, reference: float, cell: Recorded) -> bool:
    return relative_gap(now, reference) > _allowed(relative_gap(was, reference), cell)


def _allowed(gap: float, cell: Recorded) -> float:
    closed = cell.convex and cell.status == Status.CONVERGED.label
    return (FACTOR if cell.convex else CHAOTIC) * max(gap, 0.0) + (CLOSED if closed else OPEN)


def _distance(bound: float, reference: float) -> float:
    return 1.0 - bound / reference if reference > 0.0 else 0.0


def _gaps(was: float, now: float, reference: float) -> str:
    return f"gap {relative_gap(now, reference):.2g}, was {relative_gap(was, reference):.2g}"


def _rates(
    findings: Sequence[Finding], reference: Mapping[Problem, float], tolerances: Sequence[float]
) -> Iterator[Rate]:
    pairs = [
        (finding.was, finding.now)
        for finding in findings
        if finding.was and finding.now and finding.kind not in (Kind.MISSING, Kind.LIMITED)
    ]
    for accounting in ACCOUNTINGS:
        gaps = [(_gap(was, accounting, reference), _gap(now, accounting, reference), was) for was, now in pairs]
        for tol in sorted(tolerances, reverse=True):
            before = sum(was <= tol for was, _, _ in gaps)
            after = sum(now <= tol or (was <= tol and now <= _allowed(was, cell)) for was, now, cell in gaps)
            yield Rate(accounting, tol, before, after, len(pairs))


def _gap(cell: Recorded, accounting: Accounting, reference: Mapping[Problem, float]) -> float:
    """Return the gap of the best attempt, or of the default setting; inf without a score."""
    objective = cell.objective if accounting == "oracle" else cell.default_objective
    f_ref = reference.get(cell.key[:3])
    return np.inf if objective is None or f_ref is None else relative_gap(objective, f_ref)


def _slower(findings: Sequence[Finding]) -> float | None:
    ratios = [
        finding.now.time / finding.was.time
        for finding in findings
        if finding.was and finding.now and finding.was.time and finding.now.time and finding.now.objective is not None
        if not (finding.was.limited or finding.now.limited)
    ]
    return float(gmean(ratios)) if ratios else None
