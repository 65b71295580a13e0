"""Series: rows in the order of time, checked, and made into windows of lags with a chronological split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

import numpy as np
import pandas as pd

from cvxbench.data.load import fetch
from cvxbench.data.raw import ContentError, InputError
from cvxbench.data.schema import FileSource, SeriesEntry
from cvxbench.errors import CvxbenchError

HELD_OUT = 0.2  # of the windows, the last ones, where no column says which are for training
GAP = 3.0  # times the longest usual step between two rows
USUAL = 0.99  # of the steps are usual ones
FEWEST = 20  # windows

Refuse = Callable[[str], NoReturn]


@dataclass(frozen=True)
class Series:
    """A series as loaded: nothing missing, in the order of time.

    Parameters
    ----------
    name : str
    values : ndarray, shape (T, c)
        float64.
    columns : tuple of str
        The names of the c columns.
    target : str
        One of them.
    train : ndarray of bool, shape (T,), or None
        Which rows' targets are for training, the first ones; None if nobody says.
    sha256, origin : str
        As those of a table.
    """

    name: str
    values: np.ndarray
    columns: tuple[str, ...]
    target: str
    train: np.ndarray | None
    sha256: str
    origin: str


@dataclass(frozen=True)
class Windows:
    """What a network is trained on to tell the next value of a series.

    Parameters
    ----------
    X_train, X_test : ndarray, shape (n_train, p·c + 1) and (n_test, p·c + 1)
        Lags 1 … p of every column, the columns of a lag side by side, then a column of ones.
    y_train, y_test : ndarray, shape (n_train,) and (n_test,)
        The standardised target; test rows are all later than training rows.
    last : int
        The column of X that holds the target's last value.
    """

    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    last: int


def load_series(entry: SeriesEntry, cache: Path | None = None) -> Series:
    """Fetch a series from the first of its sources that works, and check it.

    Parameters
    ----------
    entry : SeriesEntry
    cache : Path, optional
        The folder for downloads; `cvxbench.data.cache.root()` if left out.

    Raises
    ------
    CvxbenchError
        If no source works, a value is missing, a column does not vary, or time does not rise evenly: one sentence.
    """
    raw, source = fetch(entry, cache)
    own = isinstance(source, FileSource)

    def refuse(what: str) -> NoReturn:
        raise (InputError if own else ContentError)(f"series '{entry.name}': {what}")

    frame = raw.frame if entry.rows is None else raw.frame.iloc[: entry.rows]
    for name in (entry.target, *entry.columns, *([entry.time] if entry.time else []), *filter(None, [entry.train])):
        if name not in frame:
            refuse(f"there is no column '{name}'; the columns are {', '.join(frame.columns[:8])}")
    time = entry.time or (_dates(frame) if own else None)
    if time is not None:
        _check_time(pd.Series(frame[time]), time, refuse)
    known = (time, entry.train)
    columns = entry.columns or tuple(name for name in frame.columns if name not in known)
    for name in columns:
        _check_values(pd.Series(frame[name]), name, refuse)
    if entry.target not in columns:
        refuse(f"the target '{entry.target}' is not among the columns that lags are made of")
    train = None
    if entry.train is not None:
        train = (frame[entry.train].astype(str).str.upper() == "TRUE").to_numpy()
        if not train.any() or train.all() or np.any(np.diff(train.astype(int)) > 0):
            refuse(f"column '{entry.train}' must be TRUE in the first rows, and only there")
    values = frame[list(columns)].to_numpy(dtype=float)
    return Series(entry.name, values, columns, entry.target, train, raw.sha256, raw.origin)


def entry_from_file(path: Path, target: str) -> SeriesEntry:
    """Return the entry that a registry would have for a file of the user's, under the file's name.

    Every column of numbers makes lags; one column of dates, if there is one, is the time.
    """
    path = Path(path)
    return SeriesEntry(name=path.stem, sources=(FileSource(file=path.absolute()),), target=target)


def windows(
    series: Series, lags: int, standardise: Literal["train", "whole"] = "train", part: Literal["all", "train"] = "all"
) -> Windows:
    """Return the windows of a series: row t has the values at t − 1 … t − p, and the target at t.

    Test rows come after all training rows; their lags may reach back across the boundary, which is what one knows when
    they are told. Columns are standardised (mean 0, standard deviation 1) before windows are made.

    Parameters
    ----------
    series : Series
    lags : int
        p ≥ 1.
    standardise : {"train", "whole"}
        By the training rows, or by all rows, which tells training the mean and the scale of the test rows.
    part : {"all", "train"}
        Of "train", the training rows alone are split again, the last fifth of their windows being the test rows; they
        keep the standardisation of the whole training part.

    Raises
    ------
    CvxbenchError
        If the series is too short for so many lags.
    """
    T = len(series.values)
    if lags < 1:
        raise CvxbenchError(f"series '{series.name}': {lags} lags make no window; 1 is the least")
    if T - lags < FEWEST:
        raise CvxbenchError(
            f"series '{series.name}' has {T} rows, too few for {lags} lags; {lags + FEWEST} is the least"
        )
    first = lags + int((1.0 - HELD_OUT) * (T - lags)) if series.train is None else int(series.train.sum())
    if first <= lags:
        raise CvxbenchError(f"series '{series.name}': no training row is left after {lags} lags")
    known = series.values if standardise == "whole" else series.values[:first]
    deviation = known.std(axis=0)
    if not deviation.all():
        name = series.columns[int(np.argmin(deviation))]
        raise CvxbenchError(f"series '{series.name}': column '{name}' does not vary in the training rows; leave it out")
    Z = (series.values - known.mean(axis=0)) / deviation
    if part == "train":
        Z = Z[:first]
        first = lags + int((1.0 - HELD_OUT) * (len(Z) - lags))
    T = len(Z)
    X = np.column_stack([Z[lags - lag : T - lag] for lag in range(1, lags + 1)] + [np.ones(T - lags)])
    target = series.columns.index(series.target)
    y, cut = Z[lags:, target], first - lags
    return Windows(X[:cut], y[:cut], X[cut:], y[cut:], last=target)


def _dates(frame: pd.DataFrame) -> str | None:
    """Return the first column of texts that are all dates, which a user's file has as its time."""
    for name in frame.columns:
        texts = pd.Series(frame[name]).dropna()
        if pd.api.types.is_numeric_dtype(texts.dtype) or not len(texts):
            continue
        if not np.isnan(_times(texts)).any():
            return str(name)
    return None


