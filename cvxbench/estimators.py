"""scikit-learn estimators: two-layer ReLU networks, trained by their convex program to a certified optimum."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from copy import copy
from numbers import Integral, Real
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, MultiOutputMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from cvxbench.convex.solution import Solution
from cvxbench.convex.train import GATES, train_convex
from cvxbench.errors import CvxbenchError


class _ConvexReLU(BaseEstimator, ABC):
    """What both estimators share: all but the target."""

    def __init__(
        self,
        *,
        network: Literal["gated-relu", "relu"] = "gated-relu",
        lam: float = 1e-3,
        n_gates: int = GATES,
        gates: ArrayLike | None = None,
        tol: float = 1e-6,
        time_limit: float | None = None,
        memory_limit: float | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.network = network
        self.lam = lam
        self.n_gates = n_gates
        self.gates = gates
        self.tol = tol
        self.time_limit = time_limit
        self.memory_limit = memory_limit
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train on a table, and warn with a ConvergenceWarning if the optimum was not certified.

        Parameters
        ----------
        X : array_like, shape (n, d)
        y : array_like, shape (n,), or (n, k) for a regressor of k outputs

        Raises
        ------
        ValueError
            On an invalid parameter or input, in one sentence.
        """
        X, Y = self._table(X, y)
        (solution,) = self._train(X, Y, [_positive("lam", self.lam)])
        return self._accept(solution)

    def path(self, X: ArrayLike, y: ArrayLike, lams: ArrayLike) -> list[Self]:
        """Return a fitted copy for every lambda; they share the set-up and the gates, and each warm-starts the next.

        Cheaper than a fit per lambda. This estimator itself is left as it was; `time_limit` is for the whole path.

        Parameters
        ----------
        X : array_like, shape (n, d)
        y : array_like, shape (n,), or (n, k) for a regressor of k outputs
        lams : array_like, shape (number of lambdas,)
            In any order; the copies are in the same one.

        Raises
        ------
        ValueError
            On an invalid parameter or input, in one sentence.
        """
        if np.ndim(lams) != 1:
            raise ValueError(f"lams must be a sequence of positive numbers, not {lams!r}")
        lams = [_positive("every one of lams", lam) for lam in np.asarray(lams).tolist()]
        reader = copy(self)
        X, Y = reader._table(X, y)
        fitted = []
        for lam, solution in zip(lams, reader._train(X, Y, lams), strict=True):
            fitted.append(copy(reader).set_params(lam=lam)._accept(solution))
        return fitted

    @abstractmethod
    def _table(self, X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return X and what the network is to output; note the columns of X and, of a classifier, the classes."""

    def _train(self, X: np.ndarray, Y: np.ndarray, lams: list[float]) -> list[Solution]:
        for name in ("time_limit", "memory_limit"):
            if getattr(self, name) is not None:
                _positive(name, getattr(self, name))
        try:
            return train_convex(
                X,
                Y,
                lam=lams,
                network=self.network,
                gates=self._sampled(X.shape[1]) if self.gates is None else np.asarray(self.gates),
                tol=_positive("tol", self.tol),
                time_limit=self.time_limit,
                memory_limit=self.memory_limit,
            )
        except CvxbenchError as error:
            raise ValueError(str(error)) from error

    def _sampled(self, d: int) -> np.ndarray:
        """Return Gaussian gates, for an integer those that train_convex draws from this seed."""
        if not isinstance(self.n_gates, Integral) or self.n_gates < 1:
            raise ValueError(f"n_gates must be a positive integer, not {self.n_gates!r}")
        seed = self.random_state
        if not isinstance(seed, Integral):
            seed = check_random_state(seed).randint(2**31 - 1)
        return np.random.default_rng(seed).standard_normal((d, self.n_gates))

    def _accept(self, solution: Solution) -> Self:
        self.solution_ = solution
        self.network_ = solution.network
        self.n_iter_ = max(1, solution.newton_steps)
        if not solution.certified:
            warnings.warn(f"lam = {solution.lam:g}: {solution.status}", ConvergenceWarning, stacklevel=3)
        return self

    def _output(self, X: Any) -> np.ndarray:
        check_is_fitted(self, "network_")
        table: Any = validate_data(self, X, dtype=np.float64, reset=False)
        return self.network_.predict(table)


class ConvexReLURegressor(MultiOutputMixin, RegressorMixin, _ConvexReLU):
    """Least-squares regression by a two-layer ReLU network, trained by its convex program to a certified optimum.

    X and y are used as given: no hidden scaling, no hidden bias. The penalty acts on all columns of X alike, so put the
    estimator in a pipeline with a scaler and a constant column, `make_pipeline(StandardScaler(), PolynomialFeatures(1),
    ConvexReLURegressor())`, and standardise y.

    Parameters
    ----------
    network : {"gated-relu", "relu"}
        "relu" is a ReLU network, optimal over the activation patterns of the gates.
    lam : float
        Weight λ > 0 of the penalty in min Σ_k 1/(2n)·‖f_k(X) − y_k‖² + λ/2·(‖hidden_k‖² + ‖output_k‖²).
    n_gates : int
        How many Gaussian gates to sample.
    gates : array_like, shape (d, P), optional
        Vectors g, whose patterns are 1[Xg ≥ 0], to use instead of sampling.
    tol : float
        Relative gap between objective and lower bound to stop at.
    time_limit : float, optional
        Seconds for training; when they are over, the best point so far is kept.
    memory_limit : float, optional
        GiB that training may use beyond X, y and the gates; refused at once if it cannot do.
    random_state : int, RandomState or None
        Of the sampled gates; an integer gives those of `train_convex(..., seed=random_state)`.

    Attributes
    ----------
    solution_ : Solution
        With its objective, lower bound and status.
    network_ : GatedReLUNetwork, ReLUNetwork, or Separable if y has columns
    n_iter_ : int
        Newton steps, at least 1.
    n_features_in_ : int
        d.
    feature_names_in_ : ndarray, shape (d,)
        If X had names, all of them strings.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.preprocessing import scale
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = ConvexReLURegressor(lam=0.1, random_state=0).fit(scale(X), scale(y))
    >>> model.solution_.certified
    True
    """

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return f(X), shape (n,) or (n, k) as y had, for X of shape (n, d)."""
        return self._output(X)

    def _table(self, X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
        table: Any = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True)
        return table


class ConvexReLUClassifier(ClassifierMixin, _ConvexReLU):
    """Least-squares classification by a two-layer ReLU network, trained by its convex program to a certified optimum.

    The network's targets are −1 and +1 for two classes and one-hot, 0 or 1, for more. X is used as given: no hidden
    scaling, no hidden bias; put the estimator in a pipeline with a scaler and a constant column,
    `make_pipeline(StandardScaler(), PolynomialFeatures(1), ConvexReLUClassifier())`.

    The parameters are those of `ConvexReLURegressor`, and so are the attributes, with one more.

    Attributes
    ----------
    classes_ : ndarray, shape (number of classes,)
        Sorted. Of two, the second is +1; of more, output j of the network stands for class j.
    """

    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """Return f(X), shape (n,) for two classes and (n, number of classes) for more, for X of shape (n, d)."""
        return self._output(X)

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the class of every row, shape (n,): by the sign of f(X), or its largest output."""
        output = self._output(X)
        return self.classes_[(output > 0).astype(int) if output.ndim == 1 else output.argmax(axis=1)]

    def _table(self, X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
        X, labels = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(labels)
        self.classes_, index = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y has only one class, {self.classes_[0]!r}; a classifier needs rows of two or more")
        return X, 2.0 * index - 1.0 if len(self.classes_) == 2 else np.eye(len(self.classes_))[index]


def _positive(name: str, value: Any) -> float:
    if not isinstance(value, Real) or not float(value) > 0.0:
        raise ValueError(f"{name} must be a positive number, not {value!r}")
    return float(value)
