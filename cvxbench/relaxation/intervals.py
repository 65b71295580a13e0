"""Bounds by interval arithmetic, for many boxes at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvxbench.relaxation.network import Affine, LayeredNetwork

Interval = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Bounds:
    """What a network can do on each of B boxes of inputs.

    Parameters
    ----------
    lower, upper : ndarray, shape (B, n)
        The boxes.
    hidden : tuple of (lower, upper)
        Of each layer before its activation; ndarrays of shape (B, m).
    output : (lower, upper)
        Shape (B, k).
    """

    lower: np.ndarray
    upper: np.ndarray
    hidden: tuple[Interval, ...]
    output: Interval

    def of(self, box: int) -> Bounds:
        """Return the bounds of one box, with B = 1."""
        at = slice(box, box + 1)
        hidden = tuple((low[at], high[at]) for low, high in self.hidden)
        return Bounds(self.lower[at], self.upper[at], hidden, (self.output[0][at], self.output[1][at]))


def interval_bounds(network: LayeredNetwork, lower: np.ndarray, upper: np.ndarray) -> Bounds:
    """Bound every layer from the one before alone.

    Parameters
    ----------
    network : LayeredNetwork
    lower, upper : ndarray, shape (B, n)
        Boxes of inputs.
    """
    hidden = []
    interval = lower, upper
    for affine, activation in network.hidden:
        hidden.append(image(affine, *interval))
        interval = activation.range(*hidden[-1])
    return Bounds(lower, upper, tuple(hidden), image(network.output, *interval))


def image(affine: Affine, lower: np.ndarray, upper: np.ndarray) -> Interval:
    """Return the exact range of each affine output, shape (B, m), on boxes of shape (B, n)."""
    centre, radius = affine(0.5 * (lower + upper)), 0.5 * (upper - lower) @ np.abs(affine.weights).T
    return centre - radius, centre + radius
