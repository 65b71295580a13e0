from dataclasses import replace

import numpy as np
import pytest

from cvxbench.convex.cones.descent import Step, evaluate
from cvxbench.convex.cones.direction import direction
from cvxbench.convex.cones.groups import Groups
from cvxbench.convex.cones.projection import Projections
from cvxbench.networks.patterns import distinct


def proximal_step(n, d, P, lam, sigma, offset=0.0):
    """A step from zero, which every group takes part in."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, d)) + offset
    groups = Groups.of(X, distinct(X, rng.standard_normal((d, P))).active, memory=1e9)
    zero = np.zeros(groups.shape)
    return Step(groups, rng.standard_normal(n), lam, sigma, np.arange(len(zero)), zero, zero)


def at(step, xi):
    z = -step.sigma * step.groups.pulls(xi)
    return evaluate(step, xi, z, Projections.none(*z.shape))


def newton(step, here):
    return direction(step.groups, step.groups.which[here.prox.groups], here.prox, step.sigma, here.gradient)


@pytest.mark.parametrize(
    ("system", "n", "d", "P", "lam", "offset"),
    [
        ("coefficients", 200, 4, 40, 0.2, 0.0),
        ("samples", 30, 6, 60, 1e-3, 0.0),
        ("hadamard", 30, 20, 60, 1e-1, 2.0),
    ],
)
def test_the_step_zeroes_the_linearised_gradient(system, n, d, P, lam, offset):
    step = proximal_step(n, d, P, lam, 3.0, offset)
    xi = np.random.default_rng(1).standard_normal(n) / n
    here = at(step, xi)
    tied = (here.prox.facets >= 0).sum(axis=1)
    free = (d - tied).sum()
    used = "coefficients" if free < n else "samples" if free <= (tied + 2).sum() else "hadamard"
    assert used == system
    towards = newton(step, here)
    h = 1e-7
    slope = (at(step, xi + h * towards).gradient - at(step, xi - h * towards).gradient) / (2 * h)
    np.testing.assert_allclose(slope, -here.gradient, rtol=1e-5, atol=1e-6 * np.linalg.norm(here.gradient))


def test_the_gradient_is_that_of_the_dual():
    step = proximal_step(40, 5, 30, 1e-2, 3.0)
    xi = np.random.default_rng(1).standard_normal(40) / 40
    towards = np.random.default_rng(2).standard_normal(40)
    h = 1e-6
    slope = (at(step, xi + h * towards).dual - at(step, xi - h * towards).dual) / (2 * h)
    assert slope == pytest.approx(at(step, xi).gradient @ towards, rel=1e-6)


def test_without_groups_the_step_is_that_of_the_quadratic():
    step = proximal_step(20, 3, 10, 1e3, 1.0)
    here = at(step, np.ones(20) / 20)
    assert not len(here.prox.groups)
    np.testing.assert_allclose(newton(step, here), -here.gradient / 20)


def test_matrices_above_the_memory_are_not_formed():
    step = proximal_step(30, 6, 60, 1e-3, 3.0)
    step = replace(step, groups=replace(step.groups, memory=1e4))
    with pytest.raises(MemoryError):
        newton(step, at(step, np.ones(30) / 30))
