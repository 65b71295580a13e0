"""Tables of the user's own among the values of --dataset: FILE or FILE:TARGET."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cvxbench.bench.seeds import seed_for
from cvxbench.data.load import load_table
from cvxbench.data.own import dataset_from_file
from cvxbench.data.prepare import prepare
from cvxbench.data.schema import Dataset, FileSource

SUFFIXES = (".csv", ".arff", ".parquet", ".xlsx")


def split_off(values: Sequence[str]) -> tuple[list[Dataset], list[str]]:
    """Return the datasets that name a file, and the globs that are left."""
    own, globs = [], []
    for value in values:
        path, colon, target = value.rpartition(":") if _target_follows(value) else (value, "", "")
        if path.lower().endswith(SUFFIXES):
            own.append(dataset_from_file(Path(path), target if colon else None))
        else:
            globs.append(value)
    return own, globs


def check(datasets: Sequence[Dataset], seed: int | None) -> None:
    """Prepare the datasets that are a file of the user's, so that a bad one is told before anything is written."""
    for dataset in datasets:
        if isinstance(dataset.sources[0], FileSource):
            prepare(load_table(dataset), seed=seed_for(seed, dataset.name, "split"))


def _target_follows(value: str) -> bool:
    return value.rpartition(":")[0].lower().endswith(SUFFIXES)
