"""Profiles: the share of problems solved within seconds, within a factor of the fastest, or within a gap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import altair as alt

from cvxbench.report.arrays import Series, gaps, networks, series, solve_times
from cvxbench.report.evidence import Evidence
from cvxbench.report.figures.colours import by_accounting, by_method, colours
from cvxbench.report.figures.figure import AT_TOL, FLOOR, Chart, Figure, base, log
from cvxbench.report.statistics.profiles import Profile, data_profile, performance_profile, quality_profile

HEIGHT = 300


def solved_in_time(evidence: Evidence, tolerances: Sequence[float], headline: float) -> Figure:
    """Return the curve that a run is quoted by: fraction solved against seconds."""
    rows = [
        {"network": network, "tol": tol, **row}
        for network in networks(evidence)
        for tol in tolerances
        for row in _steps("seconds", series(evidence, network), data_profile(solve_times(evidence, network, tol)))
    ]
    shared = any(verdict.contended for cell in evidence.cells for verdict in cell.verdicts)
    x = log("seconds", "wall time (s)", (row["seconds"] for row in rows))
    return Figure(
        name="solved-in-time",
        title="Fraction solved against seconds",
        caption="The share of all problems on which some iterate came within the tolerance of the reference, against "
        "the method's own wall time to that iterate. Solid: the fastest attempt of the study. Dashed: the default "
        "setting alone. A curve ends at the solve rate; problems that were not solved stay in its denominator."
        + (" Some attempts shared the machine, so their times are too long." if shared else ""),
        rows=rows,
        charts=_curves(evidence, "seconds", x, "solved", headline),
        tolerances=tuple(tolerances),
    )


def performance(evidence: Evidence, tolerances: Sequence[float], headline: float) -> Figure:
    """Return the performance profiles (Dolan and Moré 2002) of the methods' fastest attempts."""
    rows: list[dict[str, Any]] = []
    for network in networks(evidence):
        chosen = {one: place for place, one in enumerate(series(evidence, network)) if one.counted == "oracle"}
        for tol in tolerances:
            profile = performance_profile(solve_times(evidence, network, tol)[list(chosen.values())])
            rows += [{"network": network, "tol": tol, **row} for row in _steps("factor", list(chosen), profile)]
    x = log("factor", "time / fastest time", (row["factor"] for row in rows))
    return Figure(
        name="performance-profile",
        title="Performance profile",
        caption="The share of all problems that a method solved within a factor of the fastest method's time. At 1: "
        "how often it was the fastest; far right: its solve rate. Fastest attempt of each study.",
        rows=rows,
        charts=_curves(evidence, "factor", x, "solved", headline, dashed=False),
        tolerances=tuple(tolerances),
    )


def quality(evidence: Evidence) -> Figure:
    """Return the quality profiles: how near to the reference the methods ended, whatever it took."""
    rows = [
        {"network": network, **row}
        for network in networks(evidence)
        for row in _steps("gap", series(evidence, network), quality_profile(gaps(evidence, network)))
    ]
    x = log("drawn", "relative gap to the reference", (max(row["gap"], FLOOR) for row in rows))
    charts = _curves(evidence, "gap", x, "within the gap", None)
    drawn = {"drawn": f"max(datum.gap, {FLOOR})"}
    return Figure(
        name="quality-profile",
        title="Quality profile",
        caption="The share of all problems on which a method's objective is within a relative gap of the reference, at "
        f"any time. Gaps below {FLOOR:g} are drawn there. Solid: best of the study. Dashed: the default setting.",
        rows=rows,
        charts={panel: chart.transform_calculate(**drawn) for panel, chart in charts.items()},
    )


def _steps(field: str, chosen: Sequence[Series], profile: Profile) -> Iterator[dict[str, Any]]:
    """Yield the points where each curve steps, and both ends of the axis."""
    ends = (0, len(profile.at) - 1)
    for one, shares in zip(chosen, profile.share, strict=True):
        for place, (at, share) in enumerate(zip(profile.at.tolist(), shares.tolist(), strict=True)):
            if place in ends or share != shares[place - 1]:
                yield {"method": one.method, "counted": one.counted, field: at, "share": share}


def _curves(
    evidence: Evidence, field: str, x: alt.X, said: str, headline: float | None, dashed: bool = True
) -> dict[str, Chart]:
    y = alt.Y("share:Q", title=f"fraction of problems {said}").scale(domain=[0, 1]).axis(format="%", tickCount=5)
    return {network: _chart(evidence, network, field, x, y, headline, dashed) for network in networks(evidence)}


def _chart(
    evidence: Evidence, network: str, field: str, x: alt.X, y: alt.Y, headline: float | None, dashed: bool
) -> Chart:
    chosen = alt.selection_point(fields=["method"], bind="legend")
    faded = alt.when(chosen).then(alt.value(1.0)).otherwise(alt.value(0.1))
    colour = by_method(colours(evidence), [one.method for one in series(evidence, network)])
    chart = base(network=network)
    if headline is not None:
        chart = chart.transform_filter(AT_TOL)
    lines = chart.mark_line(interpolate="step-after", strokeWidth=2.2, clip=True).encode(x, y, colour, opacity=faded)
    if dashed:
        lines = lines.encode(by_accounting())
    points = chart.mark_point(opacity=0, size=90).encode(
        x,
        y,
        tooltip=[
            "method:N",
            "counted:N",
            alt.Tooltip(f"{field}:Q", format=".3g"),
            alt.Tooltip("share:Q", format=".1%"),
        ],
    )
    layers = alt.layer(lines.add_params(chosen), points).properties(height=HEIGHT)
    return layers if headline is None else layers.add_params(alt.param(name="tol", value=headline))
