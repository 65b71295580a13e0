from itertools import product

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from cvxbench.errors import CvxbenchError
from cvxbench.relaxation.activations import ACTIVATIONS
from cvxbench.relaxation.attack import attack
from cvxbench.relaxation.curves import covered
from cvxbench.relaxation.exact import exact_minimum
from cvxbench.relaxation.intervals import interval_bounds
from cvxbench.relaxation.linear import linear_bounds
from cvxbench.relaxation.program import OutputProgram
from tests.relaxation.instances import random_network

SLACK = 1e-7  # relative to the size of the outputs
DEPTHS = ((3, 8), (4, 6, 5), (3, 5, 4, 4))


def box(network, seed, radius=0.3):
    centre = np.random.default_rng(seed).normal(size=(1, network.inputs))
    return centre - radius, centre + radius


def chain(network, lower, upper, outputs=2):
    """Return lower bounds of every output: interval, linear, univariate, envelope."""
    linear = linear_bounds(network, lower, upper)
    program = OutputProgram(network, linear.of(0))
    univariate = [program.lower_bound(output, "univariate").value for output in range(outputs)]
    envelope = [program.lower_bound(output, "envelope").value for output in range(outputs)]
    return [interval_bounds(network, lower, upper).output[0][0], linear.output[0][0], univariate, envelope]


def assert_nested(network, lower, upper, seed):
    bounds = chain(network, lower, upper)
    if all(activation.name == "relu" for _, activation in network.hidden):
        linear = linear_bounds(network, lower, upper)
        exact = [exact_minimum(network, linear, output) for output in range(2)]
        assert all(one.solved for one in exact)
        bounds += [[one.lower_bound for one in exact], [one.value for one in exact]]
    bounds = np.array(bounds)
    slack = SLACK * (1.0 + np.abs(bounds[1]))
    slack = slack * 10.0 if len(bounds) == 6 else slack  # the truth is solved to 1e-6
    assert np.all(np.diff(bounds, axis=0) >= -slack)
    samples = np.random.default_rng(seed).uniform(lower, upper, size=(2000, network.inputs))
    assert np.all(network.predict(samples).min(axis=0) >= bounds[3] - 1e-9)
    assert attack(network, lower, upper, seed=seed)[1][0] >= bounds[3].min() - 1e-9
    return bounds


@settings(max_examples=15)
@given(st.sampled_from(sorted(ACTIVATIONS)), st.sampled_from(DEPTHS), st.integers(0, 10**6), st.floats(0.0, 2.0))
def test_bounds_are_nested_and_below_what_the_network_does(name, sizes, seed, radius):
    network = random_network(name, sizes, seed)
    assert_nested(network, *box(network, seed, radius), seed)


@pytest.mark.parametrize("name", ["silu", "gelu"])
def test_neurons_without_envelopes_keep_their_range(name):
    network = random_network(name, (3, 5, 4), seed=0)
    lower, upper = box(network, 0, 1.5)
    known = covered(ACTIVATIONS[name], *linear_bounds(network, lower, upper).hidden[0])
    assert known.any() and not known.all()
    bounds = assert_nested(network, lower, upper, 0)
    assert np.max(bounds[3] - bounds[0]) > 0.1


@pytest.mark.parametrize("sizes", DEPTHS)
def test_each_step_of_the_chain_gains_something_on_relu_networks(sizes):
    gains = []
    for seed in range(6):
        network = random_network("relu", sizes, seed)
        bounds = assert_nested(network, *box(network, seed, 0.6), seed)
        gains.append(np.diff(bounds[:4], axis=0).max(axis=1))
    assert np.all(np.max(gains, axis=0) > 1e-3)


def test_univariate_bound_of_a_relu_network_is_that_of_the_triangles_in_cvxpy():
    network = random_network("relu", (4, 6, 5), seed=1)
    lower, upper = box(network, 1, 0.5)
    bounds = linear_bounds(network, lower, upper)
    x = y = cp.Variable(4)
    constraints = [x >= lower[0], x <= upper[0]]
    for (affine, _), (low, high) in zip(network.hidden, bounds.hidden, strict=True):
        z = affine.weights @ y + affine.bias
        y = cp.Variable(len(affine.bias))
        constraints += [y >= 0, y >= z]
        for j, (least, greatest) in enumerate(zip(low[0], high[0], strict=True)):
            if least >= 0 or greatest <= 0:
                constraints.append(y[j] == (z[j] if least >= 0 else 0))
            else:
                constraints.append(y[j] <= greatest / (greatest - least) * (z[j] - least))
    value = cp.Problem(cp.Minimize(network.output.weights[1] @ y + network.output.bias[1]), constraints).solve(
        "CLARABEL"
    )
    found = OutputProgram(network, bounds).lower_bound(1, "univariate").value
    assert found == pytest.approx(value, abs=1e-6)
    assert found > bounds.output[0][0, 1] + 1e-3


