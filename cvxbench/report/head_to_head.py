"""Pairs of methods against each other, by the objective they reached on the same problems."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from cvxbench.report.results import Result

TIE = 1e-3


@dataclass(frozen=True)
class HeadToHead:
    """How often `method` reached a lower objective than `opponent`.

    Parameters
    ----------
    network, method, opponent : str
    wins, ties, losses : int
        Problems where both are scored; a tie is within a relative 1e-3.
    not_compared : int
        Problems where one of them, or both, is not.
    """

    network: str
    method: str
    opponent: str
    wins: int
    ties: int
    losses: int
    not_compared: int


def head_to_head(results: Iterable[Result]) -> tuple[HeadToHead, ...]:
    """Return one row for each pair of methods of a network, in the plan's order."""
    objectives: dict[str, dict[str, dict[tuple[str, float], float | None]]] = {}
    for row in results:
        by_method = objectives.setdefault(row.network, {})
        by_method.setdefault(row.method, {})[row.dataset, row.lam] = row.objective
    return tuple(
        _pair(network, method, opponent, by_method[method], by_method[opponent])
        for network, by_method in objectives.items()
        for method, opponent in combinations(by_method, 2)
    )


def _pair(
    network: str,
    method: str,
    opponent: str,
    ours: dict[tuple[str, float], float | None],
    theirs: dict[tuple[str, float], float | None],
) -> HeadToHead:
    counts = {"wins": 0, "ties": 0, "losses": 0, "not_compared": 0}
    for problem in ours.keys() | theirs.keys():
        counts[_verdict(ours.get(problem), theirs.get(problem))] += 1
    return HeadToHead(network, method, opponent, **counts)


def _verdict(a: float | None, b: float | None) -> str:
    if a is None or b is None:
        return "not_compared"
    if abs(a - b) <= TIE * min(abs(a), abs(b)):
        return "ties"
    return "wins" if a < b else "losses"
