"""A comparison for GitHub Actions: annotations of the log, and the Markdown of the job's summary."""

from __future__ import annotations

from cvxbench.report.check.compare import Comparison, Finding, Kind
from cvxbench.report.check.summary import NOTABLE, Outcome, sheets, too_slow
from cvxbench.report.markdown import block

MOST = 10  # annotations of a level that GitHub shows of a step


def log_lines(comparison: Comparison, outcome: Outcome) -> tuple[str, ...]:
    """Return workflow commands: errors for what makes the check fail, warnings for what it advises."""
    errors = [_cell(finding) for finding in comparison.of(Kind.WORSE, Kind.FAILED, Kind.MISSING)]
    warnings = [_cell(finding) for finding in comparison.of(Kind.LIMITED)]
    warnings += [
        f"{group.network} / {group.method} is {group.slower:.2g}× slower" for group in too_slow(comparison, NOTABLE)
    ]
    first = [outcome.sentence] if outcome.exit_code else []
    return (*_commands("error", [*first, *errors]), *_commands("warning", warnings))


def page(comparison: Comparison, outcome: Outcome, unit: str) -> str:
    """Return the summary as Markdown."""
    return "\n\n".join([f"## {outcome.sentence}", *(block(sheet) for sheet in sheets(comparison, unit))]) + "\n"


def _commands(level: str, messages: list[str]) -> list[str]:
    more = len(messages) - MOST
    shown = messages if more <= 0 else [*messages[: MOST - 1], f"and {more + 1} more: see the summary of this step"]
    return [f"::{level} title=cvxbench check::{_escaped(message)}" for message in shown]


def _cell(finding: Finding) -> str:
    cell = finding.cell
    return f"{finding.kind.value}: {cell.dataset}, {cell.network}, lambda {cell.lam:g}, {cell.method}: {finding.said}"


def _escaped(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
