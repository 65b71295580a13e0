"""What the scaling experiment found: the claims, each with its verdict, and what they rest on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from cvxbench.bench.records import Part
from cvxbench.errors import CvxbenchError
from cvxbench.studies.findings import Comparison, Findings
from cvxbench.studies.scaling import plots, sheets
from cvxbench.studies.scaling.extrapolation import (
    Extrapolated,
    Powers,
    Prediction,
    across_sizes,
    extrapolated,
    powers,
)
from cvxbench.studies.scaling.fitted import PUBLISHED_R_SQUARED, Interval
from cvxbench.studies.scaling.measured import Measured, measured
from cvxbench.studies.scaling.plan import FITTED, LATER, SIZES, TEACHER

QUESTION = "Do loss and best step size follow laws in the horizon that small runs reveal and long runs obey?"
CLOSE = 0.1  # a prediction holds if it is within this share of the measured excess
GRID = 0.02  # what steps a factor of 1.65 apart do to a power over 320 times the horizon, at most
HORIZONS, WEIGHTS = 80.0, 70.0  # times what was fitted, as claimed


def findings(parts: Sequence[Part]) -> Findings:
    """Return what the parts that have run say of the law.

    The published claims are held against the one-pass teacher alone; tables and text, where no law is expected, are
    in the tables beside it.
    """
    series = measured(parts)
    along = [one for one in series if one.series.problem != SIZES]
    fitted, warnings = _fitted(along, 0.0, FITTED)
    later, _ = _fitted([one for one in along if one.series.problem == TEACHER], *LATER)
    over_all = {one.series.name: found for one in along if (found := powers(one)) is not None}
    sizes = _sizes(series)
    teacher = [one for one in fitted if one.measured.series.problem == TEACHER]
    on_teacher = {one.measured.series.name: over_all[one.measured.series.name] for one in teacher if one.predictions}
    claims = (
        _r_squared(teacher),
        _power("the best step falls as T^−½", on_teacher, lambda one: one.step),
        _power("the best loss nears its floor as T^−½", on_teacher, lambda one: one.loss),
        _horizons(teacher),
        _of_sizes(sizes),
    )
    return Findings(
        question=QUESTION,
        answer=_answer(teacher, fitted, claims),
        facts=(
            "one-pass teacher: 25 Gaussian features of standard deviation k^−0.75, ReLU teacher of 8 neurons and unit "
            "variance, 16 fresh rows a step, floor noise²/2 and population loss in closed form",
            "AdamW is run without decay there, so that the floor is exact; verdicts are on fits of horizons up to "
            f"{FITTED}",
            "these settings were chosen after a pilot, as ones in which the law can show",
        ),
        warnings=tuple(warnings),
        comparisons=claims,
        sheets=(
            sheets.fits([*fitted, *later]),
            sheets.predictions([*fitted, *later]),
            sheets.best_steps(over_all),
            sheets.sizes(sizes),
            sheets.bounds(series),
        ),
        plots=(
            plots.losses(fitted),
            plots.steps(along),
            plots.sweeps(along),
            plots.bound_beside_curve(along),
        ),
    )


def _fitted(series: Sequence[Measured], shortest: float, longest: float) -> tuple[list[Extrapolated], list[str]]:
    found, refused = [], []
    for one in series:
        try:
            found.append(extrapolated(one, shortest, longest))
        except CvxbenchError as error:
            refused.append(str(error))
    return found, refused


def _sizes(series: Sequence[Measured]) -> dict[str, list[Prediction]]:
    by_rule: dict[str, list[Measured]] = {}
    for one in series:
        if one.series.problem == SIZES:
            by_rule.setdefault(one.series.rule, []).append(one)
    return {rule: across_sizes(each) for rule, each in by_rule.items()}


def _r_squared(teacher: Sequence[Extrapolated]) -> Comparison:
    claim, published = "the law explains the loss", f"R² ≥ {PUBLISHED_R_SQUARED}"
    if not teacher:
        return _untested(claim, published)
    values = [one.free_floor.r_squared for one in teacher]
    fewest = min(len(one.free_floor.runs.loss) for one in teacher)
    reached = sum(value >= PUBLISHED_R_SQUARED for value in values)
    return Comparison(
        claim,
        published,
        _range(values),
        "holds" if reached == len(values) else "does not hold",
        f"reached in {reached} of {len(values)} settings, over {fewest} runs or more each",
    )


def _power(claim: str, found: Mapping[str, Powers], of: Callable[[Powers], Interval]) -> Comparison:
    if not found:
        return _untested(claim, "−0.5")
    intervals = [of(one) for one in found.values()]
    inside = sum(one.low - GRID <= -0.5 <= one.high + GRID for one in intervals)
    return Comparison(
        claim,
        "−0.5",
        _range([one.value for one in intervals], 2),
        "holds" if inside == len(intervals) else "does not hold",
        f"−0.5 lies in the 95 % interval, widened by {GRID} for the grid of steps, in {inside} of {len(intervals)} "
        "settings, over all horizons",
    )


def _horizons(teacher: Sequence[Extrapolated]) -> Comparison:
    claim = f"short runs predict {HORIZONS:g} times their horizon"
    far = [at for one in teacher for at in one.predictions if at.factor >= HORIZONS]
    return _predicted(claim, far)


def _of_sizes(sizes: Mapping[str, Sequence[Prediction]]) -> Comparison:
    claim = f"small networks predict {WEIGHTS:g} times their size"
    far = [at for each in sizes.values() for at in each if at.factor >= WEIGHTS]
    return _predicted(claim, far)


def _predicted(claim: str, far: Sequence[Prediction]) -> Comparison:
    if not far:
        return _untested(claim, "predictable")
    ratios = [at.ratio("law") for at in far]
    close = sum(abs(ratio - 1.0) <= CLOSE for ratio in ratios)
    known = [at.ratio("law, floor known") for at in far if "law, floor known" in at.losses]
    with_floor = f"; with the floor known {_range(known, 2)}" if known else ""
    return Comparison(
        claim,
        "predictable",
        f"{_range(ratios, 2)} of the excess",
        "holds" if close == len(far) else "does not hold",
        f"within {100 * CLOSE:.0f} % of the measured excess in {close} of {len(far)} settings{with_floor}",
    )


def _answer(teacher: Sequence[Extrapolated], all_of: Sequence[Extrapolated], claims: Sequence[Comparison]) -> str:
    if not teacher:
        return "nothing can be said yet."
    tested = [claim for claim in claims if claim.verdict != "cannot be tested here"]
    held = sum(claim.verdict == "holds" for claim in tested)
    lawful = sum(not one.free_floor.failures for one in all_of)
    said = [f"{held} of {len(tested)} claims that could be tested hold on one-pass teacher data"]
    far = [at for one in teacher for at in one.predictions if at.factor >= HORIZONS]
    if far:
        with_floor = _range([at.ratio("law, floor known") for at in far], 2)
        without = _range([at.ratio("law") for at in far], 2)
        said.append(
            f"at {HORIZONS:g} times the horizon the law predicts {with_floor} of the measured excess if it is told the "
            f"floor, and {without} if it has to fit it"
        )
    said.append(f"nothing speaks against the law as published in {lawful} of {len(all_of)} settings")
    return "; ".join(said) + "."


def _untested(claim: str, published: str) -> Comparison:
    verdict: Literal["cannot be tested here"] = "cannot be tested here"
    return Comparison(claim, published, "–", verdict, "this budget, or what has run so far, does not reach that far")


def _range(values: Sequence[float], digits: int = 3) -> str:
    low, high = min(values), max(values)
    return f"{low:.{digits}f}" if low == high else f"{low:.{digits}f} to {high:.{digits}f}"
