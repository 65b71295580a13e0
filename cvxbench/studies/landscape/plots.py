"""The landscape experiment's plots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cvxbench.studies.findings import Plot
from cvxbench.studies.landscape.observed import Convergence, Ends, Path
from cvxbench.studies.landscape.rates import FLOOR

POINTS = 40  # of a curve


def violations(along: Sequence[Path]) -> Plot:
    """Return how far segments from each visit of a path rise above their chords."""
    return _against_visit(
        along,
        "violation",
        "Violation of convexity along the path",
        "How far the objective rises above the chord, in parts of its largest value on the segment",
    )


def moduli(along: Sequence[Path]) -> Plot:
    """Return the weak-convexity modulus of segments from each visit of a path."""
    return _against_visit(
        along,
        "modulus",
        "Weak-convexity modulus along the path",
        "The curvature that would have to be added on the segment to make it convex",
    )


def ends(final: Sequence[Ends]) -> Plot:
    """Return the relative gaps to the optimum at which training ended."""
    return Plot(
        name="ends",
        title="Final objectives from many starts",
        caption=f"Relative gap to the optimum of the convex program; gaps below {FLOOR:g} are drawn there.",
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


def gaps(solved: Sequence[Convergence]) -> Plot:
    """Return the relative gaps of three methods against their iterations."""
    return Plot(
        name="rates",
        title="Relative gap against iterations on the convex program",
        caption="Proximal gradient descent, its accelerated form, and the semismooth Newton method's proximal steps.",
        rows=[
            {"program": f"{one.dataset}, λ = {one.lam:.1g}", "method": method, "iteration": place, "gap": gap}
            for one in solved
            for method, each in one.gaps.items()
            for place in np.unique(np.geomspace(1, len(each), POINTS).round().astype(int)).tolist()
            if (gap := float(each[place - 1])) > FLOOR
        ],
        x="iteration",
        y="gap",
        series="method",
        panel="program",
        log_x=True,
        log_y=True,
    )


def _against_visit(along: Sequence[Path], number: str, title: str, what: str) -> Plot:
    gathered: dict[tuple[str, str, int], list[float]] = {}
    for one in along:
        problem = f"{one.network}, λ = {one.lam:.1g}"
        for towards, end in (("to_end", "to the end"), ("to_best", "to the optimum")):
            for place, visit in enumerate(one.before_end()):
                gathered.setdefault((problem, f"{one.rule}, {end}", place), []).append(visit[towards][number])
    rows: list[dict[str, Any]] = [
        {"problem": problem, "path": path, "visit": place, number: float(np.mean(values))}
        for (problem, path, place), values in gathered.items()
    ]
    return Plot(
        name=f"{number}-along-path",
        title=title,
        caption=f"{what}: means over tables. Visits are at geometric iterations, the first at the start.",
        rows=rows,
        x="visit",
        y=number,
        series="path",
        panel="problem",
    )
