"""What a run's store holds, and what its problems are measured against: all that a report is computed from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cvxbench.bench.records import TableInfo, Yardstick
from cvxbench.bench.store import Store
from cvxbench.errors import CvxbenchError
from cvxbench.report.cells import Cell, ProblemKey, cells
from cvxbench.report.kept import kept, shipped
from cvxbench.report.reference import Known, Reference, best_objectives, lower_bounds, references
from cvxbench.report.solve_rates import null_problems


@dataclass(frozen=True)
class Evidence:
    """A run as it was read, finished or not.

    Parameters
    ----------
    folder : Path
    suite : dict
    sessions : sequence of dict
        A manifest each.
    tables : dict
        Dataset → its table, of those that were loaded.
    cells : tuple of Cell
        The whole grid, in the plan's order.
    objectives, bounds, references : dict
        Of the problems that have one.
    null : frozenset of ProblemKey
        The problems that the zero network solves.
    yardsticks : tuple of Yardstick
    """

    folder: Path
    suite: Mapping[str, Any]
    sessions: Sequence[Mapping[str, Any]]
    tables: Mapping[str, TableInfo]
    cells: tuple[Cell, ...]
    objectives: Mapping[ProblemKey, Known]
    bounds: Mapping[ProblemKey, Known]
    references: Mapping[ProblemKey, Reference]
    null: frozenset[ProblemKey]
    yardsticks: tuple[Yardstick, ...]


def read(folder: Path) -> Evidence:
    """Read a run.

    Raises
    ------
    CvxbenchError
        If the folder is not a run, or one of an experiment, or its store is damaged.
    """
    with Store(folder) as store:
        suite, sessions = store.meta("suite"), store.meta("sessions")
        if "experiment" in suite:
            raise CvxbenchError(
                f"'{folder}' is the run of an experiment, which has no cells (cvxbench report {folder})"
            )
        grid = cells(store.attempts())
        tables = store.tables()
        yardsticks = tuple(store.yardsticks())
    objectives, bounds = kept(dict.fromkeys(cell.problem for cell in grid), suite, tables, shipped())
    objectives, bounds = best_objectives(grid, objectives), lower_bounds(grid, bounds)
    known = references(objectives, bounds)
    null = null_problems(known, tables)
    return Evidence(folder, suite, sessions, tables, grid, objectives, bounds, known, null, yardsticks)
