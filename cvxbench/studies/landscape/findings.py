"""What the landscape experiment found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cvxbench.bench.records import Part
from cvxbench.studies.findings import Comparison, Findings, Plot
from cvxbench.studies.landscape import sheets
from cvxbench.studies.landscape.observed import NONE, Convergence, Ends, Path, convergences, ends, paths
from cvxbench.studies.landscape.rates import FLOOR
from cvxbench.studies.landscape.spread import SAME

QUESTION = "How convex does training look along the way, and does it end in one place?"
MOST = 0.95  # a claim about paths or tables holds if so many show it
EXACTLY = 1e-6  # a spread up to it is what a first-order method leaves


def findings(parts: Sequence[Part]) -> Findings:
    """Return what the parts that have run say of the landscape."""
    along, final, solved = paths(parts), ends(parts), convergences(parts)
    claims = (
        _convex_late(along, "to_end", "the loss becomes convex along the path, towards its end"),
        _convex_late(along, "to_best", "the loss becomes star-convex along the path, towards the optimum"),
        _one_place([one for one in final if one.model == "perceptron"]),
        _many_places([one for one in final if one.model == "relu"]),
    )
    return Findings(
        question=QUESTION,
        answer=_answer(along, final),
        facts=(
            "tables, split and scaling of the suite uci; opponents with the best of six step sizes and a cosine; the "
            "optimum by the convex program",
            "perceptron: one linear neuron, its program convex; ends are those of full-batch Adam in float64",
        ),
        comparisons=claims,
        sheets=(sheets.violations(along), sheets.curvatures(along), sheets.spreads(final), sheets.rates(solved)),
        plots=(_violations(along), _moduli(along), _ends(final), _gaps(solved)),
    )


def _convex_late(along: Sequence[Path], towards: str, claim: str) -> Comparison:
    if not along:
        return _untested(claim, "claimed")
    free = sum(one.violation(towards, one.late()) <= NONE for one in along)
    share = free / len(along)
    return Comparison(
        claim,
        "claimed",
        f"{100 * share:.0f} % of paths",
        "holds" if share >= MOST else "does not hold",
        f"{free} of {len(along)} paths show no violation above {NONE:g} in their second half; {100 * MOST:.0f} % would "
        "do",
    )


def _one_place(final: Sequence[Ends]) -> Comparison:
    claim = "a convex problem ends in one place (perceptron)"
    if not final:
        return _untested(claim, "zero spread")
    largest = max(one.spread for one in final)
    return Comparison(
        claim,
        "zero spread",
        f"≤ {largest:.1e}",
        "holds" if largest <= EXACTLY else "does not hold",
        f"largest relative spread of final objectives over {len(final)} tables; up to {EXACTLY:g} counts as none",
    )


def _many_places(final: Sequence[Ends]) -> Comparison:
    claim = "a nonconvex problem ends in many (ReLU)"
    if not final:
        return _untested(claim, "spread")
    many = sum(one.spread > SAME for one in final)
    share = many / len(final)
    return Comparison(
        claim,
        "spread",
        f"{100 * share:.0f} % of cases",
        "holds" if share >= MOST else "does not hold",
        f"the spread is above {SAME:g} in {many} of {len(final)} tables × widths; {100 * MOST:.0f} % would do",
    )


def _untested(claim: str, published: str) -> Comparison:
    return Comparison(claim, published, "–", "cannot be tested here", "no part of it has run yet")


def _answer(along: Sequence[Path], final: Sequence[Ends]) -> str:
    said = []
    if along:
        start = sum(one.violation("to_end", one.visits[:1]) <= NONE for one in along)
        late = sum(one.violation("to_end", one.late()[-1:]) <= NONE for one in along)
        best = sum(one.violation("to_best", one.late()[-1:]) <= NONE for one in along)
        said.append(
            f"of {len(along)} paths, {start} are convex on the segment from start to end, {late} on that from late in "
            f"training, and {best} from there to the optimum"
        )
    for model in ("perceptron", "gated-relu", "relu"):
        each = [one.spread for one in final if one.model == model]
        if each:
            said.append(f"{model} ends in one place in {sum(s <= SAME for s in each)} of {len(each)} cases")
    return "; ".join(said) + "." if said else "nothing can be said yet."


def _rows_of_visits(along: Sequence[Path], number: str) -> list[dict[str, Any]]:
    """Return medians over problems of a segment's number at each share of the path."""
    gathered: dict[tuple[str, str, int], list[float]] = {}
    for one in along:
        for towards, what in (("to_end", "to the end"), ("to_best", "to the optimum")):
            for place, visit in enumerate(one.before_end()):
                value = visit[towards][number]
                gathered.setdefault((f"{one.network}, λ = {one.lam:.1g}", f"{one.rule}, {what}", place), []).append(
                    value
                )
    return [
        {"problem": problem, "path": path, "visit": place, number: float(np.mean(values))}
        for (problem, path, place), values in gathered.items()
    ]


def _violations(along: Sequence[Path]) -> Plot:
    return Plot(
        name="violation-along-path",
        title="Violation of convexity along the path",
        caption="How far the objective rises above the chord, in parts of its largest value on the segment: means over "
        "tables. Visits are at geometric iterations, the first at the start.",
        rows=_rows_of_visits(along, "violation"),
        x="visit",
        y="violation",
        series="path",
        panel="problem",
    )


def _moduli(along: Sequence[Path]) -> Plot:
    return Plot(
        name="modulus-along-path",
        title="Weak-convexity modulus along the path",
        caption="The curvature that would have to be added on the segment to make it convex: means over tables.",
        rows=_rows_of_visits(along, "modulus"),
        x="visit",
        y="modulus",
        series="path",
        panel="problem",
    )


def _ends(final: Sequence[Ends]) -> Plot:
    return Plot(
        name="ends",
        title="Final objectives from many starts",
        caption="Relative gap to the optimum of the convex program; gaps below 1e-9 are drawn there.",
        rows=[
            {"model": one.model, "table": one.dataset, "width": one.width, "gap": max(float(gap), FLOOR)}
            for one in final
            for gap in one.gaps
        ],
        x="width",
        y="gap",
        series="table",
        panel="model",
        log_x=True,
        log_y=True,
        line=False,
    )


def _gaps(solved: Sequence[Convergence]) -> Plot:
    rows = []
    for one in solved:
        for method, gaps in one.gaps.items():
            for place in np.unique(np.geomspace(1, len(gaps), 40).round().astype(int)).tolist():
                gap = float(gaps[place - 1])
                if gap > FLOOR:
                    named = f"{one.dataset}, λ = {one.lam:.1g}"
                    rows.append({"program": named, "method": method, "iteration": place, "gap": gap})
    return Plot(
        name="rates",
        title="Relative gap against iterations on the convex program",
        caption="Proximal gradient descent, its accelerated form, and the semismooth Newton method's proximal steps.",
        rows=rows,
        x="iteration",
        y="gap",
        series="method",
        panel="program",
        log_x=True,
        log_y=True,
    )
