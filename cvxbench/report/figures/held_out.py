"""Scores on held-out rows against lambda, which tell whether the lower objective helps."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import Any

import altair as alt

from cvxbench.report.build import Report
from cvxbench.report.evidence import Evidence
from cvxbench.report.figures.colours import YARDSTICKS, by_method, colours
from cvxbench.report.figures.figure import Chart, Figure, base, log
from cvxbench.report.held_out import test_scores

NAMES = {"accuracy": "mean test accuracy", "mse": "mean test squared error (standardised target)"}


def scores(evidence: Evidence, report: Report) -> Figure:
    """Return the mean test scores of each lambda, over the tables where all compared methods are scored."""
    rows = [row for lam in sorted({row.lam for row in report.results}) for row in _at(report, lam)]
    panels = dict.fromkeys((row["network"], row["metric"]) for row in rows)
    return Figure(
        name="held-out",
        title="Held-out rows",
        caption="The mean score on test rows of the attempt with the lowest training objective, at each lambda, over "
        "the tables where all methods drawn are scored; methods that skipped problems are left out. Dashed: yardsticks "
        "that know no lambda, on the same tables. Nothing was chosen on test data.",
        rows=rows,
        charts={
            f"{network}, {metric}": _chart(evidence, report, network, metric, NAMES[metric])
            for network, metric in panels
        },
    )


def _at(report: Report, lam: float) -> Iterator[dict[str, Any]]:
    found = test_scores((row for row in report.results if row.lam == lam), report.yardsticks)
    narrower = {(row.network, row.test_metric) for row in found if row.compared == "none skipped"}
    for row in found:
        if row.mean is None or (row.compared == "all" and (row.network, row.test_metric) in narrower):
            continue
        yield {
            "network": row.network,
            "metric": row.test_metric,
            "lambda": lam,
            "method": row.method,
            "yardstick": row.yardstick,
            "mean": row.mean,
            "tables": row.problems,
        }


def _chart(evidence: Evidence, report: Report, network: str, metric: str, said: str) -> Chart:
    methods = dict.fromkeys(row.method for row in report.results if row.network == network)
    others = dict.fromkeys(one.name for one in report.yardsticks)
    palette = colours(evidence) | dict(zip(others, cycle(YARDSTICKS)))
    form = "%" if metric == "accuracy" else "~g"
    return (
        base(network=network, metric=metric)
        .mark_line(point={"size": 45, "filled": True}, strokeWidth=2)
        .encode(
            log("lambda", "lambda", (row.lam for row in report.results)),
            alt.Y("mean:Q", title=said).scale(zero=False).axis(format=form, tickCount=6),
            by_method(palette, [*methods, *others]),
            alt.StrokeDash("yardstick:N", scale=alt.Scale(domain=[False, True], range=[[1, 0], [4, 3]])).legend(None),
            tooltip=["method:N", "lambda:Q", alt.Tooltip("mean:Q", format=".4f"), "tables:Q"],
        )
        .properties(height=260)
    )
