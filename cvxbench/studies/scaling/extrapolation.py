"""What a law that has seen short horizons, or small networks, says of long and large ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cvxbench.studies.scaling.fitted import Fitted, Interval, fitted, half_widths
from cvxbench.studies.scaling.law import fit_law
from cvxbench.studies.scaling.measured import Measured
from cvxbench.studies.scaling.plan import FITTED, FITTED_WIDTHS
from cvxbench.studies.scaling.runs import Best, Runs, best, bests, loss_at, near_best

DRAWS = 50


@dataclass(frozen=True)
class Prediction:
    """The best loss at a horizon, or of a size, that no fit has seen; losses are above the floor where one is known.

    Parameters
    ----------
    factor : float
        How many times the longest horizon, or the most weights, that were fitted.
    horizon : float
    measured : Best
    losses : dict
        Who predicts → the loss.
    step : float
        The best step that the law predicts.
    """

    factor: float
    horizon: float
    measured: Best
    losses: dict[str, float]
    step: float

    def ratio(self, who: str) -> float:
        """Return predicted / measured loss."""
        return self.losses[who] / self.measured.loss


@dataclass(frozen=True)
class Extrapolated:
    """Fits on short horizons, and what they say beyond.

    Parameters
    ----------
    measured : Measured
    seen : pair of float
        The shortest and the longest horizon that were fitted.
    free_floor : Fitted
        With L∞ fitted, as published.
    known_floor : Fitted or None
        With the floor that is known.
    predictions : tuple of Prediction
        Of every horizon ten times as long or longer, by "law", "law, floor known", "free exponents" (with the floor
        known where it is) and "no law" (the best of the longest horizon fitted).
    """

    measured: Measured
    seen: tuple[float, float]
    free_floor: Fitted
    known_floor: Fitted | None
    predictions: tuple[Prediction, ...]


def extrapolated(measured: Measured, shortest: float = 0.0, longest: float = FITTED) -> Extrapolated:
    """Fit the horizons of a series from `shortest` to `longest` and predict those ten times as long or longer.

    Raises
    ------
    CvxbenchError
        If there are too few runs to fit.
    """
    runs, floor, name = measured.runs, measured.floor, measured.series.name
    chosen = (runs.horizon >= shortest) & (runs.horizon <= longest)
    short = runs.taken(chosen)
    free_floor = fitted(short, name, draws=DRAWS)
    known_floor = None if floor is None else fitted(short, name, floor, draws=DRAWS)
    last = bests(measured.excess.taken(chosen))[-1]
    under = floor or 0.0
    predictions = []
    for one in bests(measured.excess):
        factor = one.horizon / last.horizon
        if factor < 10.0:
            continue
        losses = {"law": free_floor.law.best_loss(one.horizon) - under, "no law": last.loss}
        if known_floor is None:
            losses["free exponents"] = free_floor.free.best_loss(one.horizon)
        else:
            losses["law, floor known"] = known_floor.law.best_loss(one.horizon) - under
            losses["free exponents"] = known_floor.free.best_loss(one.horizon) - under
        step = (known_floor or free_floor).law.best_step(one.horizon)
        predictions.append(Prediction(factor, one.horizon, one, losses, step))
    seen = float(short.horizon.min()), last.horizon
    return Extrapolated(measured, seen, free_floor, known_floor, tuple(predictions))


@dataclass(frozen=True)
class Powers:
    """The powers of T that the best step and its loss fall by over all horizons, and what transfer costs.

    Parameters
    ----------
    step, loss : Interval
    edges, horizons : int
        At how many of how many horizons the best step was the largest that did not diverge.
    factor : float
        The longest horizon over the longest that was fitted.
    transferred, kept : float
        Loss at the longest horizon with the best step of the longest one fitted, times √(T₀/T) or as it is, over the
        best loss there, less 1. Infinite if it diverged.
    """

    step: Interval
    loss: Interval
    edges: int
    horizons: int
    factor: float
    transferred: float
    kept: float


def powers(measured: Measured) -> Powers | None:
    """Return the powers of a series; None if fewer than three horizons have a best step, or none beyond the fitted."""
    runs = measured.excess
    found = bests(runs)
    known = [one for one in found if one.horizon <= FITTED]
    if len(found) < 3 or not known or found[-1].horizon <= FITTED:
        return None

    def slopes(weights: np.ndarray) -> np.ndarray:
        ends = bests(runs.taken(np.repeat(np.arange(len(weights)), weights.astype(int))))
        x = np.log([one.horizon for one in ends])
        values = np.log([[one.step, max(one.loss, np.finfo(float).tiny)] for one in ends])
        return np.polyfit(x, values, 1)[0]

    value = slopes(np.ones(len(runs.loss)))
    half = half_widths(runs.seed, slopes, DRAWS)
    short, last = known[-1], found[-1]
    at_transferred = loss_at(runs, last.horizon, short.step * np.sqrt(short.horizon / last.horizon))
    return Powers(
        *(Interval(v, v - h, v + h) for v, h in zip(value.tolist(), half.tolist(), strict=True)),
        edges=sum(one.edge for one in found),
        horizons=len(found),
        factor=last.horizon / short.horizon,
        transferred=at_transferred / last.loss - 1.0,
        kept=loss_at(runs, last.horizon, short.step) / last.loss - 1.0,
    )


def across_sizes(series: Sequence[Measured]) -> list[Prediction]:
    """Fit q₁ and q₂ as powers of the number of weights on `FITTED_WIDTHS`, and predict larger networks.

    Each size is fitted above the known floor over all its horizons; predicted is the longest.

    Parameters
    ----------
    series : sequence of Measured
        Of one problem, rule and schedule, that differ in width.
    """
    small = [one for one in series if one.series.width in FITTED_WIDTHS]
    if len(small) < len(FITTED_WIDTHS):
        return []
    sizes = np.log([one.parameters for one in small])
    coefficients = np.array([_coefficients(one) for one in small])
    if not (coefficients > 0.0).all():
        return []
    lines = np.polyfit(sizes, np.log(coefficients), 1)
    largest = max(small, key=lambda one: one.parameters)
    found = []
    for one in series:
        horizon = float(one.runs.horizon.max())
        at, kept = best(one.excess, horizon), best(largest.excess, horizon)
        if one.series.width in FITTED_WIDTHS or at is None or kept is None:
            continue
        q1, q2 = np.exp(lines[0] * np.log(one.parameters) + lines[1]).tolist()
        losses = {"law": 2.0 * q1 * q2 / np.sqrt(horizon), "no law": kept.loss}
        step = q1 / (q2 * np.sqrt(horizon))
        found.append(Prediction(one.parameters / largest.parameters, horizon, at, losses, step))
    return sorted(found, key=lambda one: one.factor)


def _coefficients(measured: Measured) -> tuple[float, float]:
    near: Runs = near_best(measured.runs)
    law = fit_law(near.horizon, near.step, near.loss, floor=measured.floor)
    return law.q1, law.q2
