"""The ReLU network trained on given gates, against Clarabel and against itself."""

import cvxpy as cp
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer

from cvxbench import train_convex
from cvxbench.convex.path import Ending
from cvxbench.networks.patterns import distinct

from .conftest import clarabel, problem, violation


def train(X, y, gates, lam, tol=1e-6, **options):
    return train_convex(X, y, network="relu", gates=gates, lam=lam, tol=tol, **options)


@pytest.mark.parametrize(
    ("n", "d", "P", "lam"),
    [(20, 3, 8, 1e-2), (20, 3, 8, 1e-3), (15, 2, 6, 3e-2), (6, 8, 5, 1e-2), (30, 1, 4, 1e-2), (2, 3, 4, 1e-2)],
)
def test_optimum_is_that_of_clarabel(n, d, P, lam):
    X, y, gates = problem(n, d, P)
    solution = train(X, y, gates, lam, tol=1e-11)
    known = clarabel(X, y, gates, lam, accuracy=1e-10 if d <= n else 1e-9)  # as far as Clarabel gets
    assert solution.certified
    assert solution.relative_gap <= 1e-11
    assert solution.objective == pytest.approx(known, rel=1e-9)
    assert solution.lower_bound <= known * (1 + 1e-9)
    assert violation(X, gates, solution.network) <= 1e-13


def test_the_objective_is_that_of_the_network_written_out():
    X, y, gates = problem(20, 3, 8)
    solution = train(X, y, gates, 1e-2)
    positive, negative = solution.network.to_program()
    fit = np.maximum(X @ positive, 0).sum(axis=1) - np.maximum(X @ negative, 0).sum(axis=1)
    norms = np.linalg.norm(positive, axis=0).sum() + np.linalg.norm(negative, axis=0).sum()
    assert solution.objective == pytest.approx(0.5 * np.mean((y - fit) ** 2) + 1e-2 * norms, rel=1e-13)


def test_outputs_are_solved_each_on_its_own():
    X, y, gates = problem(40, 4, 20)
    Y = np.column_stack([y, np.random.default_rng(8).standard_normal(40)])
    both = train(X, Y, gates, 1e-3, tol=1e-9)
    assert both.certified
    assert both.network.predict(X).shape == Y.shape
    single = [train(X, column, gates, 1e-3, tol=1e-9) for column in Y.T]
    assert both.objective == pytest.approx(sum(one.objective for one in single), rel=1e-12)
    assert both.lower_bound == pytest.approx(sum(one.lower_bound for one in single), rel=1e-12)
    for part in both.network.parts:
        assert violation(X, gates, part) <= 1e-13


def test_zero_target_gives_zero():
    X, _, gates = problem(20, 3, 8)
    solution = train(X, np.zeros(20), gates, 1e-2)
    assert solution.certified
    assert not solution.network.output.size
    assert solution.objective == solution.lower_bound == 0.0
    assert solution.newton_steps == 0


def test_zero_is_optimal_from_the_largest_lam_on():
    X, y, gates = problem(20, 3, 8)
    lengths = []
    for gate in distinct(X, gates).active.T:
        for sign in (1.0, -1.0):
            v = cp.Variable(3)
            cone = [cp.multiply(2.0 * gate - 1.0, X @ v) >= 0, cp.norm(v) <= 1]
            lengths.append(cp.Problem(cp.Maximize(sign * (y * gate) @ X @ v), cone).solve(solver="CLARABEL"))
    largest = max(lengths) / 20
    above = train(X, y, gates, largest * (1 + 1e-6))
    below = train(X, y, gates, largest * (1 - 1e-3))
    assert not above.network.output.size
    assert above.newton_steps == 0
    assert above.relative_gap == pytest.approx(0.0, abs=1e-15)
    assert below.certified
    assert below.network.output.size


@pytest.mark.parametrize(
    "extra", ["duplicate columns", "zero column", "constant columns", "zero row", "duplicate rows", "more columns"]
)
def test_degenerate_tables(extra):
    X, y, gates = problem(40, 4, 20)
    if extra == "duplicate columns":
        X = np.hstack([X, X[:, :2], 3.0 * X[:, :1]])
    elif extra == "zero column":
        X = np.hstack([X, np.zeros((40, 1))])
    elif extra == "constant columns":
        X = np.hstack([X, np.ones((40, 1)), np.ones((40, 1))])
    elif extra == "zero row":
        X, y = np.vstack([X, np.zeros((2, 4))]), np.append(y, [1.0, -1.0])
    elif extra == "duplicate rows":
        X, y = np.vstack([X, X]), np.append(y, -0.5 * y)
    else:
        X, y, gates = problem(10, 25, 20)
    gates = np.vstack([gates, np.zeros((X.shape[1] - len(gates), gates.shape[1]))])
    solution = train(X, y, gates, 1e-3, tol=1e-9)
    assert solution.certified
    assert solution.objective == pytest.approx(clarabel(X, y, gates, 1e-3, accuracy=1e-9), rel=1e-8)
    assert violation(X, gates, solution.network) <= 1e-13


