"""Scores on held-out rows, averaged over the same problems for every method, and for the yardsticks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cvxbench.attempt import Status
from cvxbench.bench.records import Yardstick
from cvxbench.report.results import Result

Compared = Literal["all", "none skipped"]
Metric = Literal["accuracy", "mse"]


@dataclass(frozen=True)
class HeldOut:
    """The mean test score of a method on the problems where all compared methods of its network are scored.

    Parameters
    ----------
    network, method : str
        A yardstick trains no network: it is named as the method, and the network is that of the problems.
    yardstick : bool
        Whether this is a model of another family. It knows no lambda; its score on a table counts for each of them.
    test_metric : {"accuracy", "mse"}
    mean : float or None
        Over tables and lambdas alike: nothing, lambda included, is chosen on test data. None if there is no problem, or
        if the yardstick has no score on one of them.
    problems : int
        How many problems the mean is over; the same for all methods that are compared.
    compared : {"all", "none skipped"}
        All methods of the network, or those alone that skipped none of its problems: a method that only takes small
        problems would otherwise leave the others no large ones to be compared on.
    """

    network: str
    method: str
    yardstick: bool
    test_metric: Metric
    mean: float | None
    problems: int
    compared: Compared


def test_scores(results: Iterable[Result], yardsticks: Iterable[Yardstick]) -> tuple[HeldOut, ...]:
    """Return the mean test scores by network, metric, comparison and method, yardsticks last."""
    groups: dict[tuple[str, Metric], dict[str, list[Result]]] = {}
    for row in results:
        if row.test_metric is not None:
            groups.setdefault((row.network, row.test_metric), {}).setdefault(row.method, []).append(row)
    beside: dict[str, dict[str, float]] = {}
    for one in yardsticks:
        scores = beside.setdefault(one.name, {})
        if one.test_score is not None:
            scores[one.dataset] = one.test_score
    rows: list[HeldOut] = []
    for (network, metric), by_method in groups.items():
        rows += _compared(network, metric, by_method, beside, "all")
        tried = {method: rows for method, rows in by_method.items() if not any(map(_skipped, rows))}
        if 1 < len(tried) < len(by_method):
            rows += _compared(network, metric, tried, beside, "none skipped")
    return tuple(rows)


def _skipped(row: Result) -> bool:
    return row.status == Status.SKIPPED.label


def _compared(
    network: str,
    metric: Metric,
    by_method: Mapping[str, Sequence[Result]],
    beside: Mapping[str, Mapping[str, float]],
    compared: Compared,
) -> list[HeldOut]:
    scores = {method: _scores(rows) for method, rows in by_method.items()}
    shared = sorted(set.intersection(*map(set, scores.values())))
    means = [(method, False, _mean([by[problem] for problem in shared])) for method, by in scores.items()]
    for name, by_table in beside.items():
        means.append((name, True, _mean([by_table.get(dataset) for dataset, _ in shared])))
    return [
        HeldOut(network, method, yardstick, metric, mean, len(shared), compared) for method, yardstick, mean in means
    ]


def _mean(scores: Collection[float | None]) -> float | None:
    known = [score for score in scores if score is not None]
    return sum(known) / len(known) if known and len(known) == len(scores) else None


def _scores(rows: Sequence[Result]) -> dict[tuple[str, float], float]:
    return {(row.dataset, row.lam): row.test_score for row in rows if row.test_score is not None}
