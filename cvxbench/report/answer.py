"""The question, and the one sentence that a run answers it with."""

from __future__ import annotations

from collections.abc import Iterable

from cvxbench.report.build import Report, measured
from cvxbench.report.cells import MISSING
from cvxbench.report.solve_rates import SolveRate, headline

QUESTION = "Which way of training a ReLU network reaches the optimum: its convex program, or SGD/Adam?"


def answer(report: Report) -> str:
    """Return the answer in one sentence, computed from the solve rates."""
    if not measured(report):
        return "Nothing was measured: no attempt of this run is scored."
    parts = [part for network in report.null_problems if (part := _of_network(report, network))]
    total, missing = report.attempts.total, report.attempts.by_status[MISSING]
    start = f"So far, with {total - missing} of {total} attempts run, within" if missing else "Within"
    tol = 100.0 * headline(report.tolerances)
    return f"{start} {tol:g} % of the best known objective: {'; '.join(parts)} [95 % intervals]."


def budget(report: Report) -> str:
    """Return what an opponent could spend, in one line."""
    given = report.suite["budget"]
    line = (
        f"budget {given['name']}: {len(given['steps'])} steps × {counted(given['repeats'], 'seed')} × "
        f"{counted(given['epochs'], 'epoch')} per opponent"
    )
    return f"{line} — a smoke test, not evidence" if given["name"] == "quick" else line


def percent(rate: SolveRate) -> str:
    """Return "97.2 % (420/432)"."""
    return "none" if rate.rate is None else f"{100.0 * rate.rate:.1f} % ({rate.solved}/{rate.total})"


def counted(number: int, noun: str) -> str:
    """Return "1 seed", "3 seeds"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _of_network(report: Report, network: str) -> str:
    tol = headline(report.tolerances)
    convex = {cost.method for cost in report.study_cost if cost.convex and cost.network == network}
    rates = [row for row in report.solve_rate if row.network == network and row.tol == tol]
    program = _best(row for row in rates if row.method in convex)
    opponent = _best(row for row in rates if row.method not in convex)
    said = []
    if program is not None:
        said.append(f"the convex program ({program.method}) solved {_sure(program)} of the problems")
    if opponent is not None:
        default = next(row for row in rates if row.method == opponent.method and row.accounting == "default")
        said.append(
            f"{opponent.method}, the best opponent, {_sure(opponent)} at the best of its study and "
            f"{_sure(default)} at its default setting"
        )
    return f"on {network}, {' and '.join(said)}" if said else ""


def _sure(rate: SolveRate) -> str:
    """Return "97.2 % (420/432) [95.2, 98.4]"."""
    if rate.ci_low is None or rate.ci_high is None:
        return percent(rate)
    return f"{percent(rate)} [{100.0 * rate.ci_low:.1f}, {100.0 * rate.ci_high:.1f}]"


def _best(rates: Iterable[SolveRate]) -> SolveRate | None:
    return max((row for row in rates if row.accounting == "oracle"), key=lambda row: row.solved, default=None)
