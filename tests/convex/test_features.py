import numpy as np
import pytest

from cvxbench.convex import features as module
from cvxbench.convex.features import Features

from .conftest import written_out


@pytest.mark.parametrize("room", [module.FLOAT_BYTES, 0.0], ids=["floats kept", "bytes only"])
def test_products_are_those_of_the_matrix_written_out(table, room, monkeypatch):
    monkeypatch.setattr(module, "FLOAT_BYTES", room)
    monkeypatch.setattr(module, "CHUNK", 300.0)
    X, y, active = table
    features, A = Features.of(X, active), written_out(X, active)
    np.testing.assert_allclose(features.correlate(y), np.einsum("npd,n->pd", A, y), rtol=1e-12, atol=1e-14)
    groups, weights = np.array([0, 3, 7]), np.random.default_rng(1).standard_normal((3, 5))
    fit = features.combine(features.rows(groups), weights)
    np.testing.assert_allclose(fit, np.einsum("npd,pd->n", A[:, groups], weights), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("room", [module.FLOAT_BYTES, 0.0], ids=["floats kept", "bytes only"])
def test_a_survey_is_the_product_in_single_precision_and_its_longest_row_in_double(table, room, monkeypatch):
    monkeypatch.setattr(module, "FLOAT_BYTES", room)
    monkeypatch.setattr(module, "CHUNK", 300.0)
    X, y, active = table
    features = Features.of(X * np.array([1e6, 1.0, 1e-9, 1.0, 1.0]), active)
    vectors = y, 1e-30 * y**3, np.zeros(60)
    for v in vectors:
        pulls = features.survey(v)
        exact = features.correlate(v)
        np.testing.assert_allclose(pulls.rows, exact, atol=1e-5 * np.abs(exact).max())
        assert pulls.largest == pytest.approx(np.linalg.norm(exact, axis=1).max(), rel=1e-13)


def test_the_longest_row_of_a_vector_nearly_the_same_is_bounded_and_of_another_one_computed(table):
    X, y, active = table
    features = Features.of(X, active)
    known = features.survey(y)
    for v, least in ((y, 0.0), (y * (1.0 + 1e-15), 0.0), (y + 1e-6, -1e-13), (-2.0 * y, -1e-13)):
        exact = np.linalg.norm(features.correlate(v), axis=1).max()
        assert least <= features.longest(v, known) / exact - 1.0 <= 2e-12


def test_the_longest_row_is_found_where_single_precision_cannot_tell():
    X = np.array([[1.0], [1e-10], [2e-10], [1e-10]])
    active = np.array([[1, 1, 1], [1, 0, 1], [0, 1, 1], [0, 0, 0]], dtype=bool)
    pulls = Features.of(X, active).survey(np.ones(4))
    assert np.unique(pulls.rows).size == 1
    assert pulls.largest == 1.0 + 3e-10


def test_independent_columns_stay_as_they_are_however_scaled(table):
    X, _, active = table
    X = X * np.array([1e6, 1.0, 1e-9, 1.0, 1.0])
    features = Features.of(X, active)
    np.testing.assert_array_equal(features.X, X)


@pytest.mark.parametrize("extra", ["duplicates", "constants", "zero", "more columns than rows"])
def test_dependent_columns_disappear_and_norms_stay(table, extra):
    X, y, active = table
    if extra == "duplicates":
        X, rank = np.hstack([X, X[:, :2], 2 * X[:, 2:3]]), 5
    elif extra == "constants":
        X, rank = np.hstack([X, np.ones((60, 1)), 3 * np.ones((60, 1))]), 6
    elif extra == "zero":
        X, rank = np.hstack([X, np.zeros((60, 1))]), 5
    else:
        X, y, active = np.hstack([X[:4], X[4:8]]), y[:4], active[:4]
        rank = 4
    features = Features.of(X, active)
    assert features.shape == (len(X), rank, active.shape[1])
    before = np.linalg.norm(np.einsum("npd,n->pd", written_out(X, active), y), axis=1)
    np.testing.assert_allclose(np.linalg.norm(features.correlate(y), axis=1), before, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(features.X @ features.basis, X, atol=1e-14)