def _check_time(column: pd.Series, name: str, refuse: Refuse) -> None:
    if column.isna().any():
        refuse(f"column '{name}' lacks the time of row {_row(column.isna())}")
    times = _times(column)
    if np.isnan(times).any():
        row = _row(np.isnan(times))
        refuse(f"column '{name}' has {column.iloc[row - 1]!r} in row {row}, which is no date")
    steps = np.diff(times)
    if (steps < 0).any():
        refuse(f"row {_row(steps < 0) + 1} is earlier than the row before it; sort the rows by '{name}'")
    if (steps == 0).any():
        refuse(f"row {_row(steps == 0) + 1} has the time of the row before it; keep one row for each '{name}'")
    usual = float(np.quantile(steps, USUAL, method="lower")) if len(steps) else 0.0
    if (steps > GAP * usual).any():
        far = float(steps.max() / usual)
        refuse(
            f"before row {_row(steps == steps.max()) + 1} there is a gap, {far:.3g} times the longest usual step of "
            f"'{name}'; fill it, or keep the rows of one side"
        )


def _times(column: pd.Series) -> np.ndarray:
    """Return numbers as they are, and dates as seconds, nan where a text is none."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.to_numpy(dtype=float)
    dates = pd.to_datetime(column, errors="coerce", format="mixed", utc=True)
    return ((dates - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1)).to_numpy(dtype=float)


def _check_values(column: pd.Series, name: str, refuse: Refuse) -> None:
    if not pd.api.types.is_numeric_dtype(column.dtype):
        texts = column.dropna()
        refuse(f"column '{name}' has {texts.iloc[0]!r}, which is no number; leave the column out")
    missing = column.isna() | ~np.isfinite(column.astype(float))
    if missing.any():
        refuse(f"column '{name}' has no number in {int(missing.sum())} rows, row {_row(missing)} the first; fill them")
    if column.nunique() < 2:
        refuse(f"column '{name}' has one value only; leave it out")


def _row(where: pd.Series | np.ndarray) -> int:
    """Return the first row, counted from 1, where something holds."""
    return int(np.argmax(np.asarray(where))) + 1
