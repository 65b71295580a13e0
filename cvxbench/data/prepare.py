"""From a table to the arrays that every method trains on: split, impute, encode, scale."""

from __future__ import annotations

import io
import json
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from cvxbench.data.table import Table, Task
from cvxbench.errors import CvxbenchError


@dataclass(frozen=True)
class Prepared:
    """A table split, encoded and scaled; whatever was estimated for that comes from the training rows alone.

    Parameters
    ----------
    name : str
        Of the dataset.
    task : {"regression", "binary", "multiclass"}
    X_train, X_test : ndarray, shape (n_train, d) and (n_test, d)
        float64, C-contiguous.
    Y_train, Y_test : ndarray, shape (n_train, k) and (n_test, k)
        float64: the standardised target (k = 1), labels ±1 (k = 1), or one-hot labels 0/1 (k classes).
    columns : tuple of str
        Names of the d columns of X: numbers first, then "name=level" for categories, then "ones" if there is a bias.
    classes : tuple of str
        Sorted; for a binary task the second is +1, for multiclass column j of Y is class j. Empty for regression.
    sha256 : str
        Of the bytes the table was read from.
    """

    name: str
    task: Task
    X_train: np.ndarray
    Y_train: np.ndarray
    X_test: np.ndarray
    Y_test: np.ndarray
    columns: tuple[str, ...]
    classes: tuple[str, ...]
    sha256: str

    def to_bytes(self) -> bytes:
        """Return an archive of NumPy's that `from_bytes` reads, to the last bit."""
        arrays = {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        texts = {name: value for name, value in vars(self).items() if name not in arrays}
        archive = io.BytesIO()
        np.savez(archive, allow_pickle=False, texts=np.array(json.dumps(texts)), **arrays)
        return archive.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Prepared:
        """Return what `to_bytes` was called on."""
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            texts = json.loads(str(archive["texts"]))
            arrays = {name: archive[name] for name in archive.files if name != "texts"}
        tuples = {name: tuple(texts[name]) for name in ("columns", "classes")}
        return cls(**{**texts, **tuples, **arrays})


def prepare(table: Table, *, seed: int = 1995, bias: bool = False, centre: bool = False) -> Prepared:
    """Split and encode a table by the protocol of Mishkin, Sahiner and Pilanci (2022).

    With p a random permutation of the n rows, the test rows are the first ⌊n/5⌋ of p and the training rows the others,
    in that order. Missing numbers become the training median, missing categories the most frequent one of training.
    A category of two levels is one 0/1 column, of more levels one column each; a level that training has not seen is
    all zeros. Columns are divided by their ℓ2 norm over the training rows; a column that is zero there is zero
    everywhere, and so is one that training never has a value for.

    Raises a CvxbenchError if the target does not vary over the training rows.

    Parameters
    ----------
    table : Table
    seed : int, optional
        Of the permutation, `numpy.random.default_rng(seed).permutation(n)`.
    bias : bool, optional
        Append a column of ones, which is then scaled like the others.
    centre : bool, optional
        Subtract the training means of the columns before they are scaled.
    """
    test, train = split(len(table.target), seed)
    return _prepared(table, train, test, bias, centre)


def folds(table: Table, count: int, *, seed: int = 1995) -> list[Prepared]:
    """Split the training rows of `prepare` into folds; each is prepared with the other folds as its training rows.

    Raises a CvxbenchError if the target does not vary over some training rows.

    Parameters
    ----------
    table : Table
    count : int
        Folds, by scikit-learn's `KFold(count, shuffle=True, random_state=seed)`.
    seed : int, optional
        Of the split and of the folds.
    """
    _, rows = split(len(table.target), seed)
    parts = KFold(count, shuffle=True, random_state=seed).split(rows)
    return [_prepared(table, rows[train], rows[fold], bias=False, centre=False) for train, fold in parts]


def _prepared(table: Table, train: np.ndarray, test: np.ndarray, bias: bool, centre: bool) -> Prepared:
    if len(np.unique(table.target[train])) < 2:
        raise CvxbenchError(
            f"dataset '{table.name}': the {len(train)} training rows have one target value only, so there is nothing "
            "to learn; add rows of the others, or choose another --seed"
        )
    X_train, X_test, columns = _encode(table.features, train, test)
    if centre:
        means = X_train.mean(axis=0)
        varies = np.ptp(X_train, axis=0) > 0  # what is left of a constant is rounding, not to be scaled up
        X_train, X_test = (X_train - means) * varies, (X_test - means) * varies
    if bias:
        X_train, X_test = _with_ones(X_train), _with_ones(X_test)
        columns = (*columns, "ones")
    norms = np.linalg.norm(X_train, axis=0)
    scale = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0)
    classes = () if table.task == "regression" else tuple(str(label) for label in np.unique(table.target))
    Y = _targets(table, classes, train)
    return Prepared(
        name=table.name,
        task=table.task,
        X_train=np.ascontiguousarray(X_train * scale),
        Y_train=Y[train],
        X_test=np.ascontiguousarray(X_test * scale),
        Y_test=Y[test],
        columns=columns,
        classes=classes,
        sha256=table.sha256,
    )


def split(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of the test part, shape (⌊n/5⌋,), and of the training part, in the permutation's order."""
    permutation = np.random.default_rng(seed).permutation(n)
    return permutation[: n // 5], permutation[n // 5 :]


def _encode(
    features: pd.DataFrame, train: np.ndarray, test: np.ndarray
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    features = features.set_axis([str(name) for name in features.columns], axis=1)
    numbers, categories = {}, {}
    for name, column in features.items():
        if not isinstance(column.dtype, pd.CategoricalDtype):
            numbers[name] = column
        elif column.iloc[train].isna().all():
            numbers[name] = pd.Series(np.nan, index=column.index)
        else:
            texts = column.astype(object)
            categories[name] = texts.where(texts.notna(), np.nan)
    level_name: Any = _level_name
    one_hot = OneHotEncoder(
        drop="if_binary", handle_unknown="ignore", sparse_output=False, feature_name_combiner=level_name
    )
    encoder = ColumnTransformer(
        [
            ("number", SimpleImputer(strategy="median", keep_empty_features=True), list(numbers)),
            ("category", make_pipeline(SimpleImputer(strategy="most_frequent"), one_hot), list(categories)),
        ]
    )
    typed = pd.DataFrame(numbers | categories)
    X_train = np.asarray(encoder.fit_transform(typed.iloc[train]), dtype=float)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Found unknown categories", category=UserWarning)
        X_test = np.asarray(encoder.transform(typed.iloc[test]), dtype=float)
    return X_train, X_test, tuple(name.split("__", 1)[1] for name in encoder.get_feature_names_out())


def _level_name(name: str, level: Any) -> str:
    return f"{name}={level}"


def _with_ones(X: np.ndarray) -> np.ndarray:
    return np.column_stack([X, np.ones(len(X))])


def _targets(table: Table, classes: tuple[str, ...], train: np.ndarray) -> np.ndarray:
    """Return the targets of all rows, shape (n, k)."""
    if table.task == "regression":
        y = table.target.astype(float)
        deviation = y[train].std()
        return ((y - y[train].mean()) / (deviation if deviation > 0 else 1.0))[:, None]
    labels = table.target.astype(str)
    if table.task == "binary":
        return np.where(labels == classes[1], 1.0, -1.0)[:, None]
    return (labels[:, None] == np.array(classes)).astype(float)
