"""All figures of a report, in reading order."""

from __future__ import annotations

from cvxbench.report.build import Report
from cvxbench.report.evidence import Evidence
from cvxbench.report.figures import duels, gaps, groups, held_out, profiles, tuning
from cvxbench.report.figures.figure import Figure
from cvxbench.report.solve_rates import headline

TOLERANCES = (1.0, 0.5, 0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)


def figures(evidence: Evidence, report: Report) -> list[Figure]:
    """Return the figures that have rows, in reading order."""
    shown, first = tuple(sorted({*TOLERANCES, *report.tolerances}, reverse=True)), headline(report.tolerances)
    found = [
        profiles.solved_in_time(evidence, shown, first),
        profiles.performance(evidence, shown, first),
        profiles.quality(evidence),
        gaps.distribution(evidence, report),
        duels.duels(evidence, report),
        groups.by_task(evidence, shown, first),
        groups.by_size(evidence, shown, first),
        groups.by_lambda(evidence, shown, first),
        held_out.scores(evidence, report),
        tuning.costs(evidence, report),
        tuning.settings(report),
    ]
    return [figure for figure in found if figure.rows]
