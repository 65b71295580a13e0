"""An experiment's plots as figures."""

from __future__ import annotations

import altair as alt

from cvxbench.report.figures.colours import CONVEX, OPPONENTS, YARDSTICKS
from cvxbench.report.figures.figure import Chart, Figure, base
from cvxbench.studies.findings import Plot

HEIGHT = 300
ONLY = "all"  # the name of the panel where there is one
PALETTE = (*CONVEX, *OPPONENTS, *YARDSTICKS)


def figure(plot: Plot) -> Figure:
    """Return the figure of a plot that has rows."""
    panels = list(dict.fromkeys(str(row[plot.panel]) for row in plot.rows)) if plot.panel else [ONLY]
    return Figure(
        name=plot.name,
        title=plot.title,
        caption=plot.caption,
        rows=plot.rows,
        charts={panel: _chart(plot, panel) for panel in panels},
    )


def _chart(plot: Plot, panel: str) -> Chart:
    chart = base(**{plot.panel: panel}) if plot.panel else base()
    names = list(dict.fromkeys(str(row[plot.series]) for row in plot.rows))
    scale = alt.Scale(domain=names, range=[PALETTE[place % len(PALETTE)] for place in range(len(names))])
    colour = alt.Color(f"{plot.series}:N", scale=scale).legend(orient="top", title=None, columns=3, labelLimit=300)
    x = alt.X(f"{plot.x}:Q", title=_title(plot.x), scale=_scale(plot.log_x))
    y = alt.Y(f"{plot.y}:Q", title=_title(plot.y), scale=_scale(plot.log_y))
    layers: list[alt.Chart] = []
    if plot.low and plot.high:
        ends = alt.Y(f"{plot.low}:Q", title=_title(plot.y), scale=_scale(plot.log_y)), alt.Y2(plot.high)
        layers.append(chart.mark_rule(opacity=0.5, strokeWidth=1.5).encode(x, *ends, colour))
    if plot.line:
        layers.append(chart.mark_line(strokeWidth=2.0, clip=True).encode(x, y, colour))
    tooltip = [f"{plot.series}:N", alt.Tooltip(f"{plot.x}:Q", format=".4g"), alt.Tooltip(f"{plot.y}:Q", format=".4g")]
    layers.append(chart.mark_point(filled=True, size=40, clip=True).encode(x, y, colour, tooltip=tooltip))
    return alt.layer(*layers).properties(height=HEIGHT)


def _title(key: str) -> str:
    return key.replace("_", " ")


def _scale(log: bool) -> alt.Scale:
    return alt.Scale(type="log", nice=False, padding=6) if log else alt.Scale(zero=False, padding=6)
