"""Yardsticks: models of other families on the same training rows, to tell whether any network is worth having."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from cvxbench.attempt import Budget
from cvxbench.bench.referee import score_of_fit
from cvxbench.data.prepare import Prepared
from cvxbench.errors import CvxbenchError

STRENGTHS = tuple(
    float(C) for C in np.logspace(0, 5, 6)
)  # C = 1/λ, λ ∈ logspace(-5, 0, 6): Mishkin, Sahiner, Pilanci 2022, as the two below
GAMMAS = tuple(float(gamma) for gamma in np.logspace(-4, 2, 6))
TREES, DEPTHS = (5, 10, 100, 1000), (2, 4, 10, 25, 50)
FOLDS = 5
SVM_STEPS = 100_000  # of libsvm, whose time has no bound at large C


@dataclass(frozen=True)
class Trained:
    """A yardstick that was tuned and trained.

    Parameters
    ----------
    detail : str
        The setting that cross-validation chose.
    test_score : float
        Accuracy in [0, 1], or mean squared error for regression, on the test rows.
    seconds : float
        Wall time of the search and of the last fit.
    """

    detail: str
    test_score: float
    seconds: float


def train(name: str, prepared: Prepared, budget: Budget, seed: int) -> Trained:
    """Tune a yardstick by 5-fold cross-validation on training rows alone, train it on all of them, and score it.

    Columns are standardised. The folds take at most `budget.yardstick_rows` of the rows, drawn at random; the grid is
    the published one, or every so many of its values.

    Parameters
    ----------
    name : {"linear", "rbf-svm", "random-forest"}
        The first is ridge regression, or logistic regression for labels.
    seed : int
        Of the draw, the folds and the forest.
    """
    X, y = prepared.X_train, _target(prepared.task, prepared.Y_train)
    rows = np.random.default_rng(seed).permutation(len(X))[: int(min(len(X), budget.yardstick_rows))]
    estimator, grid = _model(name, prepared.task, len(rows), seed)
    sparse = {option: list(values[:: budget.yardstick_every]) for option, values in grid.items()}
    model = make_pipeline(StandardScaler(), estimator)
    since = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a setting that has not converged stands as it is: its folds judge it
        search = GridSearchCV(
            model, {f"{type(estimator).__name__.lower()}__{option}": values for option, values in sparse.items()},
            cv=KFold(FOLDS, shuffle=True, random_state=seed), refit=False,
        )  # fmt: skip
        search.fit(X[rows], y[rows])
        model.set_params(**search.best_params_).fit(X, y)
    seconds = time.perf_counter() - since
    fit = _outputs(prepared.task, model.predict(prepared.X_test), prepared.Y_test.shape[1])
    chosen = ", ".join(f"{option.partition('__')[2]} {value:g}" for option, value in search.best_params_.items())
    return Trained(chosen, score_of_fit(prepared.task, fit, prepared.Y_test), seconds)


def _model(name: str, task: str, n: int, seed: int) -> tuple[Any, Mapping[str, Sequence[float]]]:
    regression = task == "regression"
    if name == "linear" and regression:
        return Ridge(), {"alpha": [n / C for C in STRENGTHS]}
    if name == "linear":
        return LogisticRegression(max_iter=1000), {"C": STRENGTHS}
    if name == "rbf-svm":
        return (SVR if regression else SVC)(max_iter=SVM_STEPS), {"C": STRENGTHS, "gamma": GAMMAS}
    if name == "random-forest":
        forest = RandomForestRegressor if regression else RandomForestClassifier
        return forest(random_state=seed), {"n_estimators": TREES, "max_depth": DEPTHS}
    raise CvxbenchError(f"yardstick '{name}' is unknown")


def _target(task: str, Y: np.ndarray) -> np.ndarray:
    return Y.argmax(axis=1) if task == "multiclass" else Y[:, 0]


def _outputs(task: str, fit: np.ndarray, outputs: int) -> np.ndarray:
    return np.eye(outputs)[fit] if task == "multiclass" else fit[:, None]
