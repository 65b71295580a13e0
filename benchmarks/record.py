"""From an answer to its row: judged, dated, appended."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path

from benchmarks import rows
from benchmarks.cases import Case, Instance
from benchmarks.judge import TARGET, Answer, above, judge
from benchmarks.rows import Row
from cvxbench.bench.manifest import manifest


@dataclass(frozen=True)
class Attempt:
    """Who solved, and by what measure.

    Parameters
    ----------
    solver, setting : str
    package : str
        The distribution whose version is recorded.
    repeat : int
    limit : float
        Seconds of processor time.
    bound : float or None
        What the objective is held against; None for the bound that the answer proves itself.
    own_gap : float or None
        If given, the gap that the answer has to prove; if not, its objective must be within the target of `bound`.
    """

    solver: str
    setting: str
    package: str
    repeat: int = 1
    limit: float = math.inf
    bound: float | None = None
    own_gap: float | None = None


def record(path: Path, case: Case, instance: Instance, attempt: Attempt, answer: Answer) -> Row:
    """Judge an answer, append its row to the CSV file `path`, and return the row."""
    objective = lower_bound = own_gap = excess = math.nan
    if answer.network is not None:
        verdict = judge(instance, answer.network)
        objective, lower_bound, own_gap = verdict.objective, verdict.lower_bound, verdict.own_gap
        excess = above(objective, lower_bound if attempt.bound is None else attempt.bound)
    reached = excess <= TARGET if attempt.own_gap is None else own_gap <= attempt.own_gap
    row = Row(
        dataset=case.dataset,
        n=len(instance.y),
        d=instance.X.shape[1],
        gates=case.gates,
        patterns=instance.gates.shape[1],
        lam=case.lam,
        solver=attempt.solver,
        setting=attempt.setting,
        repeat=attempt.repeat,
        status=rows.REACHED if reached and answer.seconds <= attempt.limit else rows.NOT_REACHED,
        seconds=answer.seconds,
        wall_seconds=answer.wall_seconds,
        limit=attempt.limit,
        objective=objective,
        lower_bound=lower_bound,
        own_gap=own_gap,
        above=excess,
        detail=answer.detail,
        version=version(attempt.package),
        cpu=_cpu(),
        load=os.getloadavg()[0],
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    rows.append(path, [row])
    return row


@cache
def _cpu() -> str:
    return manifest(threads=1, jobs=1)["cpu"]
