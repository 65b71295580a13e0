"""A user's own training runs, read from a file of logs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cvxbench.errors import CvxbenchError
from cvxbench.studies.scaling.runs import Runs

COLUMNS = "step_size, horizon, and loss or history (and run, seed, schedule, size if there are any)"
READERS = {
    ".csv": pd.read_csv,
    ".jsonl": lambda path: pd.read_json(path, lines=True),
    ".ndjson": lambda path: pd.read_json(path, lines=True),
    ".parquet": pd.read_parquet,
}


@dataclass(frozen=True)
class LoggedRuns:
    """Runs of one schedule and one model size.

    Parameters
    ----------
    name : str
        Schedule and size in words; "all runs" if the logs name neither.
    schedule : str
        Empty if the logs name none.
    runs : Runs
        Without seeds in the logs, every run has its own.
    histories : tuple of tuple of float
        For each run the losses along it, at even distances, the last one at its end; empty where there are none.
    """

    name: str
    schedule: str
    runs: Runs
    histories: Sequence[Sequence[float]]


def read_logs(path: Path) -> list[LoggedRuns]:
    """Read a file of runs, one a row, and return them by schedule and size.

    Parameters
    ----------
    path : Path
        CSV, JSON lines (.jsonl, .ndjson) or Parquet; columns `step_size` (the peak), `horizon` (steps taken) and
        `loss` (at the end; missing or not finite if the run diverged) or `history` (a list of losses, in CSV as JSON);
        and `seed`, `schedule` and `size` where runs differ in them.

    Raises
    ------
    CvxbenchError
        If the file cannot be read, lacks a column, or holds what is no number above 0.
    """
    frame = _frame(path)
    if "loss" not in frame and "history" not in frame:
        raise CvxbenchError(f"'{path}' has no column 'loss' and none 'history'; the columns are {COLUMNS}")
    step, horizon = (_positive(path, frame, name) for name in ("step_size", "horizon"))
    histories = [_history(path, value) for value in frame["history"]] if "history" in frame else [()] * len(frame)
    if "loss" in frame:
        loss = _numbers(path, frame, "loss")
    else:
        loss = np.array([each[-1] if each else math.nan for each in histories], dtype=float)
    if (loss[np.isfinite(loss)] <= 0.0).any():
        raise CvxbenchError(f"'{path}' has a loss that is not above 0; the law is fitted by relative errors")
    loss = np.where(np.isfinite(loss), loss, np.inf)
    seed = np.unique(frame["seed"], return_inverse=True)[1] if "seed" in frame else np.arange(len(frame))
    runs = Runs(horizon, step, loss, seed)
    by = [name for name in ("schedule", "size") if name in frame]
    groups = frame.groupby(by, sort=False).indices if by else {(): np.arange(len(frame))}
    return [
        _group(dict(zip(by, key if isinstance(key, tuple) else (key,), strict=True)), runs, histories, rows)
        for key, rows in groups.items()
    ]


def _group(named: Mapping[str, Any], runs: Runs, histories: Sequence[Sequence[float]], rows: np.ndarray) -> LoggedRuns:
    name = ", ".join(f"{key} {value}" for key, value in named.items()) or "all runs"
    return LoggedRuns(name, str(named.get("schedule", "")), runs.taken(rows), [histories[row] for row in rows.tolist()])


def _frame(path: Path) -> pd.DataFrame:
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise CvxbenchError(f"'{path}' is none of {', '.join(READERS)}; name it by its format")
    try:
        frame = reader(path)
    except OSError as error:
        raise CvxbenchError(f"'{path}' cannot be read ({error.strerror or error})") from error
    except ImportError as error:
        raise CvxbenchError(f"'{path}' is Parquet and needs pyarrow: pip install cvxbench[parquet]") from error
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise CvxbenchError(f"'{path}' cannot be read as {path.suffix[1:]}: {reason}") from error
    if frame.empty:
        raise CvxbenchError(f"'{path}' has no runs; give one a row, with the columns {COLUMNS}")
    return frame


def _numbers(path: Path, frame: pd.DataFrame, name: str) -> np.ndarray:
    if name not in frame:
        raise CvxbenchError(f"'{path}' has no column '{name}'; the columns are {COLUMNS}")
    try:
        return np.asarray(pd.to_numeric(frame[name]), dtype=float)
    except (TypeError, ValueError) as error:
        raise CvxbenchError(f"'{path}', column '{name}': {error}") from error


def _positive(path: Path, frame: pd.DataFrame, name: str) -> np.ndarray:
    values = _numbers(path, frame, name)
    wrong = np.flatnonzero(~(np.isfinite(values) & (values > 0.0)))
    if wrong.size:
        raise CvxbenchError(f"'{path}', column '{name}', row {wrong[0] + 1}: {values[wrong[0]]:g} is no number above 0")
    return values


def _history(path: Path, value: Any) -> tuple[float, ...]:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ()
    try:
        losses: Any = json.loads(value) if isinstance(value, str) else value
        return tuple(float(loss) for loss in losses)
    except (TypeError, ValueError) as error:
        raise CvxbenchError(f"'{path}', column 'history': {value!r} is no list of numbers") from error
