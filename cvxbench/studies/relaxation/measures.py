"""What the parts' results say together: means over neurons, bounds and tables, and paired differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import wilcoxon

from cvxbench.studies.bootstrap import mean_interval

Row = Mapping[str, Any]

LEAST_GAP = 1e-6  # between intervals and the truth, below which a bound has nothing to close
CHAIN = ("linear", "univariate", "envelope")
METHODS = ("convex", "sgd", "adam")


@dataclass(frozen=True)
class Tightness:
    """How much of the way from intervals to the exact minimum each bound goes, as a mean over bounds.

    Parameters
    ----------
    bounds, solved : int
        All, and those whose exact minimum was found and is above the interval's bound.
    closed : dict
        Of each name in `CHAIN`, the share of that way.
    of_rest : float
        The share of what univariate cuts leave that envelope cuts close, over bounds where they leave something.
    """

    bounds: int
    solved: int
    closed: dict[str, float]
    of_rest: float


@dataclass(frozen=True)
class Paired:
    """The convex program's certified accuracy minus an opponent's, by tables; each is a mean over its lambdas.

    Parameters
    ----------
    mean, low, high : float
        In points of 100; 95 % bootstrap interval over tables.
    better, equal, worse : int
        Tables.
    p : float
        Of Wilcoxon's signed-rank test; 1 if no table differs.
    """

    mean: float
    low: float
    high: float
    better: int
    equal: int
    worse: int
    p: float


def tightness(bounds: Sequence[Row]) -> Tightness | None:
    """Summarise bounds of `networks`; None if no exact minimum was found."""
    usable = [one for one in bounds if one["solved"] and one["exact"] - one["interval"] > LEAST_GAP]
    if not usable:
        return None
    closed = {
        name: float(np.mean([(one[name] - one["interval"]) / (one["exact"] - one["interval"]) for one in usable]))
        for name in CHAIN
    }
    left = [one for one in usable if one["exact"] - one["univariate"] > LEAST_GAP]
    rest = [(one["envelope"] - one["univariate"]) / (one["exact"] - one["univariate"]) for one in left]
    return Tightness(len(bounds), len(usable), closed, float(np.mean(rest)) if rest else float("nan"))


def epsilons(rows: Sequence[Row]) -> list[float]:
    """Return the epsilons that rows were certified at, ascending."""
    return sorted({one["epsilon"] for row in rows for one in row["networks"][0]["certified"]})


def certified(rows: Sequence[Row], method: str, epsilon: float, bound: str) -> float:
    """Return the mean certified share over tables and lambdas; `bound` may also be "refuted" or "open"."""
    return float(
        np.mean([one[bound] for row in rows for one in _at(row, method)["certified"] if one["epsilon"] == epsilon])
    )


def paired(rows: Sequence[Row], opponent: str, epsilon: float, bound: str) -> Paired:
    """Compare the convex program with an opponent on the same tables and lambdas."""
    by_table: dict[str, list[float]] = {}
    for row in rows:
        ours, theirs = (
            next(one[bound] for one in _at(row, method)["certified"] if one["epsilon"] == epsilon)
            for method in ("convex", opponent)
        )
        by_table.setdefault(row["dataset"], []).append(100.0 * (ours - theirs))
    differences = np.round([np.mean(values) for values in by_table.values()], 9)
    low, high = mean_interval(differences, block=1)
    signs = np.sign(differences)
    test: Any = wilcoxon(differences) if signs.any() else None
    better, equal, worse = (int((signs == sign).sum()) for sign in (1, 0, -1))
    return Paired(
        float(differences.mean()), low, high, better, equal, worse, 1.0 if test is None else float(test.pvalue)
    )


def excess(rows: Sequence[Row], method: str) -> np.ndarray:
    """Return by how much an opponent's objective is above the convex program's, relative to it, a number a row."""
    return np.array([_at(row, method)["objective"] / _at(row, "convex")["objective"] - 1.0 for row in rows])


def accuracy(rows: Sequence[Row], method: str) -> float:
    """Return the mean accuracy on the test rows that were certified."""
    return float(np.mean([_at(row, method)["accuracy"] for row in rows]))


def growth(volumes: Sequence[Row]) -> float | None:
    """Return the exponent by which an envelope's time grew from 10 to 100 inputs, the median over activations."""
    times = {(one["activation"], one["inputs"]): one["microseconds"] for one in volumes}
    rates = [
        np.log10(times[name, 100] / times[name, 10]) for name, inputs in times if inputs == 10 and (name, 100) in times
    ]
    return float(np.median(rates)) if rates else None


def _at(row: Row, method: str) -> Row:
    return next(one for one in row["networks"] if one["method"] == method)
