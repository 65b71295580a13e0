"""The scaling experiment's tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from cvxbench.nonconvex.schedules.schedule import Schedule
from cvxbench.studies.findings import Sheet
from cvxbench.studies.scaling.bound import factors, last_iterate_bound
from cvxbench.studies.scaling.extrapolation import Extrapolated, Powers, Prediction
from cvxbench.studies.scaling.fitted import LEAST_R_SQUARED, Fitted, Interval
from cvxbench.studies.scaling.measured import Measured
from cvxbench.studies.scaling.plan import FITTED, FOLLOWED, TEACHER
from cvxbench.studies.scaling.recipes import SCHEDULES
from cvxbench.studies.scaling.runs import best


def fits(found: Sequence[Extrapolated]) -> Sheet:
    """Return the fits on short horizons, with the floor fitted and with the one that is known."""
    rows = []
    for one in found:
        for fit, known in ((one.free_floor, False), (one.known_floor, True)):
            if fit is not None:
                rows.append((one.measured.series.name, _seen(one), *_fit(fit, known)))
    return Sheet(
        title="The law L = L∞ + q₁²/(Tη) + q₂²η, fitted on short horizons",
        columns=("runs of", "T", "floor L∞", "R² (runs)", "free R²", "step ~ T^", "excess ~ T^", "a law here?"),
        align="lrlrrrrl",
        rows=tuple(rows),
        notes=(
            "The powers are those of the form with free exponents, with 95 % intervals by a bootstrap of seeds; the "
            "law's are −0.5. R² is over the runs near the best step of their horizon, each seed a point. A law here: "
            f"R² of at least {LEAST_R_SQUARED}, and both powers are −0.5 within their intervals.",
        ),
    )


def _fit(fit: Fitted, known: bool) -> tuple[str, ...]:
    floor = f"known {fit.floor.value:.4g}" if known else f"fitted {interval(fit.floor, 4)}"
    return (
        floor,
        f"{fit.r_squared:.3f} ({len(fit.runs.loss)})",
        f"{fit.free_r_squared:.3f}",
        interval(fit.slope),
        interval(fit.decay),
        "no" if fit.failures else "yes",
    )


def predictions(found: Sequence[Extrapolated]) -> Sheet:
    """Return what the fits predict at long horizons beside what was measured there."""
    rows = tuple(
        (
            one.measured.series.name,
            _seen(one),
            f"{at.factor:.3g}×",
            f"{at.measured.loss:.4g}",
            *(_ratio(at, who) for who in ("law", "law, floor known", "free exponents", "no law")),
            f"{at.step / at.measured.step:.2f}",
        )
        for one in found
        for at in one.predictions
    )
    return Sheet(
        title="Predicted from short horizons, over measured",
        columns=(
            "runs of",
            "fitted T",
            "predicted",
            "excess",
            "law",
            "floor known",
            "free exponents",
            "no law",
            "best step",
        ),
        align="lrrrrrrrr",
        rows=rows,
        notes=(
            "Predicted over measured excess above the floor; of the loss itself where no floor is known. Negative: the "
            "prediction is below the floor. Free exponents: with the floor that is known. No law: the best of the "
            "longest horizon fitted. Best step: the law's, with the floor known where it is.",
        ),
    )


def best_steps(found: Mapping[str, Powers]) -> Sheet:
    """Return the powers of T over all horizons and what transferring the step costs."""
    rows = tuple(
        (
            name,
            interval(one.step),
            interval(one.loss),
            f"{one.edges} of {one.horizons}",
            f"{one.factor:.3g}×",
            _percent(one.transferred),
            _percent(one.kept),
        )
        for name, one in found.items()
    )
    return Sheet(
        title="Best step and excess over all horizons",
        columns=("runs of", "step ~ T^", "excess ~ T^", "at the edge", "to", "regret, transferred", "regret, kept"),
        align="lrrrrrr",
        rows=rows,
        notes=(
            "At the edge: how often the best step was the largest that did not diverge. Regret: the excess with the "
            f"best step of the longest horizon up to {FITTED}, times √(T₀/T) or as it is, above the best one.",
        ),
    )


def sizes(found: Mapping[str, Sequence[Prediction]]) -> Sheet:
    """Return what power laws in the number of weights predict for larger networks."""
    rows = tuple(
        (
            rule,
            f"{at.factor:.3g}×",
            f"{at.horizon:g}",
            f"{at.measured.loss:.4g}",
            _ratio(at, "law"),
            _ratio(at, "no law"),
            f"{at.step / at.measured.step:.2f}",
        )
        for rule, each in found.items()
        for at in each
    )
    return Sheet(
        title="Larger networks, predicted from small ones, over measured",
        columns=("rule", "weights", "T", "excess", "law", "no law", "best step"),
        align="lrrrrrr",
        rows=rows,
        notes=("q₁ and q₂ as powers of the number of weights. No law: the best of the largest network fitted.",),
    )


def bounds(series: Sequence[Measured]) -> Sheet:
    """Return, for each rule on one teacher, how schedules compare by the last-iterate bound and as measured."""
    unit = {name: _unit(schedule) for name, schedule in SCHEDULES.items()}
    measured = {
        (one.series.rule, one.series.noise, one.series.width, one.series.schedule): best(one.excess, FOLLOWED)
        for one in series
        if one.series.problem == TEACHER
    }
    rows = []
    for (rule, noise, width, schedule), at in measured.items():
        reference = measured.get((rule, noise, width, "linear"))
        if at is None or reference is None or schedule == "linear":
            continue
        peaks, ends = (unit[schedule][0] / unit["linear"][0], unit[schedule][1] / unit["linear"][1])
        rows.append(
            (
                f"{schedule} over linear, {rule}, noise {noise:g}, width {width}",
                f"{ends:.3f}",
                f"{at.loss / reference.loss:.3f}",
                f"{peaks:.2f}",
                f"{at.step / reference.step:.2f}",
            )
        )
    return Sheet(
        title=f"The last-iterate bound beside what was measured, T = {FOLLOWED}",
        columns=("schedules", "bound Ω*", "excess", "bound γ*", "best step"),
        align="lrrrr",
        rows=tuple(rows),
    )


def _unit(schedule: Schedule) -> tuple[float, float]:
    bound = last_iterate_bound(factors(schedule, FOLLOWED))
    return bound.best_peak, bound.best


def _seen(one: Extrapolated) -> str:
    return f"{one.seen[0]:g} to {one.seen[1]:g}"


def interval(given: Interval, digits: int = 2) -> str:
    """Return a number with its 95 % interval."""
    if not math.isfinite(given.high):
        return f"{given.value:.{digits}f}"
    return f"{given.value:.{digits}f}\n[{given.low:.{digits}f}, {given.high:.{digits}f}]"


def _ratio(prediction: Prediction, who: str) -> str:
    return f"{prediction.ratio(who):.3f}" if who in prediction.losses else "–"


def _percent(share: float) -> str:
    if math.isnan(share):
        return "not tried"
    return f"{100.0 * share:.1f} %" if math.isfinite(share) else "diverged"
