"""What the studies of each method cost, and how their attempts ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from cvxbench.report.cells import MISSING, Cell


@dataclass(frozen=True)
class StudyCost:
    """All attempts of a method on a network, the tuning included.

    Parameters
    ----------
    network, method : str
    convex : bool
        Whether the method solves the program.
    attempts : int
        Of the fixed grid.
    by_status : dict
        Status → attempts; "missing" are those that have not run.
    seconds : float
        Total wall time.
    contended : int
        Attempts that shared the machine; their seconds are in the total.
    """

    network: str
    method: str
    convex: bool
    attempts: int
    by_status: dict[str, int]
    seconds: float
    contended: int


def study_costs(cells: Iterable[Cell]) -> tuple[StudyCost, ...]:
    """Return the cost of every network × method, in the plan's order."""
    groups: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.problem.network, cell.method), []).append(cell)
    return tuple(_cost(network, method, group) for (network, method), group in groups.items())


def _cost(network: str, method: str, cells: list[Cell]) -> StudyCost:
    attempts = [attempt for cell in cells for attempt in cell.attempts]
    verdicts = [attempt.verdict for attempt in attempts if attempt.verdict is not None]
    statuses = Counter({MISSING: len(attempts) - len(verdicts)})
    statuses.update(verdict.status for verdict in verdicts)
    return StudyCost(
        network=network,
        method=method,
        convex=cells[0].convex,
        attempts=len(attempts),
        by_status=dict(statuses),
        seconds=sum((verdict.spent for verdict in verdicts), 0.0),
        contended=sum(verdict.contended for verdict in verdicts),
    )
