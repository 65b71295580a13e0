"""An activation on an interval, turned until it is convex first and concave after: what an envelope is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvxbench.errors import CvxbenchError
from cvxbench.relaxation.activations import Activation

HALVINGS = 60


@dataclass(frozen=True)
class Curve:
    """F(t) = sign·σ(mirror·t), on intervals where F is convex up to `inflection` and concave from there.

    Parameters
    ----------
    activation : Activation
        σ.
    sign : float
        1 for the activation, −1 for its negative.
    mirror : ndarray, shape (...)
        ±1.
    inflection : ndarray, shape (...)
        In t; −∞ where F is concave all over the interval, ∞ where it is convex.
    """

    activation: Activation
    sign: float
    mirror: np.ndarray
    inflection: np.ndarray

    def value(self, t: np.ndarray) -> np.ndarray:
        """Return F(t), for t of shape (...) or (..., k)."""
        return self.sign * self.activation.value(self._mirrored(t))

    def slope(self, t: np.ndarray) -> np.ndarray:
        """Return F'(t), for t of shape (...) or (..., k)."""
        return self.sign * self._mirrored(self.activation.slope(self._mirrored(t)))

    def beyond_tie(self, t: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """Return whether t is at the tie point of [low, high] or above it; all of shape (...) or (..., k).

        Beyond the tie point the concave envelope of F on the interval is F itself, below it the chord from `low`.
        """
        return self.touches(t, low) | (t >= high)

    def touches(self, t: np.ndarray, low: np.ndarray) -> np.ndarray:
        """Return whether the tangent at t, at `low` or above it, is nowhere below F from `low` on."""
        inflection = self._each(self.inflection, t)
        rise = self.value(t) - self.value(low)
        return (low >= inflection) | ((t >= inflection) & (rise >= self.slope(t) * (t - low)))

    def tie(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """Return the tie point of each interval, shape (...): where the tangent goes through the point above `low`."""
        left, right = np.clip(self.inflection, low, high), high.copy()
        for _ in range(HALVINGS):
            if np.array_equal(left, right):
                break
            middle = 0.5 * (left + right)
            beyond = self.beyond_tie(middle, low, high)
            left, right = np.where(beyond, left, middle), np.where(beyond, middle, right)
        return right

    def _mirrored(self, t: np.ndarray) -> np.ndarray:
        return self._each(self.mirror, t) * t

    @staticmethod
    def _each(numbers: np.ndarray, t: np.ndarray) -> np.ndarray:
        return numbers if t.ndim == numbers.ndim else numbers[..., None]


def curve(activation: Activation, lower: np.ndarray, upper: np.ndarray, sign: float) -> Curve:
    """Return sign·σ on the intervals [lower, upper], shape (...), turned as its shape there asks.

    Raises
    ------
    CvxbenchError
        If an interval has two inflections of σ inside, so that σ is neither convex, concave nor S-shaped on it.
    """
    inside = _inside(activation, lower, upper)
    count = inside.sum(axis=-1)
    if np.any(count > 1):
        at = np.unravel_index(np.argmax(count > 1), count.shape)
        raise CvxbenchError(
            f"{activation.name} is not S-shaped on [{lower[at]:.6g}, {upper[at]:.6g}]: it has the inflections "
            f"{', '.join(f'{z:.4g}' for z in activation.inflections)}, and an interval may hold one; take a smaller box"
        )
    inflections = np.array(activation.inflections)
    passed = (inflections <= lower[..., None]).sum(axis=-1)
    convex_first = (activation.convex_first ^ (passed % 2 == 1)) ^ (sign < 0.0)
    mirror = np.where((count == 0) | convex_first, 1.0, -1.0)
    at_inflection = (inside * inflections).sum(axis=-1) * mirror
    inflection = np.where(count == 1, at_inflection, np.where(convex_first, np.inf, -np.inf))
    return Curve(activation, sign, mirror, inflection)


def covered(activation: Activation, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """Return whether `curve` takes each interval [lower, upper], shape (...)."""
    return _inside(activation, lower, upper).sum(axis=-1) <= 1


def _inside(activation: Activation, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    inflections = np.array(activation.inflections)
    return (lower[..., None] < inflections) & (inflections < upper[..., None])
