"""References that outlive runs: the best objectives that long runs reached, in CSV files that ship with the package."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from cvxbench.bench.records import TableInfo
from cvxbench.report.cells import ProblemKey
from cvxbench.report.reference import Known

SAME = 1e-9  # relative difference of two lambdas that are one
PUBLISHED = {"seed": None, "bias": False, "centre": False}  # what a suite must say for its problems to be these


def shipped() -> Path:
    """Return the folder of the files that ship with the package, or of those beside an editable package."""
    package = Path(str(resources.files("cvxbench")))
    inside = package / "references"
    return inside if inside.exists() else package.parent / "results" / "references"


def kept(
    problems: Iterable[ProblemKey], suite: Mapping[str, Any], tables: Mapping[str, TableInfo], folder: Path
) -> tuple[dict[ProblemKey, Known], dict[ProblemKey, Known]]:
    """Return the objectives and lower bounds that the files of `folder` have for the problems of a run.

    A row speaks of a problem if dataset, network, lambda and the table's sha256 are the same, and the run takes the
    published split and neither centres nor appends a column.

    Parameters
    ----------
    problems : iterable of ProblemKey
    suite : dict
        The run's.
    tables : dict
        Dataset → its table.
    folder : Path
        Its CSV files have the columns dataset, sha256, network, lam, objective, lower_bound, starts (0 if the bound is
        proven) and source.
    """
    objectives: dict[ProblemKey, Known] = {}
    bounds: dict[ProblemKey, Known] = {}
    if any(suite[option] != published for option, published in PUBLISHED.items()):
        return objectives, bounds
    rows: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                rows.setdefault((row["dataset"], row["network"], row["sha256"]), []).append(row)
    for problem in problems:
        table = tables.get(problem.dataset)
        for row in rows.get((problem.dataset, problem.network, table.sha256), ()) if table else ():
            if math.isclose(float(row["lam"]), problem.lam, rel_tol=SAME):
                objectives[problem] = Known(float(row["objective"]), row["source"])
                bounds[problem] = Known(float(row["lower_bound"]), row["source"], int(row["starts"]))
    return objectives, bounds
