"""Tables of the user's own among the values of --dataset: FILE or FILE:TARGET."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cvxbench.data.own import dataset_from_file
from cvxbench.data.schema import Dataset

SUFFIXES = (".csv", ".arff", ".parquet", ".xlsx")


def split_off(values: Sequence[str]) -> tuple[list[Dataset], list[str]]:
    """Return the datasets that name a file, each read and checked, and the globs that are left."""
    own, globs = [], []
    for value in values:
        path, colon, target = value.rpartition(":") if _target_follows(value) else (value, "", "")
        if path.endswith(SUFFIXES):
            own.append(dataset_from_file(Path(path), target if colon else None))
        else:
            globs.append(value)
    return own, globs


def _target_follows(value: str) -> bool:
    return value.rpartition(":")[0].endswith(SUFFIXES)
