"""A part of the study: the volume that each relaxation of a neuron leaves around its graph, by the number of inputs."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from cvxbench.relaxation.activations import ACTIVATIONS
from cvxbench.relaxation.envelope import Neurons, concave_envelope, convex_envelope
from cvxbench.relaxation.relu_hull import relu_hull

HALF_RANGE = 2.0  # ‖w‖₁ on [−1, 1]ⁿ: neurons of any number of inputs receive an interval of the same length


def volume(activation: str, inputs: int, neurons: int, points: int, seed: int) -> dict[str, Any]:
    """Return the mean distance between the upper and the lower side of each relaxation, over neurons and points.

    Neurons have Gaussian weights with ‖w‖₁ = 2, a bias that is uniform on [−1, 1] and the box [−1, 1]ⁿ; points are
    uniform in it. Those of SiLU and GELU that are not S-shaped on their interval are counted and left out.

    Parameters
    ----------
    activation : str
        A key of `ACTIVATIONS`.
    inputs : int
    neurons, points : int
        Points are drawn for each neuron.
    seed : int
    """
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(neurons, inputs))
    weights *= HALF_RANGE / np.abs(weights).sum(axis=1, keepdims=True)
    box = np.ones((neurons, inputs))
    drawn = Neurons(ACTIVATIONS[activation], weights, rng.uniform(-1.0, 1.0, size=neurons), -box, box)
    kept = drawn.covered()
    wide = Neurons(drawn.activation, weights[kept], drawn.bias[kept], -box[kept], box[kept])
    x = rng.uniform(-1.0, 1.0, size=(points, int(kept.sum()), inputs))
    low, high = wide.range()
    narrow = Neurons(drawn.activation, np.ones((len(low), 1)), np.zeros(len(low)), low[:, None], high[:, None])
    z = ((wide.weights * x).sum(axis=-1) + wide.bias)[..., None]
    least, greatest = drawn.activation.range(low, high)
    began = time.perf_counter()
    above, below = concave_envelope(wide, x), convex_envelope(wide, x)
    seconds = time.perf_counter() - began
    found = {
        "activation": activation,
        "inputs": inputs,
        "neurons": len(low),
        "left_out": int(neurons - len(low)),
        "interval": float(np.mean(greatest - least)),
        "univariate": float(np.mean(concave_envelope(narrow, z).value - convex_envelope(narrow, z).value)),
        "envelope": float(np.mean(above.value - below.value)),
        "microseconds": 1e6 * seconds / above.value.size,
    }
    if activation == "relu":
        hull = relu_hull(wide.weights, wide.bias, wide.lower, wide.upper, x)
        found["from_hull"] = float(np.abs(hull.value - above.value).max())
    return found
