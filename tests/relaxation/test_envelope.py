from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from cvxbench.errors import CvxbenchError
from cvxbench.relaxation.activations import ACTIVATIONS
from cvxbench.relaxation.envelope import Neurons, concave_envelope, convex_envelope
from cvxbench.relaxation.separation import separate
from tests.relaxation.instances import random_neurons, random_points

GRID = {1: 1001, 2: 61, 3: 25}
# The grid's envelope is on the inner side, by at most half the curvature times the square of a cell.
CURVATURE = 2.0  # of every activation at hand, where it is smooth


def one(neurons, index):
    return Neurons(
        neurons.activation, neurons.weights[index], neurons.bias[index], neurons.lower[index], neurons.upper[index]
    )


def grid_envelopes(neurons, point):
    """Return convex and concave envelope of the values on a grid at a point, and the error of the grid."""
    n = len(point)
    axes = [np.linspace(low, high, GRID[n]) for low, high in zip(neurons.lower, neurons.upper, strict=True)]
    grid = np.array(list(product(*axes)))
    weights = np.vstack([grid.T, np.ones(len(grid))])
    values = neurons.value(grid)
    ends = [
        sign * linprog(sign * values, A_eq=weights, b_eq=np.append(point, 1.0), bounds=(0.0, None), method="highs").fun
        for sign in (1.0, -1.0)
    ]
    cell = np.abs(neurons.weights) @ (neurons.upper - neurons.lower) / (GRID[n] - 1)
    return *ends, 0.5 * CURVATURE * cell**2


def compare_with_grid(name, n, count, seed):
    neurons = random_neurons(name, count, n, seed)
    points = random_points(neurons, seed)
    above, below = concave_envelope(neurons, points), convex_envelope(neurons, points)
    for index in range(count):
        least, greatest, error = grid_envelopes(one(neurons, index), points[index])
        kink = error if name not in ("leaky-relu", "elu") else np.sqrt(error)  # their slope jumps inside a cell
        assert -1e-8 <= above.value[index] - greatest <= kink + 1e-8
        assert -1e-8 <= least - below.value[index] <= kink + 1e-8


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_envelopes_are_those_of_a_grid(name, n):
    compare_with_grid(name, n, count=3, seed=n)


@pytest.mark.slow
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_envelopes_are_those_of_a_grid_in_three_dimensions(name):
    compare_with_grid(name, 3, count=4, seed=3)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("n", [1, 3, 20])
def test_cuts_hold_and_envelopes_enclose_the_activation(name, n):
    neurons = random_neurons(name, 100, n, seed=0)
    points = random_points(neurons, seed=1)
    values = neurons.value(points)
    rng = np.random.default_rng(2)
    for sign, envelope in ((1.0, concave_envelope(neurons, points)), (-1.0, convex_envelope(neurons, points))):
        assert np.min(sign * (envelope.value - values)) >= -1e-14
        for corners in (True, False):
            share = rng.uniform(size=(100, *points.shape))
            share = np.round(share) if corners else share
            others = neurons.lower + share * (neurons.upper - neurons.lower)
            cuts = envelope.value + ((others - points) * envelope.gradient).sum(axis=-1)
            assert np.min(sign * (cuts - neurons.value(others))) >= -1e-12


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_envelopes_touch_the_activation_in_every_corner(name):
    neurons = random_neurons(name, 50, 6, seed=4)
    corners = np.where(np.random.default_rng(0).random((50, 6)) < 0.5, neurons.lower, neurons.upper)
    values = neurons.value(corners)
    np.testing.assert_allclose(concave_envelope(neurons, corners).value, values, atol=1e-13)
    np.testing.assert_allclose(convex_envelope(neurons, corners).value, values, atol=1e-13)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_batch_is_its_members(name):
    neurons = random_neurons(name, 30, 5, seed=5)
    points = random_points(neurons, seed=6)
    for envelope in (concave_envelope, convex_envelope):
        batch = envelope(neurons, points)
        for index in range(30):
            alone = envelope(one(neurons, index), points[index])
            assert alone.value == pytest.approx(batch.value[index], abs=1e-15)
            np.testing.assert_allclose(alone.gradient, batch.gradient[index], atol=1e-14)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_inputs_that_do_not_matter_change_nothing(name):
    neurons = random_neurons(name, 30, 4, seed=7)
    points = random_points(neurons, seed=8)
    fixed = np.full((30, 1), 0.7)  # one input that its box fixes, and one that has no weight
    wide = Neurons(
        neurons.activation,
        np.hstack([neurons.weights, fixed, 0.0 * fixed]),
        neurons.bias - 0.49,
        np.hstack([neurons.lower, fixed, -fixed]),
        np.hstack([neurons.upper, fixed, fixed]),
    )
    for envelope in (concave_envelope, convex_envelope):
        narrow, other = envelope(neurons, points), envelope(wide, np.hstack([points, fixed, 0.3 * fixed]))
        np.testing.assert_allclose(other.value, narrow.value, atol=1e-13)
        np.testing.assert_allclose(other.gradient[:, :4], narrow.gradient, atol=1e-12)
        assert not other.gradient[:, 4:].any()


