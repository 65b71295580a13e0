"""Runs of one training recipe: what each was given and the loss it ended with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvxbench.errors import CvxbenchError

NEAR = 8.0  # a run is near the best if its step is within this factor of the best one of its horizon
FEWEST = {"runs": 8, "horizons": 2, "step sizes": 3}


@dataclass(frozen=True)
class Runs:
    """R runs that differ in horizon, step size and seed.

    Parameters
    ----------
    horizon : ndarray, shape (R,)
        Steps taken, T.
    step : ndarray, shape (R,)
        Peak step size, η.
    loss : ndarray, shape (R,)
        At the end; infinite for a run that diverged.
    seed : ndarray, shape (R,)
        Runs of one seed share what is random, and are drawn together by the bootstrap.
    """

    horizon: np.ndarray
    step: np.ndarray
    loss: np.ndarray
    seed: np.ndarray

    def taken(self, chosen: np.ndarray) -> Runs:
        """Return the runs that a mask or an index chooses."""
        return Runs(self.horizon[chosen], self.step[chosen], self.loss[chosen], self.seed[chosen])


@dataclass(frozen=True)
class Best:
    """The best step of one horizon by the losses averaged over seeds.

    Parameters
    ----------
    horizon : float
    step : float
        At the lowest point of a parabola in log step through the best step of the grid and its neighbours.
    loss : float
        At the best step of the grid.
    edge : bool
        Whether the best step of the grid is the largest that did not diverge; then it is the step given.
    """

    horizon: float
    step: float
    loss: float
    edge: bool


def curve(runs: Runs, horizon: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the steps tried at a horizon, ascending, and the mean losses; infinite where any seed diverged."""
    at = runs.horizon == horizon
    steps, place, count = np.unique(runs.step[at], return_inverse=True, return_counts=True)
    return steps, np.bincount(place, weights=runs.loss[at]) / count


def best(runs: Runs, horizon: float) -> Best | None:
    """Return the best step of a horizon, or None if there is no run of it, or every one diverged."""
    steps, losses = curve(runs, horizon)
    if not np.isfinite(losses).any():
        return None
    place = int(np.argmin(losses))
    edge = place + 1 == len(steps) or not np.isfinite(losses[place + 1])
    if edge or place == 0:
        return Best(horizon, float(steps[place]), float(losses[place]), edge)
    x, y = np.log(steps[place - 1 : place + 2]), losses[place - 1 : place + 2]
    bend, slope, _ = np.polyfit(x - x[1], y, 2)
    shift = -slope / (2.0 * bend) if bend > 0.0 else 0.0
    return Best(horizon, float(np.exp(x[1] + shift)), float(y[1]), edge=False)


def bests(runs: Runs) -> list[Best]:
    """Return the best step of every horizon that has one, ascending."""
    found = (best(runs, horizon) for horizon in np.unique(runs.horizon).tolist())
    return [one for one in found if one is not None]


def loss_at(runs: Runs, horizon: float, step: float) -> float:
    """Return the mean loss at a step of a horizon, between the steps tried linear in log step and log loss.

    Infinite beyond the largest step that did not diverge, and nan below the smallest one tried.
    """
    steps, losses = curve(runs, horizon)
    if step < steps[0] * (1.0 - 1e-9):
        return float("nan")
    stable = np.isfinite(losses)
    if not stable.any() or step > steps[stable].max() * (1.0 + 1e-9):
        return float("inf")
    return float(np.exp(np.interp(np.log(step), np.log(steps[stable]), np.log(losses[stable]))))


def near_best(runs: Runs, factor: float = NEAR) -> Runs:
    """Return the runs that ended, with a step within `factor` of the best of their horizon.

    Far below it a run has hardly begun, and far above it is about to diverge: the law speaks of neither.
    """
    kept = np.zeros(len(runs.loss), dtype=bool)
    for horizon in np.unique(runs.horizon).tolist():
        steps, losses = curve(runs, horizon)
        if np.isfinite(losses).any():
            at_best = steps[int(np.argmin(losses))]
            near = np.abs(np.log(runs.step / at_best)) <= np.log(factor) + 1e-9
            kept |= (runs.horizon == horizon) & near
    return runs.taken(kept & np.isfinite(runs.loss))


def require_enough(runs: Runs, what: str) -> None:
    """Raise a CvxbenchError unless the numbers of the law and of its rival can be told from runs near the best."""
    have = {"runs": len(runs.loss), "horizons": len(set(runs.horizon)), "step sizes": len(set(runs.step))}
    lacking = [f"{have[name]} {name} of at least {least}" for name, least in FEWEST.items() if have[name] < least]
    if lacking:
        raise CvxbenchError(
            f"{what}: too few points for the law: {', '.join(lacking)}, counting runs that ended, with a step within a "
            f"factor of {NEAR:g} of the best of their horizon; add runs"
        )
