"""Vectors of the dual that are not residuals: what they bound, and what bounds them."""

import numpy as np
import pytest

from cvxbench import train_convex
from cvxbench.convex.certificate import dual_bound
from cvxbench.convex.neurons.directions import Directions
from cvxbench.convex.neurons.dual import Dual
from cvxbench.convex.neurons.space import Space
from cvxbench.convex.proofs.longest import longest_feature


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 3))
    return X, np.sin(2.0 * X[:, 0]) + 0.3 * rng.standard_normal(60)


@pytest.mark.parametrize("lam", [3e-2, 1e-3, 1e-5])
def test_the_lower_bound_is_the_value_of_the_dual_vector(table, lam):
    """The vector alone proves the bound again: no residual, no network."""
    X, y = table
    solution = train_convex(X, y, network="relu", lam=lam, tol=1e-4, time_limit=60)
    assert solution.dual.shape == y.shape
    proof = longest_feature(X, solution.dual, tol=1e-9)
    bound = dual_bound(solution.dual, y, proof.upper * len(y), lam)
    assert bound >= solution.lower_bound * (1.0 - 1e-9)
    assert bound <= solution.objective


def test_outputs_have_a_dual_vector_each(table):
    X, y = table
    solution = train_convex(X, np.column_stack([y, -y]), network="relu", lam=1e-2)
    assert solution.dual.shape == (60, 2)
    gates = np.random.default_rng(1).standard_normal((3, 20))
    gated = train_convex(X, y, network="gated-relu", gates=gates, lam=1e-2)
    np.testing.assert_allclose(gated.dual, y - gated.network.predict(X))


def test_a_mixture_of_feasible_vectors_is_feasible(table):
    """The unit ball of the dual is convex, so a share of a scaled vector needs no search of its own."""
    X, y = table
    space, lam = Space.of(X), 1e-2
    residual = 0.3 * (y - y.mean())

    def largest(vector):
        return longest_feature(X, vector, tol=1e-9).upper

    dual = Dual(y, largest(y))
    assert largest(dual.mixed(residual, 0.2, lam)) <= 0.2 * lam + 0.8 * largest(residual) + 1e-9
    assert dual.gap(1.0, y, lam) == pytest.approx(1.0 - dual.bound(y, lam))
    u = Directions.plain(np.eye(space.shape[1]), np.ones(space.shape[1]))
    assert dual.knowing(space, u).largest == dual.largest
    known = Dual(y).knowing(space, u)
    assert 0.0 < known.largest <= dual.largest * (1.0 + 1e-9)
    assert known.bound(y, lam) >= dual.bound(y, lam)
