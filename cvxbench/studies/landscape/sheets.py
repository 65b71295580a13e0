"""The landscape experiment's tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from cvxbench.studies.findings import Sheet
from cvxbench.studies.landscape.observed import NONE, Convergence, Ends, Path
from cvxbench.studies.landscape.rates import LEVELS, rate
from cvxbench.studies.landscape.spread import SAME


def violations(paths: Sequence[Path]) -> Sheet:
    """Return how often and how far convexity is violated along paths."""
    rows = []
    for (network, rule, lam), group in _grouped(paths):
        cells = []
        for towards in ("to_end", "to_best"):
            for late in (False, True):
                worst = [one.violation(towards, one.late() if late else one.before_end()) for one in group]
                kept = sum(value <= NONE for value in worst)
                cells.append(f"{kept} of {len(worst)}\n{_percent(np.median(worst))}, {_percent(max(worst))}")
        rows.append((network, rule, f"{lam:.1g}", *cells, _percent(np.median([one.gap for one in group]))))
    return Sheet(
        title="Convexity along the path: paths without a violation, and its median and largest size",
        columns=("network", "rule", "λ", "to the end", "second half", "to the optimum", "second half", "gap at end"),
        align="llrrrrrr",
        rows=tuple(rows),
        notes=(
            "A violation is how far the objective rises above the chord of a segment, in parts of its largest value "
            f"there; up to {NONE:g} counts as none. Each path is visited at geometric iterations. Optimum: of the "
            "convex program, its neurons placed nearest to those of the path's end.",
        ),
    )


def curvatures(paths: Sequence[Path]) -> Sheet:
    """Return the weak-convexity modulus, extreme eigenvalues and smoothness, at the start and late."""
    rows = []
    for (network, rule, lam), group in _grouped(paths):
        first, last = [one.visits[0] for one in group], [one.visits[-1] for one in group]
        late = [one.late()[-1] for one in group]
        rows.append(
            (
                network,
                rule,
                f"{lam:.1g}",
                _median(one.bend("to_end", at) for one, at in zip(group, first, strict=True)),
                _median(one.bend("to_end", at) for one, at in zip(group, late, strict=True)),
                _median(one.bend("to_best", at) for one, at in zip(group, late, strict=True)),
                _median(one.negative(at) for one, at in zip(group, first, strict=True)),
                _median(one.negative(at) for one, at in zip(group, last, strict=True)),
                _median(at["largest"] for at in first),
                _median(at["largest"] for at in last),
                _median(one.smoothness for one in group),
                _median(one.lipschitz for one in group),
            )
        )
    return Sheet(
        title="Curvature along the path, medians",
        columns=(
            "network",
            "rule",
            "λ",
            "ρ/λmax start",
            "late",
            "late, to optimum",
            "−λmin/λmax start",
            "end",
            "λmax start",
            "end",
            "L",
            "G",
        ),
        align="llrrrrrrrrrr",
        rows=tuple(rows),
        notes=(
            "ρ: the weak-convexity modulus on the segment to the end, or to the optimum. λmin, λmax: of the Hessian of "
            "the smooth piece, by Lanczos. Late: the last visit before the end. L: the largest change of the gradient "
            "between neighbouring visits, in parts of their distance; G: of the objective.",
        ),
    )


def spreads(ends: Sequence[Ends]) -> Sheet:
    """Return how far apart training ends from many starts."""
    rows = []
    for model, width in dict.fromkeys((one.model, one.width) for one in ends):
        group = [one for one in ends if (one.model, one.width) == (model, width)]
        spread = [one.spread for one in group]
        reached = [float(np.mean(one.gaps <= SAME)) for one in group]
        rows.append(
            (
                model,
                str(width),
                str(len(group)),
                f"{np.median(spread):.1e}",
                f"{max(spread):.1e}",
                f"{sum(value <= SAME for value in spread)} of {len(group)}",
                f"{100 * np.mean(reached):.0f} %",
            )
        )
    return Sheet(
        title="Final objectives from many starts",
        columns=("model", "width", "tables", "median spread", "largest", "one place", "starts at the optimum"),
        align="lrrrrrr",
        rows=tuple(rows),
        notes=(
            f"Spread: (highest − lowest)/lowest final objective of a table's starts; one place: up to {SAME:g}. At the "
            f"optimum: within {SAME:g} of that of the convex program, on the same gates, or over all patterns and "
            "widths.",
        ),
    )


def rates(found: Sequence[Convergence]) -> Sheet:
    """Return how fast three methods solve the program."""
    rows = []
    for method in dict.fromkeys(name for one in found for name in one.gaps):
        each = [one.gaps[method] for one in found]
        seen = [fit for gaps in each if (fit := rate(gaps)) is not None]
        linear = [fit for fit in seen if fit.linear]
        rows.append(
            (
                method,
                *(_reached(each, level) for level in LEVELS),
                f"{len(linear)} of {len(seen)}" if seen else "too few steps",
                f"{np.median([fit.factor for fit in linear]):.4f}" if linear else "–",
                _median(fit.power for fit in seen if not fit.linear),
            )
        )
    return Sheet(
        title="Solving the gated network's program: iterations to a relative gap",
        columns=("method", *(f"{level:g}" for level in LEVELS), "linear", "factor q", "power p"),
        align="lrrrrrr",
        rows=tuple(rows),
        notes=(
            "Median iterations of the problems on which the gap was reached, and how many these are. Linear: on how "
            "many gap ~ q^k fits the second half better than gap ~ k^−p. An iteration of newton is a proximal step.",
        ),
    )


def _reached(each: Sequence[np.ndarray], level: float) -> str:
    first = [int(np.argmax(gaps <= level)) + 1 for gaps in each if (gaps <= level).any()]
    return f"{np.median(first):.0f}\n{len(first)} of {len(each)}" if first else f"–\n0 of {len(each)}"


def _grouped(paths: Sequence[Path]) -> list[tuple[tuple[str, str, float], list[Path]]]:
    keys = sorted({(one.network, one.rule, one.lam) for one in paths})
    return [(key, [one for one in paths if (one.network, one.rule, one.lam) == key]) for key in keys]


def _median(values: Iterable[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{np.median(known):.2g}" if known else "–"


def _percent(share: float | np.floating) -> str:
    return f"{100.0 * float(share):.2g} %"
