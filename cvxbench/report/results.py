"""One row per cell: what came out of each problem × method, with its status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from cvxbench.attempt import Status
from cvxbench.bench.records import TableInfo, Verdict
from cvxbench.report.cells import MISSING, Cell, ProblemKey, best, ended_worst, lowest
from cvxbench.report.reference import Known, Reference, relative_gap

SENTENCES = {status.label: status.value for status in Status} | {
    MISSING: "has not run; `cvxbench run` again with the same --out goes on from here"
}


@dataclass(frozen=True)
class Result:
    """The result of one cell: that of its best attempt, chosen by the training objective alone.

    Parameters
    ----------
    dataset, network : str
    lam : float
    method, status : str
        The best attempt's status; if none is scored, that of the first attempt that ended worst; else "missing".
    objective : float or None
        Training objective, the lowest of the attempt's iterates.
    reference, relative_gap, lower_bound : float or None
        Of the problem; the gap is (objective − reference)/reference.
    bound : {"proven", "searched"} or None
        What the lower bound is; a searched one may be contradicted by a harder search.
    test_score : float or None
        Of the best attempt: accuracy in [0, 1], or mean squared error.
    test_metric : {"accuracy", "mse"} or None
        None if the table has not been loaded.
    seconds : float or None
        Wall time of the best attempt.
    contended : bool
        Whether the best attempt shared the machine.
    detail : str
        Why the attempt ended.
    reference_source : str or None
    default_objective : float or None
        Training objective of the default setting's first repeat.
    study_seconds : float
        Wall time of all the cell's attempts together.
    """

    dataset: str
    network: str
    lam: float
    method: str
    status: str
    objective: float | None
    reference: float | None
    relative_gap: float | None
    lower_bound: float | None
    bound: Literal["proven", "searched"] | None
    test_score: float | None
    test_metric: Literal["accuracy", "mse"] | None
    seconds: float | None
    contended: bool
    detail: str
    reference_source: str | None
    default_objective: float | None
    study_seconds: float


def results(
    cells: Iterable[Cell],
    references: Mapping[ProblemKey, Reference],
    bounds: Mapping[ProblemKey, Known],
    tables: Mapping[str, TableInfo],
) -> tuple[Result, ...]:
    """Return the results of the cells, in the plan's order."""
    return tuple(
        _result(cell, references.get(cell.problem), bounds.get(cell.problem), tables.get(cell.problem.dataset))
        for cell in cells
    )


def _result(cell: Cell, reference: Reference | None, bound: Known | None, table: TableInfo | None) -> Result:
    chosen = best(cell.verdicts)
    told = chosen or ended_worst(cell.verdicts)
    objective = lowest(chosen) if chosen else None
    default = best(cell.default)
    status = told.status if told else MISSING
    return Result(
        *cell.problem,
        method=cell.method,
        status=status,
        objective=objective,
        reference=reference.value if reference else None,
        relative_gap=relative_gap(objective, reference.value) if reference and objective is not None else None,
        lower_bound=bound.value if bound else None,
        bound=bound.bound if bound else None,
        test_score=chosen.test_score if chosen else None,
        test_metric=_metric(table) if table else None,
        seconds=chosen.seconds if chosen else None,
        contended=chosen.contended if chosen else False,
        detail=_detail(told, status),
        reference_source=reference.source if reference else None,
        default_objective=lowest(default) if default else None,
        study_seconds=sum((verdict.spent for verdict in cell.verdicts), 0.0),
    )


def _metric(table: TableInfo) -> Literal["accuracy", "mse"]:
    return "mse" if table.task == "regression" else "accuracy"


def _detail(verdict: Verdict | None, status: str) -> str:
    return verdict.detail if verdict and verdict.detail else SENTENCES.get(status, status)
