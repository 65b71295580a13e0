"""`cvxbench check`: hold a run against a baseline, for CI."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvxbench.cli.errors import reported
from cvxbench.cli.files import write
from cvxbench.cli.numbers import POSITIVE

if TYPE_CHECKING:
    from cvxbench.report.check.baseline import Baseline
    from cvxbench.report.check.compare import Comparison
    from cvxbench.report.check.record import Record
    from cvxbench.report.check.summary import Outcome

UNIT = (
    "time: the geometric mean over cells, in units of a reference workload that was timed when each run began; it "
    "advises, and fails nothing without --time-factor."
)
NO_UNIT = "time: the reference workload was not timed beside this run, so times are left out."
UNSAID = "no reason given"


@click.command()
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--baseline", type=click.Path(dir_okay=False, path_type=Path), required=True, help="File to check by.")
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write JUnit XML there, a case a cell.")
@click.option("--time-factor", type=POSITIVE, metavar="X", help="Fail also what takes more than X times its time.")
@click.option("--update", is_flag=True, help="Make the baseline, or bring it up to date; print what changed.")
@click.option("--because", metavar="TEXT", help="With --update: the reason, for the baseline's log.")
@reported
def check(
    folder: Path, baseline: Path, junit: Path | None, time_factor: float | None, update: bool, because: str | None
) -> None:
    """Check the quality of RUN, the folder of a run, against a baseline that was committed.

    Objectives, bounds and iterations decide; times, in units of a reference workload measured beside the run, only
    advise. On GitHub Actions it annotates the log and writes the job's summary.

    Exit codes: 0 no regression; 1 some cells are worse, or too slow by --time-factor; 2 wrong use, or a baseline of
    other cells or data; 3 some cells crashed, ran out of memory or were killed; 4 some or all cells of the baseline
    were not measured. Of several the first of 1, 3, 4. With --update: 0, or 2 if it is refused.

    Example: cvxbench check results/uci-mini-quick --baseline results/baselines/uci-mini.json
    """
    from rich.console import Console

    from cvxbench.errors import CvxbenchError
    from cvxbench.report.check import baseline as baselines
    from cvxbench.report.check.comparable import refuse_changed, refuse_foreign
    from cvxbench.report.check.compare import compare, references
    from cvxbench.report.check.record import measured
    from cvxbench.report.check.summary import outcome, sheets
    from cvxbench.report.terminal import print_sheets

    if because is not None and not update:
        raise CvxbenchError("--because is the reason of an --update, which was not asked for")
    if update and (junit or time_factor):
        raise CvxbenchError("--junit and --time-factor judge a run, --update takes it as it is; ask for one of them")
    run = measured(folder).in_workloads
    if update and not baseline.exists():
        _begin(baseline, run, because)
        return
    known = baselines.read(baseline)
    refuse_foreign(known.record, run, baseline)
    if not update:
        refuse_changed(known.record, run, baseline)
    comparison = compare(known.record, run, references(known.record.cells))
    unit = UNIT if run.limit is not None else NO_UNIT
    print_sheets(sheets(comparison, unit), Console(highlight=False))
    click.echo()
    if update:
        _update(baseline, known, run, comparison, because)
        return
    found = outcome(comparison, time_factor)
    if junit is not None:
        from cvxbench.report.check import junit as xml

        write(junit, xml.render(comparison), "choose another --junit")
    if os.environ.get("GITHUB_ACTIONS") == "true":
        _tell_github(comparison, found, unit)
    click.echo(found.sentence)
    sys.exit(found.exit_code)


def _begin(path: Path, run: Record, because: str | None) -> None:
    from cvxbench.report.check import baseline as baselines
    from cvxbench.report.check.update import begun

    _save(path, baselines.render(begun(run, because or UNSAID, _today())))
    click.echo(f"'{path}' begins with {len(run.cells)} cells")


def _update(path: Path, known: Baseline, run: Record, comparison: Comparison, because: str | None) -> None:
    from cvxbench.report.check import baseline as baselines
    from cvxbench.report.check.update import updated

    new = updated(known, run, comparison, because or UNSAID, _today())
    if new is known:
        click.echo(f"'{path}' stays as it is: no cell changed")
        return
    _save(path, baselines.render(new))
    for change in new.log[-1].changes:
        click.echo(change)
    click.echo(f"'{path}' is updated")


def _save(path: Path, text: str) -> None:
    write(path, text, "choose another --baseline")


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _tell_github(comparison: Comparison, found: Outcome, unit: str) -> None:
    from cvxbench.report.check import github

    for line in github.log_lines(comparison, found):
        click.echo(line)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(github.page(comparison, found, unit))
