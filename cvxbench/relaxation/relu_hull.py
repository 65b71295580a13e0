"""The concave side of a ReLU's hull over a box, by the greedy rule of Anderson et al. (2020): O(n log n) a point."""

from __future__ import annotations

import numpy as np

from cvxbench.relaxation.envelope import Envelope


def relu_hull(
    weights: np.ndarray, bias: np.ndarray, lower: np.ndarray, upper: np.ndarray, points: np.ndarray
) -> Envelope:
    """Return the least right-hand side of all hull inequalities y ≤ … of max(0, w'x + b), and its gradient.

    The inequality of a set I and an input h has ℓ(I) ≥ 0 > ℓ(I ∪ {h}), where ℓ(I) is the greatest w'x + b with the
    inputs of I at the ends that make it small. The least one at a point takes inputs into I in the order of how far
    they are from those ends, for as long as ℓ stays nonnegative. The hull's convex side is y ≥ 0 and y ≥ w'x + b.

    Parameters
    ----------
    weights, lower, upper, points : ndarray, shape (..., n)
    bias : ndarray, shape (...)
    """
    points, weights, lower, upper = np.broadcast_arrays(points, weights, lower, upper)
    rising = weights >= 0.0
    small, large = np.where(rising, lower, upper), np.where(rising, upper, lower)
    gains = weights * (large - small)
    distance = np.divide(points - small, large - small, out=np.zeros_like(gains), where=gains > 0.0)
    order = np.argsort(distance, axis=-1, kind="stable")
    greatest = (weights * large).sum(axis=-1) + bias
    least = (weights * small).sum(axis=-1) + bias

    sorted_gains = np.take_along_axis(gains, order, -1)
    left = greatest[..., None] - np.cumsum(sorted_gains, axis=-1)  # ℓ(I) after each input has been taken
    crossing = np.minimum((left >= 0.0).sum(axis=-1), left.shape[-1] - 1)[..., None]
    at = np.arange(left.shape[-1])
    before = np.take_along_axis(left + sorted_gains, crossing, -1)
    rates = np.where(at < crossing, sorted_gains, np.where(at == crossing, before, 0.0))
    unsorted = np.empty_like(gains)
    np.put_along_axis(unsorted, order, rates, -1)
    scale = np.divide(1.0, large - small, out=np.zeros_like(gains), where=gains > 0.0)

    active, idle = least >= 0.0, greatest <= 0.0
    gradient = np.where(active[..., None], weights, np.where(idle[..., None], 0.0, unsorted * scale))
    start = np.where(active, least, 0.0)
    return Envelope(start + (gradient * (points - small)).sum(axis=-1), gradient)
