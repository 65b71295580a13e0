"""Pairs of methods against each other, by the objective they reached on the same problems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from cvxbench.report.results import Result
from cvxbench.report.statistics.paired import holm, paired_tests

TIE = 1e-3
LEAST = 1e-300  # stands for an objective of 0, which has no logarithm


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
    p_value : float or None
        Wilcoxon's signed-rank test on the log of the objectives, each table counting once, corrected by Holm over the
        pairs of the network. None if no problem is compared.
    """

    network: str
    method: str
    opponent: str
    wins: int
    ties: int
    losses: int
    not_compared: int
    p_value: float | None


Objectives = dict[tuple[str, float], float | None]


def head_to_head(results: Iterable[Result]) -> tuple[HeadToHead, ...]:
    """Return one row for each pair of methods of a network, in the plan's order."""
    objectives: dict[str, dict[str, Objectives]] = {}
    for row in results:
        by_method = objectives.setdefault(row.network, {})
        by_method.setdefault(row.method, {})[row.dataset, row.lam] = row.objective
    return tuple(row for network, by_method in objectives.items() for row in _pairs(network, by_method))


def _pairs(network: str, by_method: dict[str, Objectives]) -> Iterator[HeadToHead]:
    pairs = list(combinations(by_method, 2))
    found = [_p_value(by_method[method], by_method[opponent]) for method, opponent in pairs]
    corrected = iter(holm([p for p in found if p is not None]))
    for (method, opponent), p in zip(pairs, found, strict=True):
        counts = _counts(by_method[method], by_method[opponent])
        yield HeadToHead(network, method, opponent, **counts, p_value=None if p is None else next(corrected))


def _p_value(ours: Objectives, theirs: Objectives) -> float | None:
    pairs = {problem: (value, theirs.get(problem)) for problem, value in ours.items()}
    shared = {problem: (a, b) for problem, (a, b) in pairs.items() if a is not None and b is not None}
    if not shared:
        return None
    logs = np.log(np.maximum(list(shared.values()), LEAST)).T
    (test,) = paired_tests({"ours": logs[0], "theirs": logs[1]}, [dataset for dataset, _ in shared], TIE)
    return test.wilcoxon_p


def _counts(ours: Objectives, theirs: Objectives) -> dict[str, int]:
    counts = {"wins": 0, "ties": 0, "losses": 0, "not_compared": 0}
    for problem in ours.keys() | theirs.keys():
        counts[_verdict(ours.get(problem), theirs.get(problem))] += 1
    return counts


def _verdict(a: float | None, b: float | None) -> str:
    if a is None or b is None:
        return "not_compared"
    if abs(a - b) <= TIE * min(abs(a), abs(b)):
        return "ties"
    return "wins" if a < b else "losses"
