"""What a run says of its quality, cell by cell: what a baseline keeps, and what two runs are compared by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from cvxbench.bench.suite import identity
from cvxbench.report.cells import MISSING, Cell, best, ended_worst, lowest
from cvxbench.report.evidence import read

NEAR = 0.25  # of its time limit: from there on what an attempt reaches depends on the machine
MACHINE = ("cpu", "cores", "system", "blas", "threads", "jobs")  # what times of two runs are comparable by
SUITE = ("name", "seed", "bias", "centre", "budget")  # what makes cells of the same name the same cells

Key = tuple[str, str, float, str]


@dataclass(frozen=True)
class Recorded:
    """One cell, reduced to what is compared.

    Parameters
    ----------
    dataset, network : str
    lam : float
    method, status : str
        As in a report; "missing" if any attempt of the cell's study has not run.
    objective, default_objective : float or None
        Of the best attempt, and of the default setting's first repeat.
    lower_bound : float or None
        What the best attempt itself proves or vouches for.
    bound : {"proven", "searched"} or None
    iterations : int or None
        Of the best attempt.
    convex : bool
        Whether the method solves the program.
    time : float or None
        Mean wall time of an attempt, in the unit of the record; None if the machine was shared, or not measured.
    limited : bool
        Whether some attempt came near its time limit, so that another machine may end elsewhere.
    detail : str
        Why the cell ended as it did.
    """

    dataset: str
    network: str
    lam: float
    method: str
    status: str
    objective: float | None = None
    default_objective: float | None = None
    lower_bound: float | None = None
    bound: Literal["proven", "searched"] | None = None
    iterations: int | None = None
    convex: bool = False
    time: float | None = None
    limited: bool = False
    detail: str = ""

    @property
    def key(self) -> Key:
        """What names the cell."""
        return self.dataset, self.network, self.lam, self.method


@dataclass(frozen=True)
class Record:
    """A run, or a baseline.

    Parameters
    ----------
    suite : dict
        What its cells depend on beside their names: seed, preparation, budget; and the tolerances of the solve rate.
    tables : dict
        Dataset → sha256 of its table.
    cells : tuple of Recorded
        By dataset, network, lambda and method.
    limit : float or None
        The time limit of an attempt, in the unit of the times; None for a baseline.
    """

    suite: Mapping[str, Any]
    tables: Mapping[str, str]
    cells: tuple[Recorded, ...]
    limit: float | None = None

    def in_units(self, seconds: float | None) -> Record:
        """Return the record with its times in units of so many seconds; without times if that is None."""
        if seconds is None:
            return replace(self, cells=tuple(replace(cell, time=None) for cell in self.cells), limit=None)
        return replace(
            self,
            cells=tuple(replace(c, time=None if c.time is None else c.time / seconds) for c in self.cells),
            limit=None if self.limit is None else self.limit / seconds,
        )


@dataclass(frozen=True)
class Measured:
    """The record of a run in seconds, and the manifest of its last session."""

    record: Record
    manifest: Mapping[str, Any]

    @property
    def in_workloads(self) -> Record:
        """The record in units of the reference workload; without times where it was not measured."""
        return self.record.in_units(self.manifest.get("workload_seconds"))


def measured(folder: Path) -> Measured:
    """Read a run, finished or not.

    Raises
    ------
    CvxbenchError
        If the folder is not a run, or its store is damaged.
    """
    run = read(folder)
    limit = run.suite["budget"]["time_limit"]
    tables = {name: table.sha256 for name, table in run.tables.items()}
    found = tuple(sorted((_recorded(cell, limit) for cell in run.cells), key=lambda cell: cell.key))
    named = identity(run.suite)
    suite = {key: named.get(key) for key in SUITE} | {"tolerances": run.suite["tolerances"]}
    return Measured(Record(suite, tables, found, limit), run.sessions[-1])


def _recorded(cell: Cell, limit: float) -> Recorded:
    verdicts = cell.verdicts
    chosen, default = best(verdicts), best(cell.default)
    told = chosen or ended_worst(verdicts)
    missing = len(cell.attempts) - len(verdicts)
    if missing or told is None:
        detail = f"{missing} of {len(cell.attempts)} attempts have not run"
        return Recorded(*cell.problem, cell.method, MISSING, convex=cell.convex, detail=detail)
    bound = chosen.lower_bound if chosen else None
    return Recorded(
        *cell.problem,
        method=cell.method,
        status=told.status,
        objective=lowest(chosen) if chosen else None,
        default_objective=lowest(default) if default else None,
        lower_bound=bound,
        bound=None if bound is None or chosen is None else "searched" if chosen.starts else "proven",
        iterations=chosen.iterations if chosen else None,
        convex=cell.convex,
        time=None if any(v.contended for v in verdicts) else sum(v.spent for v in verdicts) / len(verdicts),
        limited=any(max(v.cost or 0.0, v.seconds or 0.0) >= NEAR * limit for v in verdicts),
        detail=told.detail,
    )
