"""The user's own series: forecast by every method, tuned by the rule that `nyse` has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cvxbench.bench.records import Part
from cvxbench.data.series import entry_from_file, load_series, windows
from cvxbench.studies import forecast
from cvxbench.studies.experiment import BudgetName, Experiment
from cvxbench.studies.forecast_findings import findings

LAGS = 5


def _no_parts(budget: BudgetName, seed: int | None) -> Sequence[Part]:
    return ()


EXPERIMENT = Experiment(
    name="series",
    description="a series of yours: cvxbench run --series FILE --target COLUMN --lags N",
    parts=_no_parts,
    findings=findings,
)


def of(path: Path, target: str, lags: int) -> Experiment:
    """Return the experiment of a file whose rows are in the order of time.

    Parameters
    ----------
    path : Path
        CSV, ARFF, Parquet or Excel; columns of numbers, and at most one of dates.
    target : str
        The column whose next value is to be told.
    lags : int
        Of every column of numbers, at least 1.

    Raises
    ------
    CvxbenchError
        If the file cannot be read, or its series is not fit: one sentence.
    """
    entry = entry_from_file(path, target)
    windows(load_series(entry), lags)

    def parts(budget: BudgetName, seed: int | None) -> Sequence[Part]:
        return forecast.parts(entry, lags, ("train",), budget, seed)

    return replace(EXPERIMENT, description=f"{target} of {path.name} from {lags} lags", parts=parts)