def test_columns_of_different_scale():
    X, y, _ = problem(40, 4, 20)
    X = X * np.array([1e6, 1.0, 1e-3, 1.0])
    gates = np.random.default_rng(0).standard_normal((4, 20)) / np.linalg.norm(X, axis=0)[:, None]
    solution = train(X, y, gates, 1e-3, tol=1e-8)
    assert solution.certified
    assert violation(X, gates, solution.network) <= 1e-13


@pytest.mark.parametrize("time_limit", [1e-9, 0.01, 0.03, 0.1])
def test_out_of_time_it_returns_its_best_network_with_a_bound(time_limit):
    X, y, gates = problem(60, 5, 60)
    solution = train(X, y, gates, 1e-4, tol=1e-9, time_limit=time_limit)
    assert solution.certified or solution.ending is Ending.TIME
    assert 0.0 < solution.lower_bound <= train(X, y, gates, 1e-4, tol=1e-9).objective
    assert solution.objective <= 0.5 * np.mean(y**2)
    assert violation(X, gates, solution.network) <= 1e-13


def test_out_of_memory_it_returns_its_best_network_with_a_bound():
    X, y, gates = problem(400, 5, 60)
    solution = train(X, y, gates, 1e-5, tol=1e-9, memory_limit=1e-3)
    assert solution.ending is Ending.MEMORY
    assert 0.0 < solution.lower_bound < solution.objective <= 0.5 * np.mean(y**2)


def test_a_path_is_its_single_solutions():
    X, y, gates = problem(60, 5, 60)
    lams = [1e-4, 3e-2, 1e-3, 1e-2]
    for solution, lam in zip(train(X, y, gates, lams, tol=1e-9), lams, strict=True):
        assert solution.lam == lam
        assert solution.certified
        assert solution.objective == pytest.approx(train(X, y, gates, lam, tol=1e-9).objective, rel=2e-9)
        assert violation(X, gates, solution.network) <= 1e-13


def test_a_warm_start_takes_fewer_steps():
    X, y, gates = problem(60, 5, 60)
    cold = train(X, y, gates, 1e-3, tol=1e-9)
    warm = train(X, y, gates, [1.1e-3, 1e-3], tol=1e-9)[1]
    assert warm.certified
    assert 0 < warm.newton_steps < cold.newton_steps


def test_a_tolerance_below_rounding_ends_honestly():
    X, y, gates = problem(60, 5, 60)
    solution = train(X, y, gates, 1e-3, tol=1e-18)
    assert solution.ending is Ending.STALLED or solution.relative_gap <= 0.0
    assert solution.relative_gap <= 1e-11


def test_points_improve_along_the_trace():
    X, y, gates = problem(60, 5, 60)
    trace = np.array(train(X, y, gates, 1e-4, tol=1e-9).trace)
    assert trace[0, 1] == pytest.approx(0.5 * np.mean(y**2))
    assert trace[0, 2] > 0.0
    assert (np.diff(trace, axis=0)[:, [0, 2]] >= 0.0).all()
    assert (trace[:, 2] <= trace[-1, 1]).all()


def test_breast_cancer_is_solved_in_few_steps():
    X, y = load_breast_cancer(return_X_y=True)
    rows = np.random.default_rng(1995).permutation(569)[:455]
    X = np.hstack([X[rows], np.ones((455, 1))])
    X, y = X / np.linalg.norm(X, axis=0), (2.0 * y - 1.0)[rows]
    gates = np.random.default_rng(650).standard_normal((31, 1000))
    solution = train(X, y, gates, 1e-2)
    assert solution.certified
    assert solution.relative_gap <= 1e-6
    assert solution.lower_bound > 0.3038  # the optimum over all patterns is 0.3038200048
    assert solution.newton_steps <= 40
    assert violation(X, gates, solution.network) <= 1e-13
