"""Head to head: how often each of two methods reached the lower objective."""

from __future__ import annotations

import altair as alt

from cvxbench.report.arrays import networks
from cvxbench.report.build import Report
from cvxbench.report.evidence import Evidence
from cvxbench.report.figures.colours import OUTCOMES
from cvxbench.report.figures.figure import Chart, Figure, base


def duels(evidence: Evidence, report: Report) -> Figure:
    """Return the outcomes of every pair of methods."""
    rows = [
        {
            "network": pair.network,
            "method": pair.method,
            "opponent": pair.opponent,
            "outcome": outcome,
            "problems": problems,
        }
        for pair in report.head_to_head
        for outcome, problems in zip(OUTCOMES, (pair.wins, pair.ties, pair.losses, pair.not_compared), strict=True)
    ]
    pairs = {network: sum(pair.network == network for pair in report.head_to_head) for network in networks(evidence)}
    return Figure(
        name="head-to-head",
        title="Who reached the lower objective",
        caption="Of each pair, the problems on which the first method's best objective is lower than the second's, "
        "equal within 0.1 %, or higher; not compared: one of the two has no score.",
        rows=rows,
        charts={network: _chart(network, count) for network, count in pairs.items() if count},
    )


def _chart(network: str, pairs: int) -> Chart:
    colour = alt.Color("outcome:N", scale=alt.Scale(domain=list(OUTCOMES), range=list(OUTCOMES.values())))
    return (
        base(network=network)
        .transform_calculate(
            pair="datum.method + ' – ' + datum.opponent", order=f"indexof({list(OUTCOMES)}, datum.outcome)"
        )
        .mark_bar(height=14)
        .encode(
            alt.X("sum(problems):Q", title="problems").scale(nice=False),
            alt.Y("pair:N", sort=None, title=None, axis=alt.Axis(labelLimit=200)),
            colour.legend(orient="top", title=None, symbolType="square"),
            alt.Order("order:Q"),
            tooltip=["pair:N", "outcome:N", "problems:Q"],
        )
        .properties(height=22 * pairs)
    )
