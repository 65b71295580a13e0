"""The bound on the last iterate of some schedules, alone or beside a measured run of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cvxbench.errors import CvxbenchError
from cvxbench.studies.findings import Plot, Sheet
from cvxbench.studies.scaling.bound import LastIterateBound, bound_along, factors, last_iterate_bound, matched
from cvxbench.studies.scaling.logs import LoggedRuns
from cvxbench.studies.scaling.recipes import SCHEDULES


@dataclass(frozen=True)
class Bounded:
    """A schedule's bound.

    Parameters
    ----------
    schedule : str
    horizon : int
    gradient, distance : float
        G and D.
    bound : LastIterateBound
    peak : float
        The peak step at which the bound is followed: γ*, or that of the measured run.
    measured : tuple of (t, excess)
        Along the run; empty if there is none.
    """

    schedule: str
    horizon: int
    gradient: float
    distance: float
    bound: LastIterateBound
    peak: float
    measured: Sequence[tuple[float, float]] = ()


def bounded(
    schedules: Sequence[str],
    horizon: int,
    gradient: float,
    distance: float,
    logged: Sequence[LoggedRuns] = (),
    floor: float = 0.0,
) -> list[Bounded]:
    """Return the bound of each schedule, beside the best run of each where runs are given.

    Parameters
    ----------
    schedules : sequence of str
        Keys of `SCHEDULES`.
    horizon : int
    gradient, distance : float
        G and D; with runs, those are matched to each run, and the horizon is the run's.
    logged : sequence of LoggedRuns
    floor : float
        Taken off the losses of the runs.

    Raises
    ------
    CvxbenchError
        If no run has one of the schedules and a history, or a loss is not above the floor.
    """
    if not logged:
        return [_alone(schedule, horizon, gradient, distance) for schedule in schedules]
    found = [_beside(each, floor) for each in logged if each.schedule in schedules and any(each.histories)]
    if not found:
        raise CvxbenchError(
            f"no run in the logs has a history and a schedule out of {', '.join(schedules)}; add columns for them"
        )
    return found


def _alone(schedule: str, horizon: int, gradient: float, distance: float) -> Bounded:
    bound = last_iterate_bound(factors(SCHEDULES[schedule], horizon), gradient, distance)
    return Bounded(schedule, horizon, gradient, distance, bound, bound.best_peak)


def _beside(logged: LoggedRuns, floor: float) -> Bounded:
    runs, histories = logged.runs, logged.histories
    place = min((place for place, each in enumerate(histories) if each), key=lambda place: runs.loss[place])
    horizon, peak = int(runs.horizon[place]), float(runs.step[place])
    excess = np.array(histories[place]) - floor
    if not excess[-1] > 0.0:
        raise CvxbenchError(f"{logged.name}: the loss ends at {histories[place][-1]:g}, not above --floor {floor:g}")
    eta = factors(SCHEDULES[logged.schedule], horizon)
    gradient, distance = matched(eta, peak, float(excess[-1]))
    along = np.linspace(horizon / len(excess), horizon, len(excess))
    measured = [(t, value) for t, value in zip(along.tolist(), excess.tolist(), strict=True) if value > 0.0]
    bound = last_iterate_bound(eta, gradient, distance)
    return Bounded(logged.schedule, horizon, gradient, distance, bound, peak, measured)


def sheet(found: Sequence[Bounded]) -> Sheet:
    """Return the bounds as a table."""
    return Sheet(
        title="The bound on the last iterate",
        columns=("schedule", "T", "G", "D", "best peak γ*", "bound Ω* there"),
        align="lrrrrr",
        rows=tuple(
            (
                one.schedule,
                str(one.horizon),
                f"{one.gradient:.4g}",
                f"{one.distance:.4g}",
                f"{one.bound.best_peak:.4g}",
                f"{one.bound.best:.4g}",
            )
            for one in found
        ),
    )


def plot(found: Sequence[Bounded]) -> Plot:
    """Return the bound along each run, and the measured one beside it."""
    return Plot(
        name="bound",
        title="The last-iterate bound along a run",
        caption="At the peak step that is best by the bound, or that of the measured run.",
        rows=[row for one in found for row in _rows(one)],
        x="step t",
        y="excess",
        series="what",
        panel="schedule",
        log_x=True,
        log_y=True,
    )


def _rows(one: Bounded) -> Iterator[dict[str, Any]]:
    eta = factors(SCHEDULES[one.schedule], one.horizon)
    for t, value in bound_along(eta, one.peak, one.gradient, one.distance):
        yield {"schedule": one.schedule, "what": "bound", "step t": t, "excess": value}
    for t, value in one.measured:
        yield {"schedule": one.schedule, "what": "measured", "step t": t, "excess": value}
