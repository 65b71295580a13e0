"""Scores on held-out rows, averaged over the same problems for every method of a network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cvxbench.report.results import Result


@dataclass(frozen=True)
class HeldOut:
    """The mean test score of a method on the problems where all methods of its network are scored.

    Parameters
    ----------
    network, method : str
    test_metric : {"accuracy", "mse"}
    mean : float or None
        Over tables and lambdas alike: nothing, lambda included, is chosen on test data. None if there is no problem.
    problems : int
        How many problems the mean is over; the same for all methods of the network.
    """

    network: str
    method: str
    test_metric: str
    mean: float | None
    problems: int


def test_scores(results: Iterable[Result]) -> tuple[HeldOut, ...]:
    """Return the mean test scores by network, metric and method."""
    groups: dict[tuple[str, str], dict[str, dict[tuple[str, float], float | None]]] = {}
    for row in results:
        if row.test_metric is not None:
            by_method = groups.setdefault((row.network, row.test_metric), {})
            by_method.setdefault(row.method, {})[row.dataset, row.lam] = row.test_score
    return tuple(row for (network, metric), by_method in groups.items() for row in _means(network, metric, by_method))


def _means(network: str, metric: str, by_method: dict[str, dict[tuple[str, float], float | None]]) -> list[HeldOut]:
    scored = [{key for key, score in scores.items() if score is not None} for scores in by_method.values()]
    shared = sorted(set.intersection(*scored))
    rows = []
    for method, scores in by_method.items():
        values = [score for key in shared if (score := scores[key]) is not None]
        rows.append(HeldOut(network, method, metric, sum(values) / len(values) if values else None, len(values)))
    return rows
