"""What the landscape experiment found."""

from __future__ import annotations

from collections.abc import Sequence

from cvxbench.bench.records import Part
from cvxbench.studies.findings import Comparison, Findings
from cvxbench.studies.landscape import plots, sheets
from cvxbench.studies.landscape.observed import NONE, Ends, Path, convergences, ends, paths
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
        warnings=_warnings(along),
        comparisons=claims,
        sheets=(sheets.violations(along), sheets.curvatures(along), sheets.spreads(final), sheets.rates(solved)),
        plots=(plots.violations(along), plots.moduli(along), plots.ends(final), plots.gaps(solved)),
    )


def _warnings(along: Sequence[Path]) -> tuple[str, ...]:
    lower = sum(one.gap < -NONE for one in along)
    if not lower:
        return ()
    return (
        f"{lower} of {len(along)} paths end lower than the point called optimum: the program ran out of time there",
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
