"""Intervals for means of losses along time, whose neighbours are not independent."""

from __future__ import annotations

import numpy as np

RESAMPLES = 2000
LEVEL = 0.95


def mean_interval(losses: np.ndarray, block: int, seed: int = 0) -> tuple[float, float]:
    """Return the 95 % percentile interval of a mean by the circular block bootstrap (Politis and Romano 1992).

    Parameters
    ----------
    losses : ndarray, shape (T,)
        In the order of time; of a paired comparison, the differences.
    block : int
        Rows that are drawn together, 1 ≤ block.
    seed : int
    """
    T = len(losses)
    block = min(block, T)
    around = np.concatenate([losses, losses[: block - 1]])
    sums = np.concatenate([[0.0], np.cumsum(around)])
    of_block = (sums[block:] - sums[:-block]) / block  # the mean of the block that starts at each row
    starts = np.random.default_rng(seed).integers(T, size=(RESAMPLES, -(-T // block)))
    low, high = np.quantile(of_block[starts].mean(axis=1), [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    return float(low), float(high)
