"""The most violated cut that envelopes give at a point, or the answer that there is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvxbench.relaxation.envelope import Neurons, concave_envelope, convex_envelope


@dataclass(frozen=True)
class Cuts:
    """For each point (x, y) the cut side·y ≤ side·(intercept + gradient'x) of σ(w'x + b) that (x, y) violates most.

    Parameters
    ----------
    exists : ndarray of bool, shape (...)
        Whether (x, y) is outside the convex hull of the neuron's graph; where it is not, the cut is not violated.
    side : ndarray, shape (...)
        1 for a bound from above, −1 for one from below.
    gradient : ndarray, shape (..., n)
    intercept : ndarray, shape (...)
    violation : ndarray, shape (...)
        side·(y − intercept − gradient'x).
    """

    exists: np.ndarray
    side: np.ndarray
    gradient: np.ndarray
    intercept: np.ndarray
    violation: np.ndarray


def separate(neurons: Neurons, points: np.ndarray, values: np.ndarray, tol: float | np.ndarray = 0.0) -> Cuts:
    """Separate (x, y) from the convex hull of the graph y' = σ(w'x' + b) on the box: what is between the envelopes.

    Parameters
    ----------
    neurons : Neurons
    points : ndarray, shape (..., n)
        In the neurons' boxes.
    values : ndarray, shape (...)
        y.
    tol : float or ndarray, shape (...)
        Violations up to this count as none.

    Raises
    ------
    CvxbenchError
        If an activation is neither convex, concave nor S-shaped on the range that its box gives.
    """
    above, below = concave_envelope(neurons, points), convex_envelope(neurons, points)
    over, under = values - above.value, below.value - values
    upper = over >= under
    gradient = np.where(upper[..., None], above.gradient, below.gradient)
    value = np.where(upper, above.value, below.value)
    violation = np.where(upper, over, under)
    return Cuts(
        exists=violation > tol,
        side=np.where(upper, 1.0, -1.0),
        gradient=gradient,
        intercept=value - (gradient * points).sum(axis=-1),
        violation=violation,
    )
