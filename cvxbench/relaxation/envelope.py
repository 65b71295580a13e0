"""Concave and convex envelopes of σ(w'x + b) on a box, with gradients, for any number of points and neurons at once.

The recursion of Carrasco and Muñoz (2024) takes the largest coordinate to its bound and scales the others up, again and
again. Its levels are the coordinates in descending order, and at which level it ends is known without solving for a tie
point, so that all levels are looked at together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvxbench.relaxation.activations import Activation
from cvxbench.relaxation.curves import Curve, covered, curve


@dataclass(frozen=True)
class Neurons:
    """Functions x ↦ σ(w'x + b), each on a box of its own; leading shapes (...) are broadcast.

    Parameters
    ----------
    activation : Activation
        σ.
    weights : ndarray, shape (..., n)
    bias : ndarray, shape (...)
    lower, upper : ndarray, shape (..., n)
        Ends of the box; equal ones fix an input.
    """

    activation: Activation
    weights: np.ndarray
    bias: np.ndarray
    lower: np.ndarray
    upper: np.ndarray

    def range(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the least and the greatest w'x + b on the box, each of shape (...)."""
        ends = self.weights * self.lower, self.weights * self.upper
        return np.minimum(*ends).sum(axis=-1) + self.bias, np.maximum(*ends).sum(axis=-1) + self.bias

    def covered(self) -> np.ndarray:
        """Return whether each neuron has envelopes here, shape (...): σ is convex, concave or S-shaped on its range."""
        return covered(self.activation, *self.range())

    def value(self, points: np.ndarray) -> np.ndarray:
        """Return σ(w'x + b), shape (...), at points of shape (..., n)."""
        return self.activation.value((self.weights * points).sum(axis=-1) + self.bias)


@dataclass(frozen=True)
class Envelope:
    """An envelope at some points, with a gradient that makes it a cut.

    Parameters
    ----------
    value : ndarray, shape (...)
    gradient : ndarray, shape (..., n)
        For every x' of the box, value + gradient'(x' − x) is on the envelope's outer side of σ(w'x' + b).
    """

    value: np.ndarray
    gradient: np.ndarray


def concave_envelope(neurons: Neurons, points: np.ndarray) -> Envelope:
    """Return the least concave function above the neurons, and a supergradient, at points of shape (..., n).

    Raises
    ------
    CvxbenchError
        If an activation is neither convex, concave nor S-shaped on the range that its box gives.
    """
    return _upper(neurons, points, 1.0)


def convex_envelope(neurons: Neurons, points: np.ndarray) -> Envelope:
    """Return the greatest convex function below the neurons, and a subgradient, at points of shape (..., n).

    Raises
    ------
    CvxbenchError
        If an activation is neither convex, concave nor S-shaped on the range that its box gives.
    """
    negative = _upper(neurons, points, -1.0)
    return Envelope(-negative.value, -negative.gradient)


def _upper(neurons: Neurons, points: np.ndarray, sign: float) -> Envelope:
    """Return the concave envelope of sign·σ(w'x + b)."""
    points, weights, lower, upper = np.broadcast_arrays(points, neurons.weights, neurons.lower, neurons.upper)
    least, greatest = (np.broadcast_to(end, points.shape[:-1]) for end in neurons.range())
    F = curve(neurons.activation, least, greatest, sign)

    slopes = weights * F.mirror[..., None]
    sizes = upper - lower
    w = np.abs(slopes) * sizes
    x = np.divide(np.where(slopes > 0.0, points - lower, upper - points), sizes, out=np.ones_like(w), where=w > 0.0)
    value, gradient = _unit_box(F, w, np.clip(x, 0.0, 1.0), np.where(F.mirror > 0.0, least, -greatest))
    scale = np.divide(np.sign(slopes), sizes, out=np.zeros_like(w), where=w > 0.0)
    return Envelope(value, gradient * scale)


def _unit_box(F: Curve, w: np.ndarray, x: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return value and supergradient of the concave envelope of F(w'x + bias) on [0, 1]ⁿ, w ≥ 0.

    Level k has the k largest coordinates at 1: its interval starts at low[k], and z[k] is the point scaled up to it.
    """
    order = np.argsort(-x, axis=-1, kind="stable")
    x, w = np.take_along_axis(x, order, -1), np.take_along_axis(w, order, -1)
    one = np.ones_like(x[..., :1])
    low = bias[..., None] + np.cumsum(np.concatenate([0.0 * one, w], axis=-1), axis=-1)
    high = low[..., -1:]
    rest = np.concatenate([np.cumsum((w * x)[..., ::-1], axis=-1)[..., ::-1], 0.0 * one], axis=-1)
    scale = np.concatenate([one, x], axis=-1)
    z = low + np.divide(rest, scale, out=high - low, where=scale > 0.0)
    z = np.minimum(z, high)

    ends = F.beyond_tie(z[..., 1:], low[..., :-1], high)
    ends[..., -1] = True
    level = np.argmax(ends, axis=-1)[..., None]
    start, point = _at(low, level), _at(z, level)
    on_curve = F.touches(point, start)
    touch = np.where(on_curve, point, F.tie(start, high[..., 0]))
    rise, run = F.value(touch) - F.value(start), touch - start
    chord = np.where(run > 0.0, rise / np.where(run > 0.0, run, 1.0), F.slope(start))
    slope = np.where(on_curve, F.slope(touch), chord)
    base = F.value(touch) - slope * run

    steps = F.value(low)
    at = np.arange(x.shape[-1])
    gradient = np.where(at < level, np.diff(steps, axis=-1), slope[..., None] * w)
    last = np.maximum(level - 1, 0)
    np.put_along_axis(
        gradient,
        last,
        np.where(level > 0, base[..., None] - np.take_along_axis(steps, last, -1), gradient[..., :1]),
        -1,
    )
    intercept = np.where(level[..., 0] > 0, steps[..., 0], base)
    value = intercept + (gradient * x).sum(axis=-1)
    unsorted = np.empty_like(gradient)
    np.put_along_axis(unsorted, order, gradient, -1)
    return value, unsorted


def _at(levels: np.ndarray, level: np.ndarray) -> np.ndarray:
    return np.take_along_axis(levels, level, -1)[..., 0]
