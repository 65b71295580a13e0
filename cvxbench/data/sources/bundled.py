"""The tables that scikit-learn ships: no download, no network."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn import datasets

from cvxbench.data.raw import Raw
from cvxbench.data.schema import SklearnSource


def fetch(source: SklearnSource, cache: Path) -> Raw:
    """Return a table of scikit-learn; its target is the column "target", or one column per target if it has several.

    The hash is of the numbers as CSV text without a header, ten significant digits each, so that it does not change
    with the version of scikit-learn or its last bits.
    """
    bunch: Any = getattr(datasets, source.sklearn)()
    target = np.asarray(bunch.target)
    frame = pd.DataFrame(np.asarray(bunch.data, dtype=float), columns=[str(name) for name in bunch.feature_names])
    numbers = np.column_stack([frame.to_numpy(), target])
    if target.ndim == 2:
        frame[list(bunch.target_names)] = target
    elif "target_names" in bunch:
        frame["target"] = [str(bunch.target_names[label]) for label in target]
    else:
        frame["target"] = target
    return Raw(frame, hashlib.sha256(as_text(numbers).encode()).hexdigest(), f"scikit-learn's {source.sklearn}")


def as_text(numbers: np.ndarray) -> str:
    """Render numbers, shape (n, columns), as CSV with ten significant digits and no negative zero."""
    rows = (",".join("0" if text == "-0" else text for text in (f"{x:.10g}" for x in row)) for row in numbers)
    return "\n".join(rows) + "\n"
