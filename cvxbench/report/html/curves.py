"""Every convergence curve of every problem, thinned to what a page can hold, and the charts they are drawn in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import altair as alt
import numpy as np

from cvxbench.bench.records import Attempt
from cvxbench.bench.store import Store
from cvxbench.report.arrays import series
from cvxbench.report.cells import ProblemKey, best
from cvxbench.report.evidence import Evidence
from cvxbench.report.figures.colours import by_method, colours
from cvxbench.report.figures.figure import FLOOR, POWERS, Chart, base
from cvxbench.report.settings import named

POINTS = 450_000  # of all curves together
MOST, LEAST = 48, 6  # of one curve
TITLES = {
    "seconds": "wall time (s)",
    "iteration": "iterations (of sgd and adam: mini-batch steps, ten an epoch)",
    "objective": "objective",
    "gap": "relative gap to the reference",
}
PANELS = {
    "Objective against time": ("seconds", "objective"),
    "Objective against iterations": ("iteration", "objective"),
    "Gap against time": ("seconds", "gap"),
    "Gap against iterations": ("iteration", "gap"),
}
WEIGHTS = {"best of study": 2.4, "default": 1.8, "other": 0.8}


def curves(evidence: Evidence) -> Iterator[tuple[ProblemKey, list[dict[str, Any]]]]:
    """Yield the points of all curves of each problem, in the plan's order, as the referee saw them.

    An attempt's points are thinned evenly; its first, last and lowest one are always kept. Points above ten times
    the first objective are left out: there an attempt counts as diverged.
    """
    verdicts = sum(len(cell.verdicts) for cell in evidence.cells)
    most = int(np.clip(POINTS // max(verdicts, 1), LEAST, MOST))
    kinds = _kinds(evidence)
    with Store(evidence.folder) as store:
        for key, attempts in groupby(store.attempts(), _problem):
            reference = evidence.references.get(key)
            fixed = {
                "reference": reference.value if reference else None,
                "lower_bound": reference.lower_bound if reference else None,
            }
            yield key, [point | fixed for attempt in attempts for point in _points(attempt, kinds, most)]


def charts(evidence: Evidence, network: str) -> dict[str, Chart]:
    """Return the charts of a problem of this network, one for each of `PANELS`."""
    return {panel: _chart(evidence, network, *axes) for panel, axes in PANELS.items()}


def thinned(trace: Sequence[tuple[int, float, float]], most: int) -> list[tuple[int, float, float]]:
    """Return at most `most` + 1 points of a trace, evenly spaced, with the first, the last and the lowest one."""
    if len(trace) <= most:
        return list(trace)
    places = {round(place) for place in np.linspace(0, len(trace) - 1, most)}
    lowest = min(range(len(trace)), key=lambda place: trace[place][2])
    return [trace[place] for place in sorted(places | {lowest})]


def _problem(attempt: Attempt) -> ProblemKey:
    return ProblemKey(attempt.planned.dataset, attempt.planned.network, attempt.planned.lam)


def _kinds(evidence: Evidence) -> Mapping[int, str]:
    """Return which attempts are the best of their study, and which are its default."""
    found: dict[int, str] = {}
    for cell in evidence.cells:
        chosen = best(cell.verdicts)
        for attempt in cell.attempts:
            if attempt.verdict is not None and attempt.verdict is chosen:
                found[attempt.id] = "best of study"
            elif attempt.planned.is_default and attempt.planned.repeat == 0:
                found[attempt.id] = "default"
    return found


def _points(attempt: Attempt, kinds: Mapping[int, str], most: int) -> Iterator[dict[str, Any]]:
    verdict = attempt.verdict
    if verdict is None or verdict.first is None:
        return
    highest = 10.0 * verdict.first
    trace = [point for point in verdict.trace if point[2] < highest]
    for place, (iteration, seconds, objective) in enumerate(points := thinned(trace, most), 1):
        yield {
            "attempt": attempt.id,
            "method": attempt.planned.method,
            "setting": named(attempt.planned.options),
            "repeat": attempt.planned.repeat,
            "kind": kinds.get(attempt.id, "other"),
            "iteration": iteration,
            "seconds": float(f"{seconds:.4g}"),
            "objective": objective,
            "last": place == len(points),
        }


def _chart(evidence: Evidence, network: str, x: str, y: str) -> Chart:
    across = alt.X(f"{x}:Q", scale=alt.Scale(type="log", nice=False), axis=_axis(x, (1,)))
    up = alt.Y(
        f"{y}:Q",
        scale=alt.Scale(type="log", nice=False, padding=8),
        axis=_axis(y, (1, 2, 5) if y == "objective" else (1,)),
    )
    chart = (
        base()
        .transform_filter(f"datum.{x} > 0")
        .transform_calculate(gap=f"max(datum.objective / datum.reference - 1, {FLOOR})")
        .transform_filter(f"isFinite(datum.{y}) && datum.{y} > 0")
    )
    colour = by_method(colours(evidence), [one.method for one in series(evidence, network)])
    weight = alt.Size("kind:O", scale=alt.Scale(domain=list(WEIGHTS), range=list(WEIGHTS.values())), legend=None)
    dash = alt.StrokeDash("kind:O", scale=alt.Scale(domain=list(WEIGHTS), range=[[1, 0], [4, 3], [1, 0]]), legend=None)
    chosen = alt.selection_point(fields=["method"], bind="legend")
    faint = alt.when("datum.kind == 'other'").then(alt.value(0.3)).otherwise(alt.value(1.0))
    shown = alt.when(chosen).then(alt.value(1.0)).otherwise(alt.value(0.05))
    tooltip = [
        "method:N",
        "setting:N",
        "repeat:Q",
        "kind:N",
        "iteration:Q",
        alt.Tooltip("seconds:Q", format=".3g"),
        alt.Tooltip("objective:Q", format=".6g"),
        alt.Tooltip("gap:Q", format=".3g"),
    ]
    lines = chart.mark_line(clip=True).encode(
        across,
        up,
        colour,
        weight,
        dash,
        alt.Detail("attempt:N"),
        strokeOpacity=faint,
        opacity=shown,
    )
    ends = (
        chart.transform_filter("datum.last && datum.kind != 'other'")
        .mark_point(filled=True, size=38)
        .encode(across, up, colour, opacity=shown, tooltip=tooltip)
    )
    layers = [lines.add_params(chosen), ends]
    if y == "objective":
        bound = chart.transform_filter("datum.lower_bound > 0").transform_aggregate(bound="min(lower_bound)")
        layers.append(bound.mark_rule(strokeDash=[2, 2], strokeWidth=1.5, color="#888888").encode(alt.Y("bound:Q")))
        layers.append(
            bound.mark_text(align="left", baseline="bottom", dx=4, dy=-3, color="#888888", text="lower bound").encode(
                alt.Y("bound:Q"), alt.X(value=0)
            )
        )
    return alt.layer(*layers).properties(height=270)


def _axis(field: str, steps: Sequence[int]) -> alt.Axis:
    values = [float(f"{step}e{power}") for power in range(-12, 13) for step in steps]
    return alt.Axis(title=TITLES[field], labelExpr=POWERS, values=values)
