"""How sure one can be of a rate, and of the difference between two methods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest, bootstrap

RESAMPLES = 9999


@dataclass(frozen=True)
class Difference:
    """The mean of `ours − theirs` over problems, and its bootstrap 95 % interval over tables.

    Parameters
    ----------
    mean : float
    low, high : float or None
        None where there are fewer than two tables: one table says nothing of another.
    problems, tables : int
    """

    mean: float
    low: float | None
    high: float | None
    problems: int
    tables: int


def wilson(solved: int, total: int) -> tuple[float, float]:
    """Return the Wilson 95 % interval of the rate solved/total, total > 0 (Wilson 1927)."""
    interval = binomtest(solved, total).proportion_ci(confidence_level=0.95, method="wilson")
    return float(interval.low), float(interval.high)


def difference(ours: np.ndarray, theirs: np.ndarray, tables: Sequence[str], seed: int = 0) -> Difference:
    """Return the mean difference of two methods on the same problems.

    The interval is the percentile bootstrap over clusters (Davison and Hinkley 1997, section 3.8): a table is drawn
    with all its problems, or not at all.

    Parameters
    ----------
    ours, theirs : ndarray, shape (problems,)
        Finite: scores, or 1 where a problem is solved and 0 where not, which gives a difference of rates.
    tables : sequence of str, length problems
        The table that each problem belongs to.
    seed : int
        Of the 9999 resamples.
    """
    sums, counts = by_table(ours - theirs, tables)

    def mean(sums: np.ndarray, counts: np.ndarray, axis: int = -1) -> np.ndarray:
        return sums.sum(axis=axis) / counts.sum(axis=axis)

    low, high = None, None
    if len(sums) > 1:
        drawn = bootstrap(
            (sums, counts), mean, paired=True, vectorized=True, method="percentile", n_resamples=RESAMPLES, rng=seed
        ).confidence_interval
        low, high = float(drawn.low), float(drawn.high)
    return Difference(float(mean(sums, counts)), low, high, len(tables), len(sums))


def by_table(values: np.ndarray, tables: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the sum of the values of each table, and how many there are: two arrays of shape (distinct tables,)."""
    _, table = np.unique(np.asarray(tables), return_inverse=True)
    return np.bincount(table, weights=values), np.bincount(table)
