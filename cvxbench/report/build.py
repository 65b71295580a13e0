"""A report: everything that a run's store says, computed once and printed in several formats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cvxbench.bench.records import Yardstick
from cvxbench.report.by_table import TableScore, table_scores
from cvxbench.report.cells import MISSING
from cvxbench.report.costs import StudyCost, study_costs
from cvxbench.report.evidence import Evidence, read
from cvxbench.report.failures import FAILED, Failure, failed_attempts, failures, worst
from cvxbench.report.head_to_head import HeadToHead, head_to_head
from cvxbench.report.held_out import HeldOut, test_scores
from cvxbench.report.reference import contradictions
from cvxbench.report.results import Result, results
from cvxbench.report.settings import SettingWins, setting_wins
from cvxbench.report.solve_rates import SolveRate, headline, solve_rates
from cvxbench.report.solve_times import SolveTimes, time_rows

SCHEMA = 1
MACHINE = ("version", "commit", "packages", "blas", "cpu", "threads")


@dataclass(frozen=True)
class Count:
    """How many there are, and how they ended; "missing" are those that have not run."""

    total: int
    by_status: dict[str, int]


@dataclass(frozen=True)
class Report:
    """What can be said of a run, finished or not.

    Parameters
    ----------
    suite, manifest : dict
        As the store has them; the manifest is that of the last session, with the sha256 of every table.
    sessions : int
    tolerances : tuple of float
        Of the solve rates, the loosest first.
    problems : int
        (dataset, lambda) pairs: "432 problems" = 72 tables × 6 lambdas.
    cells, attempts : Count
    null_problems : dict
        Network → problems that the zero network solves.
    solve_rate, solve_rate_without_null : tuple of SolveRate
        Over all problems, and over those that are not null.
    solve_times : tuple of SolveTimes
        To the tolerance that the answer is given at.
    head_to_head : tuple of HeadToHead
    test_scores : tuple of HeldOut
    yardsticks : tuple of Yardstick
        Models of other families, one row per table and model.
    table_scores : tuple of TableScore
    study_cost : tuple of StudyCost
    settings : tuple of SettingWins
        Which setting of each tuned method won, by lambda.
    failures : tuple of Failure
        Cells without a score.
    failed_attempts : tuple of Failure
        Attempts that crashed, ran out of memory or were killed, also in cells that another attempt scored.
    worst : tuple of Result
        The cells of each method that are farthest from their references.
    warnings : tuple of str
        Sentences on what makes the run, or its times, not to be trusted.
    results : tuple of Result
        One per cell, in the plan's order.
    """

    suite: Mapping[str, Any]
    manifest: Mapping[str, Any]
    sessions: int
    tolerances: tuple[float, ...]
    problems: int
    cells: Count
    attempts: Count
    null_problems: dict[str, int]
    solve_rate: tuple[SolveRate, ...]
    solve_rate_without_null: tuple[SolveRate, ...]
    solve_times: tuple[SolveTimes, ...]
    head_to_head: tuple[HeadToHead, ...]
    test_scores: tuple[HeldOut, ...]
    yardsticks: tuple[Yardstick, ...]
    table_scores: tuple[TableScore, ...]
    study_cost: tuple[StudyCost, ...]
    settings: tuple[SettingWins, ...]
    failures: tuple[Failure, ...]
    failed_attempts: tuple[Failure, ...]
    worst: tuple[Result, ...]
    warnings: tuple[str, ...]
    results: tuple[Result, ...]


def report(folder: Path, tolerances: Sequence[float] | None = None, contended: bool = False) -> Report:
    """Read a run and compute its report.

    Parameters
    ----------
    folder : Path
        The run; it may be unfinished, or still going on.
    tolerances : sequence of float or None
        Of the solve rates, > 0; None for those of the suite.
    contended : bool
        Whether times of attempts that shared the machine enter the medians.

    Raises
    ------
    CvxbenchError
        If the folder is not a run, or its store is damaged.
    """
    return summary(read(folder), tolerances, contended)


def summary(evidence: Evidence, tolerances: Sequence[float] | None = None, contended: bool = False) -> Report:
    """Compute the report of a run that has been read; see `report`."""
    suite, sessions, tables, grid = evidence.suite, evidence.sessions, evidence.tables, evidence.cells
    known, null = evidence.references, evidence.null
    tols = tuple(sorted({float(tol) for tol in tolerances or suite["tolerances"]}, reverse=True))
    rows = results(grid, known, evidence.bounds, tables)
    costs = study_costs(grid)
    networks = dict.fromkeys(row.network for row in rows)
    return Report(
        suite=suite,
        manifest={**sessions[-1], "datasets": {name: table.sha256 for name, table in tables.items()}},
        sessions=len(sessions),
        tolerances=tols,
        problems=len({(row.dataset, row.lam) for row in rows}),
        cells=_count(Counter(row.status for row in rows)),
        attempts=_count(sum((Counter(cost.by_status) for cost in costs), Counter())),
        null_problems={network: sum(problem.network == network for problem in null) for network in networks},
        solve_rate=solve_rates(grid, known, tols, contended=contended),
        solve_rate_without_null=solve_rates(grid, known, tols, contended=contended, without=null),
        solve_times=time_rows(evidence, headline(tols), contended),
        head_to_head=head_to_head(rows),
        test_scores=test_scores(rows, evidence.yardsticks),
        yardsticks=evidence.yardsticks,
        table_scores=table_scores(rows, evidence.yardsticks),
        study_cost=costs,
        settings=setting_wins(grid),
        failures=failures(rows),
        failed_attempts=failed_attempts(grid),
        worst=worst(rows),
        warnings=(*contradictions(evidence.objectives, evidence.bounds), *_mixed(sessions)),
        results=rows,
    )


def measured(report: Report) -> bool:
    """Return whether any attempt of the run is scored."""
    return any(row.objective is not None for row in report.results)


def exit_code(report: Report) -> int:
    """Return the exit code of a run: 4 if nothing was measured, 3 if anything failed (crash, memory, kill), else 0."""
    if not measured(report):
        return 4
    failed = any(report.attempts.by_status.get(status) for status in FAILED)
    return 3 if failed or any(yardstick.status in FAILED for yardstick in report.yardsticks) else 0


def _count(statuses: Counter[str]) -> Count:
    return Count(statuses.total(), {MISSING: 0} | dict(statuses))


def _mixed(sessions: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    """Warn where the sessions of a resumed run differ in what times and answers depend on."""
    for key in MACHINE:
        if any(session.get(key) != sessions[0].get(key) for session in sessions):
            yield f"the {len(sessions)} sessions of this run differ in '{key}': its results mix more than one setup"
