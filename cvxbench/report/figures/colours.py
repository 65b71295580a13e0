"""One colour for each method, the same in every figure, and told apart by readers who do not see all colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt

from cvxbench.report.evidence import Evidence

# Mostly those of Okabe and Ito (2008), without black and yellow, which vanish on a dark or on a white page.
CONVEX = ("#0072B2", "#009E73", "#56B4E9", "#CC79A7", "#7F6BC2")
OPPONENTS = ("#D55E00", "#E69F00", "#999933", "#882255")
YARDSTICKS = ("#767676", "#b0b0b0", "#8a7f70", "#9aa5b1")
OUTCOMES = {"lower": "#5e4fa2", "tie": "#a0a0a0", "higher": "#b35806", "not compared": "#dddddd"}
DASHES = {"oracle": [1, 0], "default": [4, 3]}


def colours(evidence: Evidence) -> dict[str, str]:
    """Return the colour of each method of a run: cool for convex ones, warm for their opponents; many come again."""
    convex = dict.fromkeys(cell.method for cell in evidence.cells if cell.convex)
    others = dict.fromkeys(cell.method for cell in evidence.cells if not cell.convex)
    return {
        method: palette[place % len(palette)]
        for group, palette in ((convex, CONVEX), (others, OPPONENTS))
        for place, method in enumerate(group)
    }


def by_method(colours: Mapping[str, str], methods: Sequence[str]) -> alt.Color:
    """Return the colours of these methods, with a legend."""
    known = [method for method in colours if method in methods]
    scale = alt.Scale(domain=known, range=[colours[method] for method in known])
    return alt.Color("method:N", scale=scale).legend(orient="top", title=None, symbolType="stroke", symbolSize=300)


def by_accounting() -> alt.StrokeDash:
    """Return the dashes: solid for the best of a study, dashed for the default setting."""
    scale = alt.Scale(domain=list(DASHES), range=list(DASHES.values()))
    return alt.StrokeDash("counted:N", scale=scale).legend(None)
