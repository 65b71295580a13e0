"""Scores on held-out rows, averaged over the same problems for every method that is compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from cvxbench.attempt import Status
from cvxbench.report.results import Result

Compared = Literal["all", "none skipped"]


@dataclass(frozen=True)
class HeldOut:
    """The mean test score of a method on the problems where all compared methods of its network are scored.

    Parameters
    ----------
    network, method : str
    test_metric : {"accuracy", "mse"}
    mean : float or None
        Over tables and lambdas alike: nothing, lambda included, is chosen on test data. None if there is no problem.
    problems : int
        How many problems the mean is over; the same for all methods that are compared.
    compared : {"all", "none skipped"}
        All methods of the network, or those alone that skipped none of its problems: a method that only takes small
        problems would otherwise leave the others no large ones to be compared on.
    """

    network: str
    method: str
    test_metric: Literal["accuracy", "mse"]
    mean: float | None
    problems: int
    compared: Compared


def test_scores(results: Iterable[Result]) -> tuple[HeldOut, ...]:
    """Return the mean test scores by network, metric, comparison and method."""
    groups: dict[tuple[str, Literal["accuracy", "mse"]], dict[str, list[Result]]] = {}
    for row in results:
        if row.test_metric is not None:
            groups.setdefault((row.network, row.test_metric), {}).setdefault(row.method, []).append(row)
    rows: list[HeldOut] = []
    for (network, metric), by_method in groups.items():
        rows += _means(network, metric, by_method, "all")
        tried = {method: rows for method, rows in by_method.items() if not any(map(_skipped, rows))}
        if 1 < len(tried) < len(by_method):
            rows += _means(network, metric, tried, "none skipped")
    return tuple(rows)


def _skipped(row: Result) -> bool:
    return row.status == Status.SKIPPED.label


def _means(
    network: str, metric: Literal["accuracy", "mse"], by_method: dict[str, list[Result]], compared: Compared
) -> list[HeldOut]:
    scores = {method: _scores(rows) for method, rows in by_method.items()}
    shared = sorted(set.intersection(*map(set, scores.values())))
    return [
        HeldOut(
            network=network,
            method=method,
            test_metric=metric,
            mean=sum(by_problem[problem] for problem in shared) / len(shared) if shared else None,
            problems=len(shared),
            compared=compared,
        )
        for method, by_problem in scores.items()
    ]


def _scores(rows: Sequence[Result]) -> dict[tuple[str, float], float]:
    return {(row.dataset, row.lam): row.test_score for row in rows if row.test_score is not None}
