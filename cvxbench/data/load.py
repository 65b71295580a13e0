"""From a dataset to its table: fetch, split the target off, type the columns, and check all that the entry says."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd

from cvxbench.data import cache as caches
from cvxbench.data.raw import ContentError, InputError, Raw
from cvxbench.data.schema import Column, Dataset, FileSource, SeriesEntry, Source, kind_of
from cvxbench.data.table import Table, Task
from cvxbench.errors import CvxbenchError, SourceError

FEWEST_ROWS = 10
LARGEST = 1e150  # of a feature, and its inverse the smallest largest: squares must be numbers
MODULES = {"sklearn": "bundled"}


def load_table(dataset: Dataset, cache: Path | None = None) -> Table:
    """Fetch a dataset from the first of its sources that works, and check it.

    Parameters
    ----------
    dataset : Dataset
    cache : Path, optional
        The folder for downloads; `cvxbench.data.cache.root()` if left out.

    Raises
    ------
    SourceError
        If no source works (the sentence has each reason), or the table is not what the entry says.
    InputError
        If the dataset is a file of the user's and something is wrong with its columns.
    """
    raw, source = fetch(dataset, cache)
    wrong = InputError if isinstance(source, FileSource) else ContentError
    table = _table(dataset, raw, wrong)
    _compare(dataset, table)
    return table


def fetch(dataset: Dataset | SeriesEntry, cache: Path | None = None) -> tuple[Raw, Source]:
    """Return all columns of a dataset or series as the first source that works gives them, and that source.

    Raises
    ------
    SourceError
        If no source works; a `ContentError` if one of them could be had and has another hash than the entry says.
    """
    reasons: list[SourceError] = []
    for source in dataset.sources:
        try:
            return _from(source, cache or caches.root()), source
        except SourceError as error:
            reasons.append(error)
    kind = ContentError if any(isinstance(error, ContentError) for error in reasons) else SourceError
    raise kind(f"dataset '{dataset.name}': " + "; and ".join(str(error) for error in reasons)) from reasons[-1]


def width(features: pd.DataFrame) -> int:
    """Return d, the number of columns after one-hot encoding: one for a number, and for a category of two levels."""
    levels = [len(column.cat.categories) for _, column in features.items() if _is_category(column)]
    return features.shape[1] - len(levels) + sum(1 if count == 2 else count for count in levels)


def _from(source: Source, cache: Path) -> Raw:
    kind = str(kind_of(source))
    module = import_module(f"cvxbench.data.sources.{MODULES.get(kind, kind)}")
    raw: Raw = module.fetch(source, cache)
    if source.sha256 not in (None, raw.sha256):
        raise ContentError(f"{raw.origin} has sha256 {raw.sha256} where {source.sha256} is due")
    return raw


def _table(dataset: Dataset, raw: Raw, wrong: type[CvxbenchError]) -> Table:
    def refuse(what: str, column: str | None = None) -> NoReturn:
        at = f", column '{column}'" if column is not None else ""
        raise wrong(f"dataset '{dataset.name}'{at}: {what}")

    names = list(raw.frame.columns)
    target = _name(dataset.target, names, "target", refuse)
    dropped = {_name(column, names, "drop", refuse) for column in dataset.drop}
    kept = [name for name in names if name != target and name not in dropped]
    declared = dataset.categorical
    categorical = set(kept if declared == "all" else [_name(c, names, "categorical", refuse) for c in declared])
    if len(raw.frame) < FEWEST_ROWS:
        refuse(f"{len(raw.frame)} rows are too few; {FEWEST_ROWS} is the least")
    if not kept:
        refuse("there is no feature beside the target; name the right target, or the separator (field 'sep')")
    columns = {str(name): column for name, column in raw.frame.items()}
    y = _target(columns[target], target, dataset.task, refuse)
    X = pd.DataFrame({name: _feature(columns[name], name, dataset, name in categorical, refuse) for name in kept})
    return Table(dataset.name, X, y, dataset.task, raw.sha256, raw.origin)


Refuse = Callable[..., NoReturn]


def _name(column: Column, names: list[str], field: str, refuse: Refuse) -> str:
    if isinstance(column, str) and column in names:
        return column
    if isinstance(column, int) and -len(names) <= column < len(names):
        return names[column]
    shown = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
    refuse(f"there is no column {column!r}, which '{field}' names; the columns are {shown}")


def _is_category(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype)


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)


def label(value: object) -> str:
    """Return a class or level as text; a whole number has no decimal point."""
    if isinstance(value, float | int | np.number) and not isinstance(value, bool):
        return f"{float(value):.15g}"
    return str(value).strip()


def _target(column: pd.Series, name: str, task: Task, refuse: Refuse) -> np.ndarray:
    if column.isna().any():
        refuse(f"the target is missing in {int(column.isna().sum())} of {len(column)} rows; remove them", name)
    if _is_number(column) and not np.isfinite(column.to_numpy(dtype=float)).all():
        refuse("the target is infinite in some rows; remove them", name)
    if task == "regression":
        if not _is_number(column):
            refuse(
                "the target of a regression must be numbers; set 'task' to binary or multiclass if these are classes",
                name,
            )
        if column.nunique() == 1:
            refuse("the target has one value only, so there is nothing to learn", name)
        return column.to_numpy(dtype=float)
    labels = np.array([label(value) for value in column], dtype=str)
    classes = len(np.unique(labels))
    if classes == 1:
        refuse("the target has one class only, so there is nothing to learn", name)
    if task == "binary" and classes != 2:
        refuse(f"the target has {classes} classes where a binary task has 2; set 'task' to multiclass", name)
    if task == "multiclass" and classes == 2:
        refuse("the target has 2 classes; set 'task' to binary", name)
    return labels


def _feature(column: pd.Series, name: str, dataset: Dataset, categorical: bool, refuse: Refuse) -> pd.Series:
    missing = int(column.isna().sum())
    if missing and dataset.missing == "none":
        refuse(f"{missing} of {len(column)} values are missing; set 'missing' to impute, or remove these rows", name)
    if column.nunique() < 2:
        refuse("all its values are equal; put it under 'drop'", name)
    if categorical or _is_category(column):
        texts = column.astype(object).map(label, na_action="ignore")
        return texts.astype(pd.CategoricalDtype(sorted(texts.dropna().unique())))
    if not _is_number(column):
        example = next(value for value in column.dropna() if not _numeric(value))
        refuse(
            f"{example!r} is text where a number is due; put the column under 'categorical' of a datasets.yaml entry",
            name,
        )
    numbers = column.astype(float)
    if np.isinf(numbers.to_numpy()).any():
        refuse("some values are infinite; mark them as missing or remove these rows", name)
    largest = numbers.abs().max()
    if not 1 / LARGEST < largest < LARGEST:
        refuse(f"its largest value is {largest:.1g}, whose square is no float64; give it in another unit", name)
    return numbers


def _numeric(value: object) -> bool:
    try:
        float(str(value))
    except ValueError:
        return False
    return True


def _compare(dataset: Dataset, table: Table) -> None:
    """Hold the table against the sizes that the entry gives."""
    classes = None if table.task == "regression" else len(np.unique(table.target))
    got = {"n": len(table.target), "columns": table.features.shape[1], "d": width(table.features), "classes": classes}
    differ = [
        f"{field} is {value} where {getattr(dataset, field)} is due"
        for field, value in got.items()
        if getattr(dataset, field) not in (None, value)
    ]
    if differ:
        raise ContentError(f"dataset '{dataset.name}' is not what its entry says ({table.origin}): {', '.join(differ)}")
