import hashlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

from cvxbench.data.prepare import prepare, split
from cvxbench.data.table import Table


def _table(features, target, task):
    return Table("made", features, np.asarray(target), task, hashlib.sha256(b"made").hexdigest(), "made here")


def _mixed(n=40, seed=0):
    """A table with every kind of column and missing values in all of them."""
    rng = np.random.default_rng(seed)
    features = pd.DataFrame(
        {
            "colour": pd.Categorical(rng.choice(["red", "green", "blue"], n)),
            "length": rng.standard_normal(n),
            "sex": pd.Categorical(rng.choice(["f", "m"], n)),
            "zero": np.zeros(n),
        }
    )
    features.loc[rng.permutation(n)[:5], "length"] = np.nan
    features.loc[rng.permutation(n)[:5], "colour"] = np.nan
    features.loc[rng.permutation(n)[:5], "sex"] = np.nan
    return _table(features, rng.choice(["no", "yes"], n), "binary")


def test_breast_cancer_is_split_scaled_and_labelled_as_published():
    X, y = load_breast_cancer(return_X_y=True)
    prepared = prepare(_table(pd.DataFrame(X), np.array(["malignant", "benign"])[y], "binary"))

    order = np.random.default_rng(1995).permutation(569)
    test, train = order[:113], order[113:]
    assert prepared.X_train.shape == (456, 30)
    np.testing.assert_allclose(prepared.X_train, X[train] / np.linalg.norm(X[train], axis=0), rtol=1e-14)
    np.testing.assert_allclose(prepared.X_test, X[test] / np.linalg.norm(X[train], axis=0), rtol=1e-14)
    assert prepared.classes == ("benign", "malignant")
    np.testing.assert_array_equal(prepared.Y_train[:, 0], np.where(y[train] == 0, 1.0, -1.0))
    np.testing.assert_array_equal(prepared.Y_test[:, 0], np.where(y[test] == 0, 1.0, -1.0))
    assert prepared.X_train.flags.c_contiguous and prepared.X_test.flags.c_contiguous
    assert prepared.columns == tuple(str(j) for j in range(30))


@given(n=st.integers(1, 3000), seed=st.integers(0, 2**32 - 1))
def test_the_split_is_the_first_fifth_of_the_permutation(n, seed):
    test, train = split(n, seed)
    assert len(test) == int(np.floor(0.2 * n))
    np.testing.assert_array_equal(np.concatenate([test, train]), np.random.default_rng(seed).permutation(n))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(30, 60), bias=st.booleans(), centre=st.booleans())
def test_columns_have_unit_norm_or_are_zero_and_nothing_is_missing(seed, n, bias, centre):
    prepared = prepare(_mixed(n, seed), seed=seed, bias=bias, centre=centre)
    norms = np.linalg.norm(prepared.X_train, axis=0)
    assert np.all(np.isclose(norms, 1) | (norms == 0))
    assert norms[prepared.columns.index("zero")] == 0
    assert np.isfinite(prepared.X_train).all() and np.isfinite(prepared.X_test).all()
    assert prepared.X_train.shape[1] == prepared.X_test.shape[1] == len(prepared.columns)
    if centre:
        featured = prepared.X_train[:, : len(prepared.columns) - bias]
        np.testing.assert_allclose(featured.sum(axis=0), 0, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), task=st.sampled_from(["regression", "binary"]))
def test_test_rows_change_nothing_in_training(seed, task):
    rng = np.random.default_rng(seed)
    table = _mixed(seed=seed)
    target = rng.standard_normal(40) if task == "regression" else table.target
    test, _ = split(40, seed)
    features, other_target = table.features.copy(), target.copy()
    features.loc[test, "length"] = 1e6 * rng.standard_normal(len(test))
    features.loc[test, "zero"] = 7.0
    features["colour"] = features["colour"].cat.add_categories("ultraviolet")
    features.loc[test, ["colour", "sex"]] = ["ultraviolet", np.nan]
    other_target[test] = rng.permutation(other_target[test])

    first = prepare(_table(table.features, target, task), seed=seed, bias=True, centre=True)
    second = prepare(_table(features, other_target, task), seed=seed, bias=True, centre=True)

    np.testing.assert_array_equal(first.X_train, second.X_train)
    np.testing.assert_array_equal(first.Y_train, second.Y_train)
    assert first.columns == second.columns


def _one_column(train_values, test_values, dtype=None):
    """Put values where the split will find them: 4 test rows, 16 training rows."""
    test, train = split(20, 1995)
    column = pd.Series(index=range(20), dtype=object)
    column[test], column[train] = test_values, train_values
    column = column.astype(dtype or float)
    return prepare(_table(pd.DataFrame({"x": column}), [f"c{i % 2}" for i in range(20)], "binary"))


