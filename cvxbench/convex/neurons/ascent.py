"""Projected subgradient ascent on the sphere, in float32, for many starts at once: the cheap first climb."""

from __future__ import annotations

import time

import numpy as np

from cvxbench.convex.neurons.directions import Directions
from cvxbench.convex.neurons.space import Space

CHUNK = 4e6  # entries of a block of features


def ascend(
    space: Space,
    residual: np.ndarray,
    starts: Directions,
    steps: int,
    first: float,
    last: float,
    deadline: float = np.inf,
) -> Directions:
    """Return for each start the best point of an ascent of s·r'(Xu)₊/n whose steps fall from `first` to `last`.

    When time is up, only those of the blocks of starts that were begun before.

    Values are those of float32.

    Parameters
    ----------
    space : Space
    residual : ndarray, shape (n,)
    starts : Directions
    steps : int
    first, last : float
        Lengths of the steps on the unit sphere.
    deadline : float
        On the clock of `time.perf_counter`.
    """
    n = len(residual)
    scale = max(float(np.abs(residual).max()), 1e-300)
    weights = (residual / scale).astype(np.float32)
    rate = (last / first) ** (1.0 / steps)
    units = starts.units.astype(np.float32)
    values = np.empty(len(starts), dtype=np.float32)
    size = max(1, int(CHUNK / n))
    done = 0
    for begin in range(0, len(starts), size):
        if begin and time.perf_counter() > deadline:
            break
        done = min(begin + size, len(starts))
        block = slice(begin, done)
        U, signs = units[block], starts.signs[block, None].astype(np.float32)
        best, best_units, step = np.full(len(U), -np.inf, dtype=np.float32), U.copy(), first
        for turn in range(steps + 1):
            pulled = (((U @ space.outer.X.T) > 0) * weights) @ space.outer.X
            pulled *= signs
            value = np.einsum("kr,kr->k", pulled, U)
            better = value > best
            best_units[better], best[better] = U[better], value[better]
            if turn == steps:
                break
            pulled -= U * value[:, None]
            pulled *= step / np.maximum(np.linalg.norm(pulled, axis=1, keepdims=True), 1e-30)
            U = U + pulled
            U /= np.linalg.norm(U, axis=1, keepdims=True)
            step *= rate
        units[block], values[block] = best_units, best
    ended = units.astype(float)
    ended /= np.linalg.norm(ended, axis=1, keepdims=True)
    return Directions(ended, starts.signs, values.astype(float) * scale / n, starts.facets).take(np.arange(done))
