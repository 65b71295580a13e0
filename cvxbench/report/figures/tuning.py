"""What the studies cost, and which of their settings won."""

from __future__ import annotations

from collections import Counter
from typing import Any

import altair as alt

from cvxbench.report.arrays import networks
from cvxbench.report.build import Report
from cvxbench.report.evidence import Evidence
from cvxbench.report.figures.colours import by_method, colours
from cvxbench.report.figures.figure import Chart, Figure, base, log


def costs(evidence: Evidence, report: Report) -> Figure:
    """Return the total time of every method's study."""
    rows = [
        {"network": row.network, "method": row.method, "attempts": row.attempts, "seconds": row.seconds}
        for row in report.study_cost
    ]
    return Figure(
        name="study-cost",
        title="What the whole studies cost",
        caption="Wall time of all attempts of a method on all problems: every setting and seed, not the winners alone. "
        "Cells that a method skipped cost it nothing.",
        rows=rows,
        charts={network: _bars(evidence, report, network) for network in networks(evidence)},
    )


def settings(report: Report) -> Figure:
    """Return how often each setting of a tuned method reached the study's lowest objective, by lambda."""
    scored: Counter[tuple[str, str, float]] = Counter()
    studies: dict[tuple[str, str], dict[str, None]] = {}
    for row in report.settings:
        scored[row.network, row.method, row.lam] += row.wins
        studies.setdefault((row.network, row.method), {})[row.setting] = None
    rows: list[dict[str, Any]] = [
        {
            "network": row.network,
            "method": row.method,
            "setting": row.setting,
            "lambda": f"{row.lam:.2g}",
            "won": row.wins,
            "problems": problems,
            "share": row.wins / problems,
        }
        for row in sorted(report.settings, key=lambda row: row.lam)
        if (problems := scored[row.network, row.method, row.lam])
    ]
    return Figure(
        name="settings",
        title="Which settings won",
        caption="Of the problems at each lambda on which a study has a score, the share that each of its settings won: "
        "reached the lowest training objective, over all seeds.",
        rows=rows,
        charts={f"{network}, {method}": _map(network, method, len(of)) for (network, method), of in studies.items()},
    )


def _bars(evidence: Evidence, report: Report, network: str) -> Chart:
    here = [row for row in report.study_cost if row.network == network]
    return (
        base(network=network)
        .transform_filter("datum.seconds > 0")
        .mark_point(filled=True, size=90, opacity=1)
        .encode(
            log("seconds", "total wall time of the study (s)", (row.seconds for row in here)),
            alt.Y("method:N", sort=[row.method for row in here], title=None, axis=alt.Axis(grid=True)),
            by_method(colours(evidence), [row.method for row in here]).legend(None),
            tooltip=["method:N", "attempts:Q", alt.Tooltip("seconds:Q", format=".3g")],
        )
        .properties(height=28 * len(here))
    )


def _map(network: str, method: str, settings: int) -> Chart:
    chart = base(network=network, method=method)
    x = alt.X("lambda:O", sort=None, title="lambda", axis=alt.Axis(labelAngle=0))
    y = alt.Y("setting:O", sort=None, title=None)
    cells = chart.mark_rect().encode(
        x,
        y,
        alt.Color("share:Q", title="problems won", scale=alt.Scale(scheme="viridis", domain=[0, 1])).legend(format="%"),
        tooltip=["setting:N", "lambda:N", "won:Q", "problems:Q"],
    )
    counts = chart.mark_text(fontSize=11).encode(
        x, y, text="won:Q", color=alt.when("datum.share > 0.6").then(alt.value("black")).otherwise(alt.value("white"))
    )
    return alt.layer(cells, counts).properties(height=30 * settings)