def test_exact_minimum_is_that_of_all_activation_patterns():
    network = random_network("relu", (2, 5), seed=3)
    lower, upper = box(network, 3, 1.0)
    affine, least = network.hidden[0][0], np.inf
    for pattern in product([0.0, 1.0], repeat=5):
        active, sign = np.array(pattern), 1.0 - 2.0 * np.array(pattern)
        weights = (network.output.weights[0] * active) @ affine.weights
        constant = (network.output.weights[0] * active) @ affine.bias + network.output.bias[0]
        found = linprog(
            weights,
            A_ub=sign[:, None] * affine.weights,
            b_ub=-sign * affine.bias,
            bounds=np.column_stack([lower[0], upper[0]]),
        )
        if found.success:
            least = min(least, found.fun + constant)
    exact = exact_minimum(network, linear_bounds(network, lower, upper), 0)
    assert exact.solved and exact.value == pytest.approx(least, abs=1e-7)
    assert exact.lower_bound == pytest.approx(least, abs=1e-6)
    assert attack(network.combined(np.eye(2)[:1]), lower, upper, seed=0)[1][0] == pytest.approx(least, abs=1e-2)


def test_the_time_limit_of_the_exact_minimum_leaves_a_bound():
    network = random_network("relu", (8, 30, 30), seed=0)
    lower, upper = box(network, 0, 1.0)
    linear = linear_bounds(network, lower, upper)
    exact = exact_minimum(network, linear, 0, time_limit=0.5)
    assert not exact.solved and exact.lower_bound <= exact.value


def test_exact_minimum_is_for_relu_alone():
    network = random_network("tanh", (2, 3), seed=0)
    with pytest.raises(CvxbenchError, match="ReLU networks; this one has tanh"):
        exact_minimum(network, linear_bounds(network, *box(network, 0)), 0)


def test_a_batch_of_boxes_has_the_bounds_of_each():
    network = random_network("sigmoid", (4, 6, 5), seed=5)
    centre = np.random.default_rng(5).normal(size=(7, 4))
    for bounds in (interval_bounds, linear_bounds):
        together = bounds(network, centre - 0.2, centre + 0.2)
        for index in range(7):
            alone = bounds(network, centre[index : index + 1] - 0.2, centre[index : index + 1] + 0.2)
            for one, other in zip(together.of(index).output, alone.output, strict=True):
                np.testing.assert_allclose(one, other, atol=1e-13)


def test_on_a_point_every_bound_is_the_networks_value():
    network = random_network("softplus", (3, 5, 4), seed=6)
    x = np.array([[0.3, -0.2, 0.9]])
    np.testing.assert_allclose(chain(network, x, x), np.tile(network.predict(x), (4, 1)), atol=1e-9)


def test_a_bound_stops_when_it_is_enough():
    network = random_network("tanh", (4, 8), seed=2)
    lower, upper = box(network, 2, 0.6)
    full = OutputProgram(network, linear_bounds(network, lower, upper)).lower_bound(0, "envelope")
    quick = OutputProgram(network, linear_bounds(network, lower, upper)).lower_bound(
        0, "envelope", enough=full.value - 1.0
    )
    assert full.rounds > quick.rounds == 1 and full.value - 1.0 < quick.value <= full.value


@pytest.mark.slow
def test_a_hundred_thousand_points_and_an_attack_break_no_bound_on_any_of_sixty_networks():
    checked = 0
    for name in sorted(ACTIVATIONS):
        for seed in range(6):
            network = random_network(name, DEPTHS[seed % 3], seed)
            lower, upper = box(network, seed, 0.3)
            least = np.array(chain(network, lower, upper)).max(axis=0)
            greatest = -np.array(chain(network.combined(-np.eye(2)), lower, upper)).max(axis=0)
            samples = np.random.default_rng(seed).uniform(lower, upper, size=(100_000, network.inputs))
            values = network.predict(samples)
            assert np.all(values.min(axis=0) >= least - 1e-9) and np.all(values.max(axis=0) <= greatest + 1e-9)
            for sign, bound in ((1.0, least), (-1.0, -greatest)):
                for output in range(2):
                    alone = network.combined(sign * np.eye(2)[output : output + 1])
                    assert attack(alone, lower, upper, seed=seed)[1][0] >= bound[output] - 1e-9
            checked += 1
    assert checked == 60
