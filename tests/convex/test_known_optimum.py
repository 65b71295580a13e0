"""Optima of scikit-learn's breast cancer table that an independent Newton solver found to 1e-13."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer

from cvxbench.attempt import Setting
from cvxbench.convex import rfista
from cvxbench.convex.train import train_convex
from cvxbench.networks.patterns import distinct
from cvxbench.networks.problem import Problem


@pytest.fixture(scope="module")
def table():
    X, y = load_breast_cancer(return_X_y=True)
    rows = np.random.default_rng(1995).permutation(569)[:455]
    X = np.hstack([X[rows], np.ones((455, 1))])
    return X / np.linalg.norm(X, axis=0), (2.0 * y - 1.0)[rows, None]


@pytest.mark.parametrize(("lam", "known"), [(1e-2, 0.18082458468973), (1e-3, 0.07168474036949)])
def test_rfista_reaches_the_known_optimum(table, lam, known, budget, watch):
    X, Y = table
    gates = np.random.default_rng(650).standard_normal((31, 1000))
    assert distinct(X, gates).active.shape[1] == 672
    outcome = rfista.train(Problem(X, Y, lam, "gated-relu", gates), Setting({}), budget, watch, tol=1e-11)
    value = outcome.network.objective(X, Y, lam)
    assert value == pytest.approx(known, rel=2e-6)
    assert value >= known * (1 - 1e-12)


@pytest.mark.parametrize(
    ("lam", "gates", "known", "active"),
    [(1e-2, 1000, 0.18082458468973, 15), (1e-3, 1000, 0.07168474036949, 109), (1e-3, 100, 0.11456057, None)],
)
@pytest.mark.parametrize("tol", [1e-8, 1e-10])
def test_newton_certifies_the_known_optimum(table, lam, gates, known, active, tol):
    X, Y = table
    gates = np.random.default_rng(650).standard_normal((31, gates))
    solution = train_convex(X, Y[:, 0], lam=lam, gates=gates, tol=tol)
    assert solution.certified and solution.bound == "proven"
    assert solution.objective == pytest.approx(known, rel=1e-8 if active else 1e-7)
    assert solution.objective * (1 - tol) <= solution.lower_bound <= solution.objective * (1 + 1e-13)
    assert active is None or solution.network.output.size == active
