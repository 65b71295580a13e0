"""What a report says before its sheets: the run, the question, the answer, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass

from cvxbench.report.answer import QUESTION, answer, budget, counted
from cvxbench.report.build import Count, Report
from cvxbench.report.reference import OWN


@dataclass(frozen=True)
class Preface:
    """The lines above the sheets, as text that is not yet escaped for any format.

    Parameters
    ----------
    title, question, answer : str
    facts : tuple of str
    warnings : tuple of str
    """

    title: str
    question: str
    answer: str
    facts: tuple[str, ...]
    warnings: tuple[str, ...]


def preface(report: Report) -> Preface:
    """Return the preface of a report."""
    suite, manifest = report.suite, report.manifest
    made_by = ", ".join(f"{key} {manifest[key]}" for key in ("version", "commit", "cpu", "threads") if key in manifest)
    return Preface(
        title=f"cvxbench {suite['name']}: {suite['description']}",
        question=QUESTION,
        answer=answer(report),
        facts=(
            budget(report),
            f"{counted(report.problems, 'problem')} (tables × lambdas); "
            f"{counted(report.cells.total, 'cell')}: {_statuses(report.cells)}",
            f"{counted(report.attempts.total, 'attempt')}: {_statuses(report.attempts)}",
            f"references: the best objective of this run{_kept(report)}, never below a proven lower bound",
            *([f"measured by {made_by}"] if made_by else []),
        ),
        warnings=report.warnings,
    )


def _kept(report: Report) -> str:
    sources = {(row.dataset, row.network, row.lam): row.reference_source for row in report.results}
    others = sum(source is not None and not source.startswith(OWN) for source in sources.values())
    return f", or of a longer one that is kept ({others} of {len(sources)})" if others else ""


def _statuses(count: Count) -> str:
    return ", ".join(f"{number} {status}" for status, number in sorted(count.by_status.items()) if number)
