"""Linear bounds: each activation between two lines, substituted backwards to the inputs (CROWN, Zhang et al. 2018)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvxbench.relaxation.activations import Activation
from cvxbench.relaxation.curves import covered
from cvxbench.relaxation.envelope import Envelope, Neurons, concave_envelope, convex_envelope
from cvxbench.relaxation.intervals import Bounds, Interval, image
from cvxbench.relaxation.network import Affine, LayeredNetwork


@dataclass(frozen=True)
class Lines:
    """Lines above and below an activation on intervals; all of shape (B, m).

    Parameters
    ----------
    upper_slope, upper_intercept, lower_slope, lower_intercept : ndarray
    """

    upper_slope: np.ndarray
    upper_intercept: np.ndarray
    lower_slope: np.ndarray
    lower_intercept: np.ndarray


def lines(activation: Activation, lower: np.ndarray, upper: np.ndarray) -> Lines:
    """Return the tangents of both envelopes in the middle of each interval, and constants where there are no envelopes.

    For ReLU these are the chord, and below the one of 0 and z that leaves the smaller area.
    """
    least, greatest = activation.range(lower, upper)
    known = covered(activation, lower, upper)
    start = np.where(known, lower, upper)[..., None]
    one = Neurons(activation, np.ones_like(start), np.zeros(lower.shape), start, upper[..., None])
    middle = 0.5 * (lower + upper)

    def line(envelope: Envelope, constant: np.ndarray) -> Interval:
        slope = np.where(known, envelope.gradient[..., 0], 0.0)
        return slope, np.where(known, envelope.value - slope * middle, constant)

    above = line(concave_envelope(one, middle[..., None]), greatest)
    return Lines(*above, *line(convex_envelope(one, middle[..., None]), least))


def linear_bounds(network: LayeredNetwork, lower: np.ndarray, upper: np.ndarray) -> Bounds:
    """Bound every layer by lines through all layers before it; never looser than interval arithmetic.

    Parameters
    ----------
    network : LayeredNetwork
    lower, upper : ndarray, shape (B, n)
        Boxes of inputs.
    """
    hidden: list[Interval] = []
    known: list[tuple[Affine, Lines]] = []
    interval = lower, upper
    for affine, activation in network.hidden:
        hidden.append(_bounds(affine, known, lower, upper, image(affine, *interval)))
        known.append((affine, lines(activation, *hidden[-1])))
        interval = activation.range(*hidden[-1])
    output = _bounds(network.output, known, lower, upper, image(network.output, *interval))
    return Bounds(lower, upper, tuple(hidden), output)


def _bounds(
    affine: Affine, known: list[tuple[Affine, Lines]], lower: np.ndarray, upper: np.ndarray, crude: Interval
) -> Interval:
    if not known:
        return crude
    below = _least(affine, known, lower, upper)
    above = -_least(Affine(-affine.weights, -affine.bias), known, lower, upper)
    # Rounding must not let the two cross where a box is a point.
    least, greatest = np.maximum(below, crude[0]), np.minimum(above, crude[1])
    return np.minimum(least, greatest), np.maximum(least, greatest)


def _least(affine: Affine, known: list[tuple[Affine, Lines]], lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """Return a lower bound, shape (B, m), of each affine output of the last known layer."""
    weights = np.broadcast_to(affine.weights, (len(lower), *affine.weights.shape))
    bias = np.broadcast_to(affine.bias, weights.shape[:2])
    for before, line in reversed(known):
        positive, negative = np.maximum(weights, 0.0), np.minimum(weights, 0.0)
        bias = bias + np.einsum("bmj,bj->bm", positive, line.lower_intercept)
        bias = bias + np.einsum("bmj,bj->bm", negative, line.upper_intercept)
        weights = positive * line.lower_slope[:, None] + negative * line.upper_slope[:, None]
        bias = bias + weights @ before.bias
        weights = weights @ before.weights
    centre, radius = 0.5 * (lower + upper), 0.5 * (upper - lower)
    return bias + np.einsum("bmn,bn->bm", weights, centre) - np.einsum("bmn,bn->bm", np.abs(weights), radius)
