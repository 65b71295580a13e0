"""Where each method ended: the relative gaps of all its problems."""

from __future__ import annotations

import altair as alt

from cvxbench.report.arrays import networks
from cvxbench.report.build import Report
from cvxbench.report.evidence import Evidence
from cvxbench.report.figures.colours import by_method, colours
from cvxbench.report.figures.figure import FLOOR, Chart, Figure, base, log


def distribution(evidence: Evidence, report: Report) -> Figure:
    """Return every cell's gap, with the quartiles of each method."""
    rows = [
        {
            "network": row.network,
            "method": row.method,
            "dataset": row.dataset,
            "lambda": row.lam,
            "gap": row.relative_gap,
            "status": row.status,
        }
        for row in report.results
    ]
    return Figure(
        name="gaps",
        title="Gaps to the reference",
        caption="One mark per problem, at the relative gap of the method's best objective; the box holds the middle "
        f"half and its bar is the median. Gaps below {FLOOR:g} are drawn there; problems without a score are counted.",
        rows=rows,
        charts={network: _chart(evidence, report, network) for network in networks(evidence)},
    )


def _chart(evidence: Evidence, report: Report, network: str) -> Chart:
    here = [row for row in report.results if row.network == network]
    methods = list(dict.fromkeys(row.method for row in here))
    gaps = [max(row.relative_gap, FLOOR) for row in here if row.relative_gap is not None]
    x = log("drawn", "relative gap to the reference", gaps)
    y = alt.Y("method:N", sort=methods, title=None)
    colour = by_method(colours(evidence), methods).legend(None)
    chart = base(network=network).transform_calculate(drawn=f"isValid(datum.gap) ? max(datum.gap, {FLOOR}) : null")
    scored = chart.transform_filter("isValid(datum.drawn)")
    boxes = scored.mark_boxplot(
        extent="min-max", size=26, opacity=0.25, rule=False, median={"color": "#808080", "opacity": 1}
    ).encode(x, y, colour, tooltip=alt.value(None))
    marks = scored.mark_tick(thickness=1.6, size=18, opacity=0.75).encode(
        x,
        y,
        colour,
        tooltip=["method:N", "dataset:N", "lambda:Q", alt.Tooltip("gap:Q", format=".3g"), "status:N"],
        href="link:N",
    )
    without = (
        chart.transform_filter("!isValid(datum.drawn)")
        .transform_aggregate(cells="count()", groupby=["method"])
        .transform_calculate(said="datum.method + ': ' + datum.cells + ' without a score'")
        .mark_text(align="right", baseline="top", dx=-2, dy=12, fontSize=10, color="#888888")
        .encode(alt.X(value="width"), y, text="said:N")
    )
    return alt.layer(boxes, marks, without).properties(height=46 * len(methods))
