"""The estimators keep scikit-learn's contract, and add nothing to what train_convex finds."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler, scale
from sklearn.utils.estimator_checks import parametrize_with_checks

import cvxbench
from cvxbench import ConvexReLUClassifier, ConvexReLURegressor, train_convex
from cvxbench.convex.path import Ending

BOTH = [ConvexReLURegressor, ConvexReLUClassifier]


@parametrize_with_checks([ConvexReLURegressor(), ConvexReLUClassifier()])
def test_scikit_learn_contract(estimator, check):
    check(estimator)


def scaled(load):
    X, y = load(return_X_y=True)
    return np.column_stack([scale(X), np.ones(len(X))]), y


@pytest.fixture(scope="module")
def cancer():
    return scaled(load_breast_cancer)


@pytest.fixture(scope="module")
def diabetes():
    X, y = scaled(load_diabetes)
    return X, scale(y)


@pytest.fixture(scope="module")
def iris():
    return scaled(load_iris)


def held_out_score(estimator, X, y):
    folds = StratifiedKFold if isinstance(estimator, ConvexReLUClassifier) else KFold
    return cross_val_score(estimator, X, y, cv=folds(5, shuffle=True, random_state=0)).mean()


def test_two_classes_are_told_apart(cancer):
    X, y = cancer
    model = ConvexReLUClassifier(lam=0.1, n_gates=200, random_state=0)
    assert held_out_score(model, X, y) > 0.95
    model.fit(X, y)
    assert model.decision_function(X).shape == (569,)
    assert ((model.decision_function(X) > 0) == model.predict(X)).all()


def test_three_classes_are_told_apart_by_name(iris):
    X, y = iris
    names = np.array(["setosa", "versicolor", "virginica"])
    model = ConvexReLUClassifier(lam=1e-2, n_gates=200, random_state=0)
    assert held_out_score(model, X, names[y]) > 0.9
    model.fit(X, names[y])
    assert set(model.predict(X)) == set(names)
    assert model.classes_.tolist() == names.tolist()
    assert model.decision_function(X).shape == (150, 3)


def test_regression_explains_held_out_rows(diabetes):
    assert held_out_score(ConvexReLURegressor(lam=0.1, n_gates=200, random_state=0), *diabetes) > 0.4


def test_regressor_is_train_convex_to_the_last_digit(diabetes):
    X, y = diabetes
    solution = train_convex(X, y, lam=0.03, seed=7)
    model = ConvexReLURegressor(lam=0.03, random_state=7).fit(X, y)
    assert model.solution_.objective == solution.objective
    assert model.solution_.lower_bound == solution.lower_bound
    assert model.n_iter_ == solution.newton_steps
    assert np.array_equal(model.predict(X), solution.network.predict(X))


@pytest.mark.parametrize("table", ["cancer", "iris"])
def test_classifier_is_train_convex_on_signs_or_one_hot_columns(table, request):
    X, y = request.getfixturevalue(table)
    gates = np.random.default_rng(3).standard_normal((X.shape[1], 60))
    target = np.where(y == 1, 1.0, -1.0) if table == "cancer" else (y[:, None] == [0, 1, 2]).astype(float)
    solution = train_convex(X, target, lam=0.01, gates=gates)
    model = ConvexReLUClassifier(lam=0.01, gates=gates).fit(X, y)
    assert model.solution_.objective == solution.objective
    assert np.array_equal(model.decision_function(X), solution.network.predict(X))


def test_outputs_of_a_regressor_are_its_single_fits(diabetes):
    X, y = diabetes
    Y = np.column_stack([y, X[:, 0] ** 2])
    model = ConvexReLURegressor(lam=0.05, n_gates=50, random_state=0)
    alone = [clone(model).fit(X, column).predict(X) for column in Y.T]
    assert model.fit(X, Y).predict(X) == pytest.approx(np.column_stack(alone), abs=1e-6)
    assert clone(model).fit(X, Y[:, :1]).predict(X).shape == (len(X), 1)


@pytest.mark.parametrize("kind", BOTH)
def test_path_is_its_single_fits_in_the_order_given(kind, cancer):
    X, y = cancer
    lams = [1e-3, 1e-1, 1e-2]
    model = kind(n_gates=100, random_state=0)
    path = model.path(X, y, lams)
    assert not hasattr(model, "solution_")
    assert [one.lam for one in path] == [one.solution_.lam for one in path] == lams
    for one in path:
        single = clone(one).fit(X, y)
        assert one.solution_.certified
        assert one.solution_.objective == pytest.approx(single.solution_.objective, rel=one.tol)
        assert one.score(X, y) == pytest.approx(single.score(X, y), abs=1e-3)


def test_path_keeps_names_and_classes():
    X, y = load_iris(return_X_y=True, as_frame=True)
    for one in ConvexReLUClassifier(n_gates=20, random_state=0).path(X, y, np.array([0.1, 0.01])):
        assert one.feature_names_in_.tolist() == X.columns.tolist()
        assert one.classes_.tolist() == [0, 1, 2]
        assert isinstance(X, pd.DataFrame) and one.predict(X).shape == (150,)


def test_random_states_that_are_objects_are_drawn_from(diabetes):
    def objective(random_state):
        model = ConvexReLURegressor(lam=0.05, n_gates=20, random_state=random_state)
        return model.fit(*diabetes).solution_.objective

    stream = np.random.RandomState(0)
    first = objective(stream)
    assert objective(stream) != first
    assert objective(np.random.RandomState(0)) == first


@pytest.mark.parametrize("kind", BOTH)
def test_pickle_keeps_the_fit_and_clone_drops_it(kind, cancer):
    X, y = cancer
    model = kind(lam=0.1, n_gates=50, random_state=0).fit(X, y)
    assert np.array_equal(pickle.loads(pickle.dumps(model)).predict(X), model.predict(X))
    fresh = clone(model)
    assert fresh.get_params() == model.get_params()
    assert not hasattr(fresh, "network_")


def test_grid_search_over_lam_in_a_pipeline():
    X, y = load_breast_cancer(return_X_y=True)
    model = make_pipeline(StandardScaler(), PolynomialFeatures(1), ConvexReLUClassifier(n_gates=50, random_state=0))
    search = GridSearchCV(model, {"convexreluclassifier__lam": [10.0, 0.1, 0.01]}, cv=3, error_score="raise")
    search.fit(X, y)
    assert search.best_params_["convexreluclassifier__lam"] < 10.0
    assert search.best_score_ > 0.95


@pytest.mark.parametrize("kind", BOTH)
def test_a_fit_out_of_time_warns_with_its_status_and_predicts(kind, cancer):
    X, y = cancer
    with pytest.warns(ConvergenceWarning) as caught:
        model = kind(n_gates=50, time_limit=1e-6, random_state=0).fit(X, y)
    assert model.solution_.ending is Ending.TIME
    assert model.solution_.status in str(caught[0].message)
    assert caught[0].filename == __file__
    assert model.n_iter_ >= 1
    assert model.predict(X).shape == y.shape


def test_a_path_out_of_time_warns_at_every_lambda(cancer):
    with pytest.warns(ConvergenceWarning) as caught:
        ConvexReLURegressor(n_gates=50, time_limit=1e-6, random_state=0).path(*cancer, [0.1, 0.01])
    assert [str(one.message).split(":")[0] for one in caught] == ["lam = 0.1", "lam = 0.01"]
    assert {one.filename for one in caught} == {__file__}


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"lam": 0.0}, "lam must be a positive number, not 0.0"),
        ({"lam": [0.1, 0.2]}, "lam must be a positive number"),
        ({"tol": None}, "tol must be a positive number, not None"),
        ({"time_limit": -1}, "time_limit must be a positive number, not -1"),
        ({"memory_limit": "8"}, "memory_limit must be a positive number, not '8'"),
        ({"memory_limit": 1e-9}, "above memory_limit"),
        ({"n_gates": 0}, "n_gates must be a positive integer, not 0"),
        ({"n_gates": 2.5}, "n_gates must be a positive integer"),
        ({"random_state": "seed"}, "cannot be used to seed"),
        ({"gates": np.ones((3, 5))}, r"gates must have shape \(d, P\) with d = 31"),
        ({"network": "tanh"}, "network 'tanh' is not known"),
    ],
)
def test_invalid_parameters_are_refused_in_a_sentence(parameters, sentence, cancer):
    with pytest.raises(ValueError, match=sentence):
        ConvexReLURegressor(**parameters).fit(*cancer)


@pytest.mark.parametrize("lams", [0.1, [0.1, -1.0], [], [[0.1]], ["a"]])
def test_invalid_lambdas_of_a_path_are_refused(lams, cancer):
    with pytest.raises(ValueError, match=r"lams? .*must be|lams must be"):
        ConvexReLURegressor(n_gates=5).path(*cancer, lams)


def test_a_failed_fit_is_not_fitted(cancer):
    model = ConvexReLUClassifier(n_gates=0)
    with pytest.raises(ValueError):
        model.fit(*cancer)
    with pytest.raises(ValueError, match="not fitted yet"):
        model.predict(cancer[0])


def test_every_public_name_is_found():
    assert [getattr(cvxbench, name).__name__ for name in cvxbench.__all__] == cvxbench.__all__
