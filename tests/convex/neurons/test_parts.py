"""The lasso, the slide, the program on found patterns: each against something independent."""

import time

import numpy as np
import pytest
from sklearn.linear_model import Lasso

from cvxbench import train_convex
from cvxbench.convex.neurons.directions import Directions
from cvxbench.convex.neurons.master import optimum
from cvxbench.convex.neurons.neurons import Neurons
from cvxbench.convex.neurons.slide import _newton, slide
from cvxbench.convex.neurons.space import Space
from cvxbench.convex.neurons.weights import nonnegative_lasso

from .conftest import table


def network(space, m, seed=5):
    rng = np.random.default_rng(seed)
    return Neurons(rng.standard_normal((m, space.shape[1])), rng.choice([-1.0, 1.0], m))


@pytest.mark.parametrize(("m", "n"), [(5, 30), (60, 30), (1, 10), (100, 40)])
@pytest.mark.parametrize("lam", [1e-1, 1e-2, 1e-3])
def test_the_lasso_is_that_of_scikit_learn(m, n, lam):
    rng = np.random.default_rng(m)
    features, y = np.abs(rng.standard_normal((m, n))) * rng.choice([-1.0, 1.0], (m, 1)), rng.standard_normal(n)
    start = np.where(rng.random(m) < 0.3, 1.0, 0.0)
    theirs = Lasso(alpha=lam, positive=True, fit_intercept=False, tol=1e-12, max_iter=1_000_000)
    theirs.fit(features.T, y)

    def objective(a):
        return 0.5 * np.mean((features.T @ a - y) ** 2) + lam * a.sum()

    ours = nonnegative_lasso(features, y, lam, start)
    assert (ours >= 0).all()
    assert objective(ours) == pytest.approx(objective(theirs.coef_), rel=1e-8)


@pytest.mark.parametrize("start", [0.0, 1.0])
def test_the_lasso_of_features_that_depend_on_each_other_is_optimal(start):
    rng = np.random.default_rng(0)
    some = rng.standard_normal((6, 20))
    features = np.vstack([some, some, some[:3] + some[3:], some + 1e-9, np.zeros((2, 20))])
    y, lam = rng.standard_normal(20), 1e-3
    weights = nonnegative_lasso(features, y, lam, np.full(len(features), start))
    asked = features @ (y - features.T @ weights) / 20
    assert (weights >= 0).all() and weights.any()
    assert (asked <= lam * (1.0 + 1e-6)).all()
    assert asked[weights > 0] == pytest.approx(lam, rel=1e-6)


def test_the_space_is_the_table_turned_and_without_what_is_dependent():
    X, _ = table(20, 4)
    wide = np.hstack([X, X[:, :2], np.zeros((20, 1))])
    space = Space.of(wide)
    assert space.shape == (20, 4)
    assert space.basis @ space.basis.T == pytest.approx(np.eye(4), abs=1e-13)
    assert space.X @ space.basis == pytest.approx(wide, abs=1e-13)


@pytest.mark.parametrize("memory", [0.0, 1e9])
def test_outer_sums_are_those_written_out(memory):
    X, _ = table(30, 5)
    space = Space.of(X, memory)
    weights = np.random.default_rng(0).random((3, 30))
    expected = np.einsum("kn,ni,nj->kij", weights, space.X, space.X)
    assert space.outer.matrices(space.outer.sums(weights)) == pytest.approx(expected, abs=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("m", [3, 12])
def test_a_newton_step_solves_its_system_both_ways(m):
    space = Space.of(table(25, 4)[0])
    rng = np.random.default_rng(0)
    slopes, gradient = rng.standard_normal((m, 25)), rng.standard_normal((m, 4))
    blocks = np.stack([np.eye(4) * (1 + j) for j in range(m)])
    J = (slopes[:, None, :] * space.X.T[None]).reshape(m * 4, 25)
    H = J @ J.T / 25
    for j in range(m):
        H[4 * j : 4 * j + 4, 4 * j : 4 * j + 4] += blocks[j]
    step = _newton(space, slopes, blocks, gradient)
    assert step.ravel() == pytest.approx(-np.linalg.solve(H, gradient.ravel()), rel=1e-9)


def test_a_slide_lowers_the_objective():
    X, y = table(60, 4)
    space = Space.of(X)
    start = network(space, 6).refitted(space, y, 1e-3, Directions.none(4))
    weights, signs, steps = slide(space, y, start.weights, start.signs, 1e-3, 1e-3, 30, 1e-8)
    assert steps > 0
    assert Neurons(weights, signs).objective(space, y, 1e-3) < 0.99 * start.objective(space, y, 1e-3)


def test_joining_neurons_of_a_cell_changes_no_prediction_and_costs_no_more():
    X, y = table(10, 2)
    space = Space.of(X)
    neurons = network(space, 60)
    joined = neurons.joined_by_cell(space)
    assert len(joined) < len(neurons)
    assert joined.residual(space, y) == pytest.approx(neurons.residual(space, y), abs=1e-12)
    assert joined.lengths().sum() <= neurons.lengths().sum()


def test_nearly_parallel_neurons_are_joined_if_that_costs_nothing():
    X, y = table(10, 4)
    space = Space.of(X)
    neurons = network(space, 8)
    close = Neurons(np.vstack([neurons.weights, neurons.weights[:3] * (1 + 1e-9)]), np.tile(neurons.signs, 2)[:11])
    assert len(close.joined_if_close(space, y, 1e-3)) == len(neurons)


@pytest.mark.parametrize(("n", "d"), [(30, 3), (8, 12)])
def test_the_optimum_over_found_patterns_is_that_of_the_program_on_them(n, d):
    X, y = table(n, d)
    space = Space.of(X)
    neurons, more = network(space, 5), network(space, 6, seed=6).directions()
    reached, steps = optimum(space, y, 1e-2, neurons, more, 1e-10, time.perf_counter() + 60)
    gates = np.vstack([neurons.weights, more.units]) @ space.basis
    known = train_convex(X, y, network="relu", gates=gates.T, lam=1e-2, tol=1e-10)
    assert steps > 0
    assert reached.objective(space, y, 1e-2) == pytest.approx(known.objective, rel=1e-9)


def test_without_time_the_neurons_come_back():
    X, y = table(30, 3)
    space = Space.of(X)
    neurons = network(space, 5)
    reached, _ = optimum(space, y, 1e-2, neurons, Directions.none(3), 1e-10, time.perf_counter() - 1)
    assert reached.objective(space, y, 1e-2) <= neurons.objective(space, y, 1e-2)
