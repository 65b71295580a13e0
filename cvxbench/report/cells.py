"""From the attempts of a run to its cells, and which attempts count as scored."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from cvxbench.attempt import Status
from cvxbench.bench.records import Attempt, Verdict
from cvxbench.bench.referee import DIVERGED

MISSING = "missing"
WORST_FIRST = tuple(
    status.label for status in (Status.CRASHED, Status.OUT_OF_MEMORY, Status.KILLED, Status.DIVERGED, Status.SKIPPED)
)


class ProblemKey(NamedTuple):
    """What names a problem within a run."""

    dataset: str
    network: str
    lam: float


@dataclass(frozen=True)
class Cell:
    """A problem × method of the fixed grid, with every attempt of the method's study.

    Parameters
    ----------
    problem : ProblemKey
    method : str
    convex : bool
        Whether the method solves the program.
    attempts : tuple of Attempt
        In the plan's order; an attempt without a verdict has not run.
    """

    problem: ProblemKey
    method: str
    convex: bool
    attempts: tuple[Attempt, ...]

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts of the attempts that have run."""
        return tuple(attempt.verdict for attempt in self.attempts if attempt.verdict is not None)

    @property
    def default(self) -> tuple[Verdict, ...]:
        """The verdict of the default setting's first repeat, if it has run: none, or one."""
        first = (a for a in self.attempts if a.planned.is_default and a.planned.repeat == 0)
        return tuple(attempt.verdict for attempt in first if attempt.verdict is not None)


def cells(attempts: Iterable[Attempt]) -> tuple[Cell, ...]:
    """Group attempts into cells, in the plan's order.

    Of each trace only the points that are lower than all before them are kept: no other can be the first to reach a
    tolerance, and a large run fits in memory.
    """
    groups: dict[tuple[ProblemKey, str], list[Attempt]] = {}
    for attempt in attempts:
        planned = attempt.planned
        key = ProblemKey(planned.dataset, planned.network, planned.lam), planned.method
        groups.setdefault(key, []).append(_compact(attempt))
    return tuple(
        Cell(problem, method, group[0].planned.convex, tuple(group)) for (problem, method), group in groups.items()
    )


def diverged(verdict: Verdict) -> bool:
    """Return whether some iterate reached ten times the first objective."""
    return verdict.worst is not None and verdict.first is not None and not verdict.worst < DIVERGED * verdict.first


def lowest(verdict: Verdict) -> float | None:
    """Return the lowest objective that an attempt is scored with; None if it is not scored.

    An attempt is scored if it returned a network, its objectives are finite, and it has not diverged.
    """
    if verdict.objective is None or verdict.best is None or diverged(verdict):
        return None
    return verdict.best if math.isfinite(verdict.objective) and math.isfinite(verdict.best) else None


def best(verdicts: Sequence[Verdict]) -> Verdict | None:
    """Return the scored attempt with the lowest objective, the first of equals; None if none is scored."""
    scored = [(value, verdict) for verdict in verdicts if (value := lowest(verdict)) is not None]
    return min(scored, key=lambda pair: pair[0])[1] if scored else None


def ended_worst(verdicts: Sequence[Verdict]) -> Verdict | None:
    """Return the attempt that tells why none of them is scored: the first that ended worst; None if none has run."""
    order = {label: rank for rank, label in enumerate(WORST_FIRST)}
    return min(verdicts, key=lambda verdict: order.get(verdict.status, len(order)), default=None)


def _compact(attempt: Attempt) -> Attempt:
    if attempt.verdict is None:
        return attempt
    lows: list[tuple[int, float, float]] = []
    low = math.inf
    for point in attempt.verdict.trace:
        if point[2] < low:
            low = point[2]
            lows.append(point)
    return replace(attempt, verdict=replace(attempt.verdict, trace=lows))
