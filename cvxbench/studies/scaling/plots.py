"""The scaling experiment's plots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from cvxbench.studies.findings import Plot
from cvxbench.studies.scaling.bound import bound_along, factors, matched
from cvxbench.studies.scaling.extrapolation import Extrapolated
from cvxbench.studies.scaling.measured import Measured
from cvxbench.studies.scaling.plan import FITTED, FOLLOWED
from cvxbench.studies.scaling.recipes import SCHEDULES
from cvxbench.studies.scaling.runs import best, bests, curve

DRAWN = 0.01  # the share of the horizon after which curves are drawn


def losses(found: Sequence[Extrapolated]) -> Plot:
    """Return the best loss above its floor against the horizon, measured and as the laws have it."""
    return Plot(
        name="excess-against-horizon",
        title="Best excess against the horizon",
        caption=f"Fits have seen horizons up to {FITTED}. Above the floor where one is known, else the loss itself.",
        rows=[row for one in found for row in _losses(one)],
        x="horizon",
        y="excess",
        series="what",
        panel="runs of",
        log_x=True,
        log_y=True,
    )


def _losses(one: Extrapolated) -> Iterator[dict[str, Any]]:
    name, under = one.measured.series.name, one.measured.floor or 0.0
    laws = {"law": one.free_floor.law}
    if one.known_floor is not None:
        laws["law, floor known"] = one.known_floor.law
    for at in bests(one.measured.excess):
        yield {"runs of": name, "what": "measured", "horizon": at.horizon, "excess": at.loss}
        for what, law in laws.items():
            value = law.best_loss(at.horizon) - under
            if value > 0.0:
                yield {"runs of": name, "what": what, "horizon": at.horizon, "excess": value}


def steps(series: Sequence[Measured]) -> Plot:
    """Return the best step against the horizon."""
    return Plot(
        name="best-step-against-horizon",
        title="Best step against the horizon",
        caption="Between the steps tried, by a parabola; the law has it fall as T^−½.",
        rows=[
            {"what": one.series.without_rule, "rule": one.series.rule, "horizon": at.horizon, "best step": at.step}
            for one in series
            if len(set(one.runs.horizon)) > 3
            for at in bests(one.runs)
        ],
        x="horizon",
        y="best step",
        series="what",
        panel="rule",
        log_x=True,
        log_y=True,
    )


def sweeps(series: Sequence[Measured]) -> Plot:
    """Return the excess against the step size, one curve for each horizon."""
    return Plot(
        name="excess-against-step",
        title="Excess against the step size",
        caption="Means over seeds; steps at which a seed diverged are left out.",
        rows=[
            {"runs of": one.series.name, "T": f"{horizon:g}", "peak step": step, "excess": loss}
            for one in series
            if len(set(one.runs.horizon)) > 3
            for horizon in np.unique(one.runs.horizon).tolist()
            for step, loss in zip(*(values.tolist() for values in curve(one.excess, horizon)), strict=True)
            if np.isfinite(loss) and loss > 0.0
        ],
        x="peak step",
        y="excess",
        series="T",
        panel="runs of",
        log_x=True,
        log_y=True,
    )


def bound_beside_curve(series: Sequence[Measured]) -> Plot:
    """Return the last-iterate bound beside the excess along the runs with the best step that were followed."""
    return Plot(
        name="bound-beside-curve",
        title="The last-iterate bound beside the measured curve",
        caption=f"Best step of T = {FOLLOWED}, mean over seeds. The bound's G and D are such that it is lowest at that "
        "step, and as high as measured at the end: its shape is what is compared, over the last two decades of steps.",
        rows=[row for one in series if one.curves for row in _beside(one)],
        x="step t",
        y="excess",
        series="what",
        panel="runs of",
        log_x=True,
        log_y=True,
    )


def _beside(one: Measured) -> Iterator[dict[str, Any]]:
    at = best(one.excess, FOLLOWED)
    if at is None:
        return
    nearest = min(one.curves, key=lambda step: abs(np.log(step / at.step)))
    eta = factors(SCHEDULES[one.series.schedule], FOLLOWED)
    gradient, distance = matched(eta, at.step, at.loss)
    followed = one.curves[nearest]
    means = [(t, float(np.mean([run[place][1] for run in followed]))) for place, (t, _) in enumerate(followed[0])]
    for what, along in (("measured", means), ("bound", bound_along(eta, at.step, gradient, distance))):
        for t, value in along:
            if t >= DRAWN * FOLLOWED:
                yield {"runs of": one.series.name, "what": what, "step t": t, "excess": value}
