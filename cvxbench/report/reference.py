"""The reference of a problem: the best verified objective known, never below a proven lower bound."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from cvxbench.report.cells import Cell, ProblemKey, lowest

ROUNDING = 1e-9
OWN = "this run: "


@dataclass(frozen=True)
class Known:
    """A number that is known of a problem, and what it comes from: "this run: rfista", or a longer run before it.

    Parameters
    ----------
    value : float
    source : str
    starts : int
        Of a lower bound that was searched and not proven; see `Verdict`.
    """

    value: float
    source: str
    starts: int = 0

    @property
    def bound(self) -> Literal["proven", "searched"]:
        """Return what a lower bound is."""
        return "searched" if self.starts else "proven"


@dataclass(frozen=True)
class Reference:
    """What the objectives of a problem are measured against.

    Parameters
    ----------
    value : float
    source : str
        Where it came from: "this run: METHOD", or a reference that is kept.
    lower_bound : float or None
        The highest bound on the problem's optimum, a proven one if there is one.
    """

    value: float
    source: str
    lower_bound: float | None


def best_objectives(cells: Iterable[Cell], kept: Mapping[ProblemKey, Known] | None = None) -> dict[ProblemKey, Known]:
    """Return the lowest objective of each problem: kept, or scored by any method, setting, seed and iterate."""
    found = dict(kept or {})
    for cell in cells:
        for value in map(lowest, cell.verdicts):
            if value is not None and (cell.problem not in found or value < found[cell.problem].value):
                found[cell.problem] = Known(value, f"{OWN}{cell.method}")
    return found


def lower_bounds(cells: Iterable[Cell], kept: Mapping[ProblemKey, Known] | None = None) -> dict[ProblemKey, Known]:
    """Return the highest proven lower bound of each problem, or the highest searched one where none is proven."""
    found = dict(kept or {})
    for cell in cells:
        for verdict in cell.verdicts:
            if verdict.lower_bound is None or not math.isfinite(verdict.lower_bound):
                continue
            bound = Known(verdict.lower_bound, f"{OWN}lower bound of {cell.method}", verdict.starts or 0)
            held = found.get(cell.problem)
            if held is None or (not bound.starts, bound.value) > (not held.starts, held.value):
                found[cell.problem] = bound
    return found


def references(
    objectives: Mapping[ProblemKey, Known], bounds: Mapping[ProblemKey, Known]
) -> dict[ProblemKey, Reference]:
    """Return the reference of every problem that has an objective."""
    found: dict[ProblemKey, Reference] = {}
    for problem, objective in objectives.items():
        bound = bounds.get(problem)
        known = objective
        if bound is not None and not bound.starts:
            known = max(objective, bound, key=lambda known: known.value)
        found[problem] = Reference(known.value, known.source, None if bound is None else bound.value)
    return found


def contradictions(objectives: Mapping[ProblemKey, Known], bounds: Mapping[ProblemKey, Known]) -> tuple[str, ...]:
    """Return a sentence for each problem whose best objective lies below its lower bound.

    If the bound is proven one of them is wrong; a searched bound was a false claim.
    """
    return tuple(
        f"FALSE CLAIM: on {problem.dataset}, {problem.network}, lambda {problem.lam:g} the best objective "
        f"{objective.value:.9g} ({objective.source}) lies below the bound {bound.value:.9g} that was searched from "
        f"{bound.starts} starts ({bound.source}); the search missed a neuron"
        if bound.starts
        else f"WRONG: on {problem.dataset}, {problem.network}, lambda {problem.lam:g} the best objective "
        f"{objective.value:.9g} ({objective.source}) lies below the proven bound {bound.value:.9g} ({bound.source}); "
        "do not use this run before one of them is explained"
        for problem, objective in objectives.items()
        if (bound := bounds.get(problem)) is not None and objective.value < bound.value * (1.0 - ROUNDING)
    )


def relative_gap(objective: float, reference: float) -> float:
    """Return (f − f_ref)/f_ref; where f_ref is 0, it is 0 at the reference and +inf above it."""
    if reference > 0.0:
        return (objective - reference) / reference
    return 0.0 if objective <= reference else math.inf
