"""What a fitted law advises for a longer horizon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from cvxbench.errors import CvxbenchError
from cvxbench.studies.findings import Plot, Sheet
from cvxbench.studies.scaling.fitted import Fitted, Interval, fitted, half_widths
from cvxbench.studies.scaling.law import fit_law
from cvxbench.studies.scaling.logs import LoggedRuns
from cvxbench.studies.scaling.runs import bests, curve
from cvxbench.studies.scaling.sheets import interval

POINTS = 40  # of a drawn law


@dataclass(frozen=True)
class Advice:
    """A law, and the best step and loss that it predicts.

    Parameters
    ----------
    logged : LoggedRuns
    fitted : Fitted
    horizon : float
        That the advice is for.
    step, loss : Interval or None
        Best peak step, and the loss with it; None if the law has none, for want of one of its terms.
    """

    logged: LoggedRuns
    fitted: Fitted
    horizon: float
    step: Interval | None
    loss: Interval | None


def advise(logged: LoggedRuns, horizon: float | None = None, longest: float | None = None) -> Advice:
    """Fit the law to logged runs and predict a horizon.

    Parameters
    ----------
    logged : LoggedRuns
    horizon : float, optional
        By default ten times the longest of the runs.
    longest : float, optional
        The longest horizon that the fit may see.

    Raises
    ------
    CvxbenchError
        If there are too few runs.
    """
    runs = logged.runs if longest is None else logged.runs.taken(logged.runs.horizon <= longest)
    if not runs.horizon.size:
        raise CvxbenchError(f"{logged.name}: no run has a horizon of at most {longest:g}; raise --longest")
    wanted = 10.0 * float(runs.horizon.max()) if horizon is None else horizon
    found = fitted(runs, logged.name)
    if not found.law.bends:
        return Advice(logged, found, wanted, None, None)
    near = found.runs

    def logarithms(weights: np.ndarray) -> np.ndarray:
        law = fit_law(near.horizon, near.step, near.loss, weights)
        drawn = law if law.bends else found.law
        return np.log([drawn.best_step(wanted), drawn.best_loss(wanted)])

    half = half_widths(near.seed, logarithms)
    values = np.array([found.law.best_step(wanted), found.law.best_loss(wanted)])
    step, loss = (Interval(v, v * np.exp(-h), v * np.exp(h)) for v, h in zip(values.tolist(), half, strict=True))
    return Advice(logged, found, wanted, step, loss)


def sheets(advices: list[Advice]) -> list[Sheet]:
    """Return the fits, and what they advise."""
    fits = tuple(
        (
            one.logged.name,
            interval(one.fitted.floor, 4),
            interval(one.fitted.q1, 4),
            interval(one.fitted.q2, 4),
            f"{one.fitted.r_squared:.3f} ({len(one.fitted.runs.loss)})",
            interval(one.fitted.slope),
            interval(one.fitted.decay),
            "no" if one.fitted.failures else "yes",
        )
        for one in advices
    )
    advised = tuple(
        (one.logged.name, f"{one.horizon:g}", _significant(one.step), _significant(one.loss)) for one in advices
    )
    against = tuple(
        f"{one.logged.name}: the law does not hold, so what it advises is a guess: {'; '.join(one.fitted.failures)}."
        for one in advices
        if one.fitted.failures
    )
    return [
        Sheet(
            "The law L = L∞ + q₁²/(Tη) + q₂²η",
            ("runs", "L∞", "q₁", "q₂", "R² (runs)", "step ~ T^", "excess ~ T^", "a law here?"),
            "lrrrrrrl",
            fits,
            notes=(
                "95 % intervals by a bootstrap. The powers are those of the form with free exponents; −0.5 by law.",
            ),
        ),
        Sheet("Advice", ("runs", "horizon", "peak step", "loss"), "lrrr", advised, notes=against),
    ]


def plot(advices: list[Advice]) -> Plot:
    """Return the losses against the step size, as logged and by the law, one curve for each horizon."""
    return Plot(
        name="law",
        title="Loss against the step size",
        caption="Points are runs, averaged over seeds; lines are the law, near the best step alone.",
        rows=[row for one in advices for row in _rows(one)],
        x="peak step",
        y="loss",
        series="what",
        panel="runs",
        log_x=True,
        log_y=True,
    )


def _rows(advice: Advice) -> Iterator[dict[str, Any]]:
    name, law, runs = advice.logged.name, advice.fitted.law, advice.logged.runs
    steps = np.geomspace(advice.fitted.runs.step.min(), advice.fitted.runs.step.max(), POINTS).tolist()
    for horizon in [one.horizon for one in bests(runs)]:
        for step, loss in zip(*(values.tolist() for values in curve(runs, horizon)), strict=True):
            if np.isfinite(loss):
                yield {"runs": name, "what": f"T = {horizon:g}", "peak step": step, "loss": loss}
    for horizon in [*np.unique(advice.fitted.runs.horizon).tolist(), advice.horizon]:
        for step in steps:
            loss = float(law.loss(horizon, step))
            yield {"runs": name, "what": f"law, T = {horizon:g}", "peak step": step, "loss": loss}


def _significant(given: Interval | None) -> str:
    return "none" if given is None else f"{given.value:.4g}\n[{given.low:.4g}, {given.high:.4g}]"
