"""Activation patterns of gates: the matrix of 1[X g ≥ 0], each column once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Patterns:
    """The distinct, nonzero activation patterns of a set of gates on a table.

    Parameters
    ----------
    gates : ndarray, shape (d, P)
        For each pattern, the first gate that gives it.
    active : ndarray of bool, shape (n, P)
        active[i, p] = gates_p'x_i ≥ 0.
    """

    gates: np.ndarray
    active: np.ndarray


def distinct(X: np.ndarray, gates: np.ndarray) -> Patterns:
    """Return the patterns of `gates` (d, P₀) on X (n, d) without duplicates and without the one that is all zero."""
    active = gates.T @ X.T >= 0  # a pattern a row: its bits are packed, and later used, where they lie
    packed = np.packbits(active, axis=1)
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel().tolist()
    seen = dict(zip(reversed(keys), reversed(range(len(keys))), strict=True))
    first = np.sort(np.fromiter(seen.values(), int))
    first = first[packed[first].any(axis=1)]
    if len(first) < len(active):
        gates, active = gates[:, first], active[first]
    return Patterns(gates=gates, active=active.T)
