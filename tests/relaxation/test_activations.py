from itertools import pairwise

import numpy as np
import pytest

from cvxbench.errors import CvxbenchError
from cvxbench.relaxation.activations import ACTIVATIONS, elu, leaky_relu, softplus
from cvxbench.relaxation.curves import covered, curve

SMOOTH = sorted(set(ACTIVATIONS) - {"relu", "leaky-relu", "elu"})


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slope_is_that_of_finite_differences(name):
    z = np.linspace(-8.0, 8.0, 1000)  # 0 is not among them
    activation, h = ACTIVATIONS[name], 1e-6
    difference = (activation.value(z + h) - activation.value(z - h)) / (2.0 * h)
    np.testing.assert_allclose(activation.slope(z), difference, atol=2e-9)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slope_rises_where_it_is_convex_and_falls_where_it_is_concave(name):
    activation = ACTIVATIONS[name]
    ends = [-6.0, *activation.inflections, 6.0]
    for piece, (low, high) in enumerate(pairwise(ends)):
        sign = 1.0 if activation.convex_first ^ (piece % 2 == 1) else -1.0
        assert np.min(sign * np.diff(activation.slope(np.linspace(low, high, 999)))) >= -1e-15


@pytest.mark.parametrize("name", SMOOTH)
def test_second_derivative_is_zero_at_each_inflection(name):
    activation = ACTIVATIONS[name]
    for z in activation.inflections:
        near = activation.slope(np.array([z - 1e-4, z + 1e-4]))
        assert abs(near[1] - near[0]) / 2e-4 < 1e-4 if name != "softsign" else near[0] == pytest.approx(near[1])


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_range_is_that_of_a_fine_grid(name):
    rng = np.random.default_rng(0)
    lower = rng.uniform(-4.0, 2.0, size=50)
    upper = lower + rng.uniform(0.0, 4.0, size=50)
    values = ACTIVATIONS[name].value(np.linspace(lower, upper, 4001))
    low, high = ACTIVATIONS[name].range(lower, upper)
    np.testing.assert_allclose(low, values.min(axis=0), atol=1e-6)
    np.testing.assert_allclose(high, values.max(axis=0), atol=1e-6)
    assert np.all(low <= values.min(axis=0)) and np.all(high >= values.max(axis=0))


@pytest.mark.parametrize(("make", "wrong"), [(leaky_relu, 1.5), (elu, 2.0), (elu, -0.1), (softplus, 0.0)])
def test_parameters_that_break_convexity_are_refused(make, wrong):
    with pytest.raises(CvxbenchError, match=f"{wrong:g} is not"):
        make(wrong)


@pytest.mark.parametrize("name", ["silu", "gelu"])
def test_an_interval_with_two_inflections_is_refused(name):
    lower, upper = np.array([-1.0, -5.0]), np.array([5.0, 5.0])
    assert covered(ACTIVATIONS[name], lower, upper).tolist() == [True, False]
    with pytest.raises(CvxbenchError, match=rf"{name} is not S-shaped on \[-5, 5\]"):
        curve(ACTIVATIONS[name], lower, upper, 1.0)
