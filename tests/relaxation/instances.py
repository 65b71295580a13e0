"""Random neurons and networks that the tests of this room share."""

from itertools import pairwise

import numpy as np

from cvxbench.relaxation.activations import ACTIVATIONS
from cvxbench.relaxation.envelope import Neurons
from cvxbench.relaxation.network import Affine, LayeredNetwork, layered


def random_neurons(name: str, count: int, n: int, seed: int) -> Neurons:
    """Boxes that cross kinks and inflections; for SiLU and GELU those with one inflection inside at most."""
    rng = np.random.default_rng(seed)
    spare = 3 * count
    weights = rng.normal(size=(spare, n)) * 2.0 / np.sqrt(n)
    lower = rng.uniform(-2.0, 1.0, size=(spare, n))
    upper = lower + rng.uniform(0.1, 2.0, size=(spare, n))
    bias = rng.uniform(-3.0, 3.0, size=spare)
    drawn = Neurons(ACTIVATIONS[name], weights, bias, lower, upper)
    kept = np.flatnonzero(drawn.covered())[:count]
    assert len(kept) == count
    return Neurons(drawn.activation, weights[kept], bias[kept], lower[kept], upper[kept])


def random_points(neurons: Neurons, seed: int) -> np.ndarray:
    """A point in each box; every third has coordinates at the box's ends, and every fifth equal shares."""
    rng = np.random.default_rng(seed)
    share = rng.uniform(size=neurons.weights.shape)
    share[::3] = np.where(rng.random(share[::3].shape) < 0.4, np.round(share[::3]), share[::3])
    share[::5] = share[::5, :1]
    return neurons.lower + share * (neurons.upper - neurons.lower)


def random_network(name: str, sizes: tuple[int, ...], seed: int, outputs: int = 2) -> LayeredNetwork:
    rng = np.random.default_rng(seed)
    steps = []
    for before, after in pairwise(sizes):
        steps.append(Affine(rng.normal(size=(after, before)) * 1.4 / np.sqrt(before), rng.normal(size=after) * 0.3))
        steps.append(ACTIVATIONS[name])
    steps.append(Affine(rng.normal(size=(outputs, sizes[-1])), rng.normal(size=outputs)))
    return layered(steps)