def test_missing_numbers_become_the_training_median():
    prepared = _one_column([np.nan] * 5 + [1.0] * 6 + [5.0] * 5, [np.nan, 5.0, 9.0, 9.0])
    norm = np.sqrt(5 * 1 + 6 * 1 + 5 * 25)
    np.testing.assert_allclose(prepared.X_train[:, 0] * norm, [1] * 11 + [5] * 5)
    np.testing.assert_allclose(prepared.X_test[:, 0] * norm, [1, 5, 9, 9])


def test_missing_categories_become_the_most_frequent_and_unseen_levels_are_zeros():
    prepared = _one_column(["a"] * 4 + ["b"] * 7 + ["c"] * 4 + [np.nan], ["a", np.nan, "new", "c"], "category")
    assert prepared.columns == ("x=a", "x=b", "x=c")
    np.testing.assert_allclose(prepared.X_train[-1], [0, 1 / np.sqrt(8), 0])
    np.testing.assert_allclose(
        prepared.X_test, [[0.5, 0, 0], [0, 1 / np.sqrt(8), 0], [0, 0, 0], [0, 0, 0.5]], rtol=1e-15
    )


def test_a_category_of_two_levels_is_one_column():
    prepared = _one_column(["no"] * 7 + ["yes"] * 9, ["no", "yes", "perhaps", np.nan], "category")
    assert prepared.columns == ("x=yes",)
    np.testing.assert_allclose(prepared.X_train[:, 0], [0] * 7 + [1 / 3] * 9)
    np.testing.assert_allclose(prepared.X_test[:, 0], [0, 1 / 3, 0, 1 / 3])


@pytest.mark.parametrize(("dtype", "seen"), [(float, 3.0), ("category", "a")])
def test_what_training_never_has_is_zero(dtype, seen):
    prepared = _one_column([np.nan] * 16, [seen, np.nan, seen, np.nan], dtype)
    assert prepared.columns == ("x",)
    assert not prepared.X_train.any() and not prepared.X_test.any()


def test_multiclass_targets_are_one_hot_over_all_classes_of_the_table():
    X, y = load_iris(return_X_y=True)
    labels = np.array(["setosa", "versicolor", "virginica"])[y].astype("<U12")
    test, _ = split(150, 1995)
    labels[test[0]] = "only in test"
    prepared = prepare(_table(pd.DataFrame(X), labels, "multiclass"))
    assert prepared.classes == ("only in test", "setosa", "versicolor", "virginica")
    assert prepared.Y_train.shape == (120, 4) and prepared.Y_test.shape == (30, 4)
    for Y in (prepared.Y_train, prepared.Y_test):
        assert set(np.unique(Y)) == {0.0, 1.0}
        np.testing.assert_array_equal(Y.sum(axis=1), 1)
    assert not prepared.Y_train[:, 0].any() and prepared.Y_test[0, 0] == 1


def test_regression_targets_are_standardised_by_the_training_rows():
    X, y = load_diabetes(return_X_y=True)
    prepared = prepare(_table(pd.DataFrame(X), y, "regression"))
    test, train = split(442, 1995)
    assert prepared.Y_train.mean() == pytest.approx(0, abs=1e-12)
    assert prepared.Y_train.std() == pytest.approx(1)
    np.testing.assert_allclose(prepared.Y_test[:, 0], (y[test] - y[train].mean()) / y[train].std())
    assert prepared.classes == ()


def test_the_column_of_ones_is_added_before_scaling_and_after_centring():
    prepared = prepare(_mixed(), bias=True, centre=True)
    assert prepared.columns[-1] == "ones"
    np.testing.assert_allclose(prepared.X_train[:, -1], 1 / np.sqrt(32))
    np.testing.assert_allclose(prepared.X_test[:, -1], 1 / np.sqrt(32))


def test_centring_leaves_nothing_of_a_constant():
    features = pd.DataFrame({"tenth": np.full(20, 0.1), "x": np.arange(20.0)})
    prepared = prepare(_table(features, ["no", "yes"] * 10, "binary"), centre=True)
    assert not prepared.X_train[:, 0].any() and prepared.X_train[:, 1].any()


def test_a_category_beside_a_column_of_the_same_text_is_no_clash():
    features = pd.DataFrame({"a=x": np.arange(20.0), "a": pd.Categorical(["x", "y", "z", "x"] * 5)})
    prepared = prepare(_table(features, ["no", "yes"] * 10, "binary"))
    assert prepared.columns == ("a=x", "a=x", "a=y", "a=z")
