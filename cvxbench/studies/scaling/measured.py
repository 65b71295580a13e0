"""The parts of the scaling experiment that have run, put together by series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cvxbench.bench.records import Part
from cvxbench.studies.scaling.plan import OPTIMUM, Series, series_of
from cvxbench.studies.scaling.runs import Runs

Curve = Sequence[tuple[int, float]]


@dataclass(frozen=True)
class Measured:
    """All runs of a series.

    Parameters
    ----------
    series : Series
    runs : Runs
        With their losses.
    floor : float or None
        What no loss is below, where that is known: of a teacher exactly, of a table by the convex program.
    parameters : int
        Weights of the trained network; 0 where parts do not say.
    curves : dict
        Step size → the excess along each run that was followed, one for each seed.
    """

    series: Series
    runs: Runs
    floor: float | None
    parameters: int
    curves: Mapping[float, Sequence[Curve]]

    @property
    def excess(self) -> Runs:
        """The runs with what their losses are above the floor, or with their losses where no floor is known."""
        return Runs(self.runs.horizon, self.runs.step, self.runs.loss - (self.floor or 0.0), self.runs.seed)


def measured(parts: Sequence[Part]) -> list[Measured]:
    """Return every series of which a part has a result, in the order of the plan."""
    optima: dict[str, float] = {}
    gathered: dict[Series, list[Part]] = {}
    for part in parts:
        if part.result is None:
            continue
        if part.function == OPTIMUM:
            optima[part.options["dataset"]] = part.result["floor"]
        else:
            gathered.setdefault(series_of(part), []).append(part)
    return [_together(series, done, optima) for series, done in gathered.items()]


def _together(series: Series, parts: Sequence[Part], optima: Mapping[str, float]) -> Measured:
    rows: list[tuple[Any, ...]] = []
    curves: dict[float, list[Curve]] = {}
    known: Mapping[str, Any] = {}
    for part in parts:
        known = part.result or {}
        horizon = known.get("horizon", part.options.get("horizon"))
        ends = zip(part.options["steps"], known["losses"], strict=True)
        rows += [(horizon, step, np.inf if loss is None else loss, part.options["seed"]) for step, loss in ends]
        if "curves" in known:
            for step, curve in zip(part.options["steps"], known["curves"], strict=True):
                curves.setdefault(step, []).append(curve)
    horizon, step, loss, seed = np.array(rows, dtype=float).T
    return Measured(
        series,
        Runs(horizon, step, loss, seed),
        floor=known.get("floor", optima.get(series.dataset)),
        parameters=int(known.get("parameters", 0)),
        curves=curves,
    )
