"""Held-out scores table by table: each network as trained to its lowest objective, beside the yardsticks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from cvxbench.bench.records import Yardstick
from cvxbench.report.results import Result


@dataclass(frozen=True)
class TableScore:
    """What a network, or a yardstick, scores on the test rows of one table.

    Parameters
    ----------
    dataset : str
    model : str
        A network or a yardstick.
    yardstick : bool
    test_metric : {"accuracy", "mse"}
    mean, worst, best : float or None
        Over lambdas, at each of which the network of the lowest training objective of all methods counts; of a
        yardstick, which has no lambda, three times the same. None if there is no score.
    """

    dataset: str
    model: str
    yardstick: bool
    test_metric: Literal["accuracy", "mse"]
    mean: float | None
    worst: float | None
    best: float | None


def table_scores(results: Iterable[Result], yardsticks: Iterable[Yardstick]) -> tuple[TableScore, ...]:
    """Return the scores of every table that has been loaded, networks first, in the plan's order."""
    metrics: dict[str, Literal["accuracy", "mse"]] = {}
    lowest: dict[tuple[str, str], dict[float, tuple[float, float]]] = {}
    for row in results:
        if row.test_metric is None:
            continue
        metrics[row.dataset] = row.test_metric
        by_lam = lowest.setdefault((row.dataset, row.network), {})
        if row.objective is not None and row.test_score is not None:
            one = row.objective, row.test_score
            by_lam[row.lam] = min(one, by_lam.get(row.lam, one))
    scores = {key: (False, [score for _, score in by_lam.values()]) for key, by_lam in lowest.items()}
    for one in yardsticks:
        if one.dataset in metrics:
            scores[one.dataset, one.name] = True, [] if one.test_score is None else [one.test_score]
    return tuple(
        _score(dataset, model, *scores[dataset, model], metric)
        for dataset, metric in metrics.items()
        for table, model in scores
        if table == dataset
    )


def _score(
    dataset: str, model: str, yardstick: bool, scores: list[float], metric: Literal["accuracy", "mse"]
) -> TableScore:
    if not scores:
        return TableScore(dataset, model, yardstick, metric, None, None, None)
    ends = sorted((min(scores), max(scores)), reverse=metric == "mse")
    return TableScore(dataset, model, yardstick, metric, sum(scores) / len(scores), *ends)
