"""A law fitted to runs: its numbers with intervals, the rival with free exponents, and whether the law holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from cvxbench.studies.scaling.law import Law, fit_free, fit_law, r_squared
from cvxbench.studies.scaling.runs import Runs, near_best, require_enough

PUBLISHED_R_SQUARED = 0.978  # Bu, Xu and Mao (2026): in every setting
LEAST_R_SQUARED = 0.9  # below it we do not call it a law
DRAWS = 200


@dataclass(frozen=True)
class Interval:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Return whether a value lies in the interval."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Fitted:
    """What a fit says.

    Parameters
    ----------
    law, free : Law
        With the exponents of the law, and with free ones.
    runs : Runs
        That were fitted.
    floor, q1, q2 : Interval
        Of the law.
    slope, decay : Interval
        Of the free form: the powers of T that the best step and the best loss above its floor fall by.
    r_squared, free_r_squared : float
        Over the runs fitted.
    failures : tuple of str
        Why the law does not hold; empty if nothing speaks against it.
    """

    law: Law
    free: Law
    runs: Runs
    floor: Interval
    q1: Interval
    q2: Interval
    slope: Interval
    decay: Interval
    r_squared: float
    free_r_squared: float
    failures: tuple[str, ...]


def fitted(runs: Runs, what: str = "runs", floor: float | None = None, draws: int = DRAWS) -> Fitted:
    """Fit the law and its rival to the runs near the best step of their horizon.

    Intervals are ± t·s with s the standard deviation over bootstrap draws of whole seeds, and t of as many degrees of
    freedom as there are seeds but one: draws of few seeds alone are too narrow.

    Parameters
    ----------
    runs : Runs
    what : str
        Names the runs in errors.
    floor : float, optional
        L∞, where it is known.
    draws : int

    Raises
    ------
    CvxbenchError
        If there are too few runs.
    """
    near = near_best(runs)
    require_enough(near, what)
    law = fit_law(near.horizon, near.step, near.loss, floor=floor)
    free = fit_free(near.horizon, near.step, near.loss, floor=floor)

    def numbers(weights: np.ndarray) -> np.ndarray:
        one = fit_law(near.horizon, near.step, near.loss, weights, floor)
        rival = fit_free(near.horizon, near.step, near.loss, weights, floor, start=(free.alpha, free.beta))
        return np.array([one.floor, one.q1, one.q2, rival.slope, rival.decay])

    values = np.array([law.floor, law.q1, law.q2, free.slope, free.decay])
    spread = half_widths(near.seed, numbers, draws)
    low, high = values - spread, values + spread
    low[:3] = np.maximum(low[:3], 0.0)
    intervals = [Interval(*ends) for ends in zip(values.tolist(), low.tolist(), high.tolist(), strict=True)]
    explained = r_squared(law, near.horizon, near.step, near.loss)
    return Fitted(
        law,
        free,
        near,
        *intervals,
        r_squared=explained,
        free_r_squared=r_squared(free, near.horizon, near.step, near.loss),
        failures=_failures(law, intervals[3], intervals[4], explained),
    )


def half_widths(seeds: np.ndarray, numbers: Callable[[np.ndarray], np.ndarray], draws: int = DRAWS) -> np.ndarray:
    """Return half the widths of 95 % intervals by a bootstrap of whole seeds.

    Parameters
    ----------
    seeds : ndarray, shape (R,)
    numbers : callable
        Weights of the runs, shape (R,), to the estimates, shape (p,).
    draws : int

    Returns
    -------
    ndarray, shape (p,)
        Infinite if all runs have one seed.
    """
    names, member = np.unique(seeds, return_inverse=True)
    k = len(names)
    if k == 1:
        return np.full(len(numbers(np.ones(len(seeds)))), np.inf)
    counts = np.random.default_rng(0).multinomial(k, np.full(k, 1.0 / k), size=draws)
    drawn = np.array([numbers(count[member].astype(float)) for count in counts])
    return t.ppf(0.975, k - 1) * np.sqrt(k / (k - 1)) * drawn.std(axis=0, ddof=1)


def _failures(law: Law, slope: Interval, decay: Interval, explained: float) -> tuple[str, ...]:
    found = []
    if law.b == 0.0:
        found.append("no step is too large: within the runs the loss only falls with the step size")
    if law.a == 0.0:
        found.append("no horizon is too short: within the runs the loss does not fall with horizon and step size")
    if explained < LEAST_R_SQUARED:
        found.append(f"it explains {explained:.3f} of the variance")
    if law.bends and not slope.holds(-0.5):
        found.append(f"the best step falls as T^{slope.value:.2f} [{slope.low:.2f}, {slope.high:.2f}], not T^-0.5")
    if law.bends and not decay.holds(-0.5):
        found.append(
            f"the best loss nears its floor as T^{decay.value:.2f} [{decay.low:.2f}, {decay.high:.2f}], not T^-0.5"
        )
    return tuple(found)
