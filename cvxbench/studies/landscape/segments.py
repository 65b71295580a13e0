"""How far a function is from convex on the segment between two points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

POINTS = 33
ROUNDING = 64.0 * np.finfo(float).eps  # of the largest value, on a second difference


@dataclass(frozen=True)
class Segment:
    """A function between two points.

    Parameters
    ----------
    violation : float
        How far the function rises above its chord, in parts of its largest value there; 0 if it never does. With a
        minimiser as the end this is star-convexity.
    modulus : float
        The smallest ρ ≥ 0 with which F + ρ/2·‖·‖² is convex at the points looked at: weak convexity.
    length : float
        Euclidean distance of the points.
    """

    violation: float
    modulus: float
    length: float


def segment(value: Callable[[np.ndarray], float], start: np.ndarray, end: np.ndarray, points: int = POINTS) -> Segment:
    """Measure a function at evenly spaced points from `start` to `end`.

    Parameters
    ----------
    value : callable
        Point of shape (N,) to float.
    start, end : ndarray, shape (N,)
    points : int
        Both ends included.
    """
    s = np.linspace(0.0, 1.0, points)
    values = np.array([value((1.0 - at) * start + at * end) for at in s.tolist()])
    length = float(np.linalg.norm(end - start))
    largest = float(np.abs(values).max())
    if length == 0.0 or largest == 0.0:
        return Segment(0.0, 0.0, length)
    above = float(np.max(values - ((1.0 - s) * values[0] + s * values[-1])))
    bend = float(np.min(values[:-2] - 2.0 * values[1:-1] + values[2:]))
    width = length / (points - 1)
    return Segment(
        violation=above / largest if above > ROUNDING * largest else 0.0,
        modulus=-bend / width**2 if bend < -ROUNDING * largest else 0.0,
        length=length,
    )