@settings(max_examples=30)
@given(st.sampled_from(sorted(ACTIVATIONS)), st.integers(1, 8), st.integers(0, 10**6))
def test_envelopes_are_concave_and_convex(name, n, seed):
    neurons = random_neurons(name, 20, n, seed)
    a, b = random_points(neurons, seed), random_points(neurons, seed + 1)
    for sign, envelope in ((1.0, concave_envelope), (-1.0, convex_envelope)):
        middle = envelope(neurons, 0.5 * (a + b)).value
        chord = 0.5 * (envelope(neurons, a).value + envelope(neurons, b).value)
        assert np.min(sign * (middle - chord)) >= -1e-12


@settings(max_examples=30)
@given(st.sampled_from(sorted(ACTIVATIONS)), st.integers(1, 8), st.integers(0, 10**6))
def test_a_cut_is_found_exactly_when_there_is_one(name, n, seed):
    neurons = random_neurons(name, 20, n, seed)
    points = random_points(neurons, seed)
    above, below = concave_envelope(neurons, points).value, convex_envelope(neurons, points).value
    share = np.random.default_rng(seed).uniform(-0.5, 1.5, size=20)
    values = below + share * (above - below)
    cuts = separate(neurons, points, values)
    assert np.array_equal(cuts.exists, (values > above) | (values < below))
    right = cuts.intercept + (cuts.gradient * points).sum(axis=-1)
    np.testing.assert_allclose(cuts.side * (values - right), cuts.violation, atol=1e-12)
    inside = neurons.value(random_points(neurons, seed + 1))
    there = cuts.intercept + (cuts.gradient * random_points(neurons, seed + 1)).sum(axis=-1)
    assert np.max(cuts.side * (inside - there)) <= 1e-12


def test_a_neuron_without_envelopes_is_refused():
    neurons = Neurons(ACTIVATIONS["silu"], np.array([1.0, 1.0]), np.array(0.0), np.full(2, -3.0), np.full(2, 3.0))
    assert not neurons.covered()
    with pytest.raises(CvxbenchError, match="silu is not S-shaped"):
        concave_envelope(neurons, np.zeros(2))


@pytest.mark.slow
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_no_point_of_a_hundred_thousand_violates_a_cut(name):
    neurons = random_neurons(name, 1000, 7, seed=9)
    points = random_points(neurons, seed=10)
    rng = np.random.default_rng(11)
    above, below = concave_envelope(neurons, points), convex_envelope(neurons, points)
    for _ in range(100):  # 100 other points for each of 1000 cuts a side
        others = rng.uniform(neurons.lower, neurons.upper)
        values, move = neurons.value(others), others - points
        assert np.max(values - above.value - (move * above.gradient).sum(axis=-1)) <= 1e-12
        assert np.max(below.value + (move * below.gradient).sum(axis=-1) - values) <= 1e-12
