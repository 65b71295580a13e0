"""The cells of a network as arrays of methods × problems, for profiles and tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cvxbench.report.cells import Cell, ProblemKey, best, lowest
from cvxbench.report.evidence import Evidence
from cvxbench.report.reference import relative_gap
from cvxbench.report.solve_rates import Accounting, fastest


class Series(NamedTuple):
    """A method and how its study is counted; a method with nothing to tune is counted once, as "oracle"."""

    method: str
    counted: Accounting


def networks(evidence: Evidence) -> tuple[str, ...]:
    """Return the networks of a run, in the plan's order."""
    return tuple(dict.fromkeys(cell.problem.network for cell in evidence.cells))


def series(evidence: Evidence, network: str) -> tuple[Series, ...]:
    """Return the series of a network: the best of every study, and the default setting where there are more."""
    found: dict[Series, None] = {}
    for cell in evidence.cells:
        if cell.problem.network == network:
            found[Series(cell.method, "oracle")] = None
            if len(cell.attempts) > 1:
                found[Series(cell.method, "default")] = None
    return tuple(found)


def solve_times(evidence: Evidence, network: str, tol: float) -> np.ndarray:
    """Return the seconds to the first iterate within `tol` of the reference, shape (series, problems).

    Of several attempts the fastest counts; inf where none solved the problem.
    """

    def seconds(cell: Cell, counted: Accounting) -> float | None:
        found = fastest(cell, evidence.references.get(cell.problem), counted, tol)
        return found[0] if found else None

    return _array(evidence, network, seconds)


def contended_times(evidence: Evidence, network: str, tol: float) -> np.ndarray:
    """Return the same seconds where the attempt shared the machine, inf elsewhere; shape (series, problems)."""

    def seconds(cell: Cell, counted: Accounting) -> float | None:
        found = fastest(cell, evidence.references.get(cell.problem), counted, tol)
        return found[0] if found and found[1] else None

    return _array(evidence, network, seconds)


def gaps(evidence: Evidence, network: str) -> np.ndarray:
    """Return the relative gaps to the reference, shape (series, problems); inf where there is no score."""

    def gap(cell: Cell, counted: Accounting) -> float | None:
        chosen = best(cell.verdicts if counted == "oracle" else cell.default)
        objective = lowest(chosen) if chosen else None
        return None if objective is None else relative_gap(objective, evidence.references[cell.problem].value)

    return _array(evidence, network, gap)


def problems(evidence: Evidence, network: str | None = None) -> dict[ProblemKey, int]:
    """Return the problems, of one network or of all, with their places in the plan's order."""
    keys = dict.fromkeys(cell.problem for cell in evidence.cells if network in (None, cell.problem.network))
    return {key: place for place, key in enumerate(keys)}


def _array(evidence: Evidence, network: str, value: Callable[[Cell, Accounting], float | None]) -> np.ndarray:
    columns = problems(evidence, network)
    rows = {one: place for place, one in enumerate(series(evidence, network))}
    found = np.full((len(rows), len(columns)), np.inf)
    for cell in evidence.cells:
        if cell.problem.network != network:
            continue
        for one, row in rows.items():
            if one.method == cell.method and (number := value(cell, one.counted)) is not None:
                found[row, columns[cell.problem]] = number
    return found
