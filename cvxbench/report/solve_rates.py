"""The solve rate: the share of all cells that reached the reference within a tolerance (Mishkin et al. 2022)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from cvxbench.bench.records import TableInfo, Verdict
from cvxbench.report.cells import Cell, ProblemKey, lowest
from cvxbench.report.reference import Reference, relative_gap
from cvxbench.report.statistics.intervals import wilson

Accounting = Literal["oracle", "default"]
ACCOUNTINGS: tuple[Accounting, ...] = ("oracle", "default")
NULL = 1e-6
PUBLISHED = 0.1  # the tightest tolerance of Mishkin et al. 2022


@dataclass(frozen=True)
class SolveRate:
    """How many cells of a method are solved at a tolerance.

    Parameters
    ----------
    network, method : str
    accounting : {"oracle", "default"}
        Whether any attempt of the study may solve the cell, or only the default setting's first repeat.
    tol : float
    solved, total : int
        `total` counts every cell of the fixed grid, whatever its status.
    rate, ci_low, ci_high : float or None
        solved/total and its Wilson 95 % interval, in [0, 1]; None if there is no cell.
    median_seconds : float or None
        Over the solved cells, of the time to the first iterate within the tolerance.
    """

    network: str
    method: str
    accounting: Accounting
    tol: float
    solved: int
    total: int
    rate: float | None
    ci_low: float | None
    ci_high: float | None
    median_seconds: float | None


def solved_after(verdict: Verdict, reference: float, tol: float) -> float | None:
    """Return the seconds to the first iterate within `tol` of the reference; None if the attempt did not solve it.

    Solved iff some iterate has (f − f_ref)/f_ref ≤ tol, and none reached ten times the first objective.
    """
    low = lowest(verdict)
    if low is None or relative_gap(low, reference) > tol:
        return None
    points = ((seconds, value) for _, seconds, value in verdict.trace)
    return next((seconds for seconds, value in points if relative_gap(value, reference) <= tol), None)


def headline(tolerances: Sequence[float]) -> float:
    """Return the tolerance that the answer is given at: the published one, or else the tightest."""
    return PUBLISHED if PUBLISHED in tolerances else min(tolerances)


def solve_rates(
    cells: Sequence[Cell],
    references: Mapping[ProblemKey, Reference],
    tolerances: Sequence[float],
    *,
    contended: bool = False,
    without: Collection[ProblemKey] = (),
) -> tuple[SolveRate, ...]:
    """Return the solve rates of every network × method × accounting × tolerance, in the plan's order.

    Parameters
    ----------
    contended : bool
        Whether times of attempts that shared the machine enter the medians.
    without : collection of ProblemKey
        Problems to leave out, of every method alike; a method that is left with none keeps its rows, without a rate.
    """
    groups: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        group = groups.setdefault((cell.problem.network, cell.method), [])
        if cell.problem not in without:
            group.append(cell)
    return tuple(
        _rate(network, method, group, references, accounting, tol, contended)
        for (network, method), group in groups.items()
        for accounting in ACCOUNTINGS
        for tol in tolerances
    )


def null_problems(references: Mapping[ProblemKey, Reference], tables: Mapping[str, TableInfo]) -> frozenset[ProblemKey]:
    """Return the problems that the zero network solves; the published protocol drops them."""
    return frozenset(
        problem
        for problem, reference in references.items()
        if problem.dataset in tables and reference.value >= tables[problem.dataset].null_objective * (1.0 - NULL)
    )


def _rate(
    network: str,
    method: str,
    cells: Sequence[Cell],
    references: Mapping[ProblemKey, Reference],
    accounting: Accounting,
    tol: float,
    contended: bool,
) -> SolveRate:
    wins = [fastest(cell, references.get(cell.problem), accounting, tol) for cell in cells]
    solved = [win for win in wins if win is not None]
    times = [seconds for seconds, shared in solved if contended or not shared]
    low, high = wilson(len(solved), len(cells)) if cells else (None, None)
    return SolveRate(
        network=network,
        method=method,
        accounting=accounting,
        tol=tol,
        solved=len(solved),
        total=len(cells),
        rate=len(solved) / len(cells) if cells else None,
        ci_low=low,
        ci_high=high,
        median_seconds=median(times) if times else None,
    )


def fastest(cell: Cell, reference: Reference | None, accounting: Accounting, tol: float) -> tuple[float, bool] | None:
    """Return the seconds of the fastest attempt that solved the cell, and whether it was contended."""
    if reference is None:
        return None
    verdicts = cell.verdicts if accounting == "oracle" else cell.default
    times = ((solved_after(verdict, reference.value, tol), verdict.contended) for verdict in verdicts)
    return min(((seconds, shared) for seconds, shared in times if seconds is not None), default=None)
