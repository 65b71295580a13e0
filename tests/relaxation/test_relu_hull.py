from itertools import chain, combinations

import numpy as np
import pytest

from cvxbench.relaxation.envelope import Neurons, concave_envelope
from cvxbench.relaxation.relu_hull import relu_hull
from tests.relaxation.instances import random_neurons, random_points


@pytest.mark.parametrize("n", [1, 2, 5, 10, 50])
def test_greedy_inequality_is_the_concave_envelope(n):
    neurons = random_neurons("relu", 1000, n, seed=n)
    points = random_points(neurons, seed=n)
    hull = relu_hull(neurons.weights, neurons.bias, neurons.lower, neurons.upper, points)
    np.testing.assert_allclose(hull.value, concave_envelope(neurons, points).value, rtol=0.0, atol=1e-9)


def all_inequalities(neurons: Neurons, index: int, point: np.ndarray) -> list[float]:
    w, b = neurons.weights[index], neurons.bias[index]
    small = np.where(w >= 0.0, neurons.lower[index], neurons.upper[index])
    large = np.where(w >= 0.0, neurons.upper[index], neurons.lower[index])

    def ell(inside):
        return sum(w[i] * (small[i] if i in inside else large[i]) for i in range(len(w))) + b

    found = []
    subsets = chain.from_iterable(combinations(range(len(w)), size) for size in range(len(w)))
    for inside in map(set, subsets):
        for h in set(range(len(w))) - inside:
            if ell(inside) >= 0.0 > ell(inside | {h}):
                share = (point[h] - small[h]) / (large[h] - small[h])
                found.append(sum(w[i] * (point[i] - small[i]) for i in inside) + ell(inside) * share)
    return found


def test_no_inequality_of_the_hull_is_below_the_greedy_one():
    neurons = random_neurons("relu", 200, 4, seed=0)
    points = random_points(neurons, seed=1)
    hull = relu_hull(neurons.weights, neurons.bias, neurons.lower, neurons.upper, points)
    crossing = 0
    for index in range(200):
        values = all_inequalities(neurons, index, points[index])
        if values:
            crossing += 1
            assert hull.value[index] == pytest.approx(min(values), abs=1e-12)
    assert crossing > 50


def test_its_gradient_makes_a_cut():
    neurons = random_neurons("relu", 200, 6, seed=2)
    points = random_points(neurons, seed=3)
    hull = relu_hull(neurons.weights, neurons.bias, neurons.lower, neurons.upper, points)
    others = np.random.default_rng(4).uniform(neurons.lower, neurons.upper, size=(500, 200, 6))
    cuts = hull.value + ((others - points) * hull.gradient).sum(axis=-1)
    assert np.min(cuts - neurons.value(others)) >= -1e-12
