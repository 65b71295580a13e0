"""What the studies cost, and which of their settings won."""

from __future__ import annotations

from collections import Counter
from typing import Any

import altair as alt

from cvxbench.report.arrays import networks
from cvxbench.report.build import Report
from cvxbench.report.cells import Cell, best
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


def settings(evidence: Evidence) -> Figure:
    """Return how often each setting of a tuned method reached the study's lowest objective, by lambda."""
    wins: Counter[tuple[str, str, str, float]] = Counter()
    total: Counter[tuple[str, str, float]] = Counter()
    studies: dict[tuple[str, str], dict[str, None]] = {}
    for cell in evidence.cells:
        options = dict.fromkeys(said(attempt.planned.options) for attempt in cell.attempts)
        if len(options) < 2:
            continue
        network, lam = cell.problem.network, cell.problem.lam
        studies.setdefault((network, cell.method), {}).update(options)
        if (winner := _winner(cell)) is not None:
            wins[network, cell.method, winner, lam] += 1
            total[network, cell.method, lam] += 1
    rows: list[dict[str, Any]] = [
        {
            "network": network,
            "method": method,
            "setting": setting,
            "lambda": f"{lam:.2g}",
            "won": wins[network, method, setting, lam],
            "problems": count,
            "share": wins[network, method, setting, lam] / count,
        }
        for (network, method, lam), count in sorted(total.items())
        for setting in studies[network, method]
    ]
    return Figure(
        name="settings",
        title="Which settings won",
        caption="Of the problems at each lambda on which a study has a score, the share that each of its settings won: "
        "reached the lowest training objective, over all seeds.",
        rows=rows,
        charts={f"{network}, {method}": _map(network, method, len(of)) for (network, method), of in studies.items()},
    )


def said(options: dict[str, float]) -> str:
    """Return a setting as words: "step 0.1"; "as it is" where there is nothing to set."""
    return ", ".join(f"{key} {value:g}" for key, value in options.items()) or "as it is"


def _winner(cell: Cell) -> str | None:
    chosen = best(cell.verdicts)
    return next((said(a.planned.options) for a in cell.attempts if chosen is not None and a.verdict is chosen), None)


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
