"""The user's own table, given as a file on the command line, without an entry in a registry."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from cvxbench.data import load
from cvxbench.data.schema import Dataset, FileSource
from cvxbench.data.sources import file
from cvxbench.data.table import Table, Task
from cvxbench.errors import CvxbenchError


def table_from_file(path: Path, target: str | None = None) -> Table:
    """Read a CSV, ARFF, Parquet or Excel file whose features are numbers (or declared as names by the file itself).

    Parameters and errors are those of `dataset_from_file`; the columns are checked as well.
    """
    return load.load_table(dataset_from_file(path, target))


def dataset_from_file(path: Path, target: str | None = None) -> Dataset:
    """Return the entry that a registry would have for a file, under the file's name; its columns are not checked yet.

    The task follows from the target: text is `binary` or `multiclass`, numbers of exactly two values are `binary`, and
    other numbers are a `regression`.

    Parameters
    ----------
    path : Path
    target : str, optional
        Name of the target column; the last column if left out.

    Raises
    ------
    CvxbenchError
        If the file cannot be read, or has no such target: one sentence that says what to do.
    """
    path = Path(path)
    source = FileSource(file=path.absolute())
    frame = file.fetch(source, Path()).frame
    names = list(frame.columns)
    if all(_is_number(name) for name in names):
        raise CvxbenchError(
            f"file '{path}': its first line looks like data; add a line of column names, or use a datasets.yaml entry "
            "with 'header: null'"
        )
    if target is not None and target not in names:
        shown = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
        raise CvxbenchError(f"file '{path}' has no column '{target}' for the target; the columns are {shown}")
    name = names[-1] if target is None else target
    task = _task(pd.Series(frame[name]))
    return Dataset(name=path.stem, sources=(source,), target=name, task=task, n=len(frame))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _task(column: pd.Series) -> Task:
    values = column.nunique()
    if values == 2:
        return "binary"
    return "regression" if pd.api.types.is_float_dtype(column.dtype) else "multiclass"
