"""Solve rates by what a problem is like: its task, its size, its lambda."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import altair as alt
import numpy as np

from cvxbench.bench.records import TableInfo
from cvxbench.report.arrays import networks, problems, series, solve_times
from cvxbench.report.cells import ProblemKey
from cvxbench.report.evidence import Evidence
from cvxbench.report.figures.colours import by_method, colours
from cvxbench.report.figures.figure import AT_TOL, Chart, Figure, base
from cvxbench.report.statistics.intervals import wilson

SIZES = (100, 300, 1000, 3000)  # training rows


class Group(NamedTuple):
    """Problems that are alike; groups are drawn in the order of `rank`."""

    rank: float
    name: str


def by_task(evidence: Evidence, tolerances: Sequence[float], headline: float) -> Figure:
    """Return the solve rates by task."""
    return _figure(evidence, tolerances, headline, "task", "task", lambda _, table: Group(0.0, table.task))


def by_size(evidence: Evidence, tolerances: Sequence[float], headline: float) -> Figure:
    """Return the solve rates by the number of training rows."""
    return _figure(evidence, tolerances, headline, "size", "training rows", lambda _, table: _size(table.n_train))


def by_lambda(evidence: Evidence, tolerances: Sequence[float], headline: float) -> Figure:
    """Return the solve rates by lambda."""
    return _figure(
        evidence, tolerances, headline, "lambda", "lambda", lambda problem, _: Group(problem.lam, f"{problem.lam:.2g}")
    )


def _size(rows: int) -> Group:
    place = int(np.searchsorted(SIZES, rows))
    if place == len(SIZES):
        return Group(place, f"> {SIZES[-1]}")
    return Group(place, f"≤ {SIZES[place]}")


def _figure(
    evidence: Evidence,
    tolerances: Sequence[float],
    headline: float,
    name: str,
    said: str,
    group: Callable[[ProblemKey, TableInfo], Group],
) -> Figure:
    of = {
        problem: group(problem, evidence.tables[problem.dataset])
        for problem in problems(evidence)
        if problem.dataset in evidence.tables
    }
    order = [one.name for one in sorted(set(of.values()))]
    return Figure(
        name=f"solved-by-{name}",
        title=f"Fraction solved by {said}",
        caption=f"The solve rate within groups of problems of one {said}, best of each study, with Wilson's 95 % "
        "interval (as if problems that share a table were independent). Tables that were never loaded are in no group.",
        rows=[row for network in networks(evidence) for tol in tolerances for row in _rows(evidence, network, tol, of)],
        charts={network: _chart(evidence, network, said, order, headline) for network in networks(evidence)},
        tolerances=tuple(tolerances),
    )


def _rows(evidence: Evidence, network: str, tol: float, of: Mapping[ProblemKey, Group]) -> Iterator[dict[str, Any]]:
    places = problems(evidence, network)
    for one, times in zip(series(evidence, network), solve_times(evidence, network, tol), strict=True):
        for group in sorted({of[problem] for problem in places if problem in of}):
            inside = [place for problem, place in places.items() if of.get(problem) == group]
            solved = int(np.isfinite(times[inside]).sum())
            low, high = wilson(solved, len(inside))
            yield {
                "network": network,
                "tol": tol,
                "group": group.name,
                "method": one.method,
                "counted": one.counted,
                "solved": solved,
                "problems": len(inside),
                "share": solved / len(inside),
                "low": low,
                "high": high,
            }


def _chart(evidence: Evidence, network: str, said: str, order: Sequence[str], headline: float) -> Chart:
    methods = list(dict.fromkeys(one.method for one in series(evidence, network)))
    chart = base(network=network, counted="oracle").transform_filter(AT_TOL)
    x = alt.X("group:O", sort=list(order), title=said, axis=alt.Axis(labelAngle=0))
    aside = alt.XOffset("method:N", sort=methods)
    colour = by_method(colours(evidence), methods)
    shares = alt.Y("share:Q", title="fraction of problems solved").scale(domain=[0, 1]).axis(format="%", tickCount=5)
    tooltip = ["method:N", "group:N", "solved:Q", "problems:Q", alt.Tooltip("share:Q", format=".1%")]
    intervals = chart.mark_rule(strokeWidth=1.5, opacity=0.55).encode(
        x, alt.Y("low:Q").scale(domain=[0, 1]), alt.Y2("high:Q"), colour, aside
    )
    rates = chart.mark_point(filled=True, size=60, opacity=1).encode(x, shares, colour, aside, tooltip=tooltip)
    return alt.layer(rates, intervals).properties(height=260).add_params(alt.param(name="tol", value=headline))
