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
    active = X @ gates >= 0
    packed = np.ascontiguousarray(np.packbits(active, axis=0).T)
    rows = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first = np.unique(rows, return_index=True)
    first = np.sort(first)
    first = first[active[:, first].any(axis=0)]
    return Patterns(gates=gates[:, first], active=active[:, first])
