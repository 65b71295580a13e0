"""`cvxbench reproduce`: list published tables and figures, or run one again and print its verdict."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvxbench.cli.errors import reported

if TYPE_CHECKING:
    from cvxbench.report.reproduce import Reproduction
    from cvxbench.studies.experiment import BudgetName


@click.command()
@click.argument("name", metavar="[TABLE]", required=False)
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the run.  [default: results/SUITE-BUDGET]")
@click.option(
    "--budget",
    type=click.Choice(["quick", "standard", "paper"]),
    default="standard",
    show_default=True,
    help="quick is a smoke test, no evidence.",
)
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Attempts side by side.")
@reported
def reproduce(name: str | None, out: Path | None, budget: BudgetName, jobs: int) -> None:
    """Run a published table or figure again and print its claims beside what is measured; without TABLE, list them.

    The same command again resumes it. Exit codes are those of `cvxbench run`; a claim that does not hold is no error.

    Example: cvxbench reproduce lasso-1d
    """
    import difflib

    from cvxbench.errors import CvxbenchError
    from cvxbench.report.reproduce import REPRODUCTIONS

    if name is None:
        _list()
        return
    known = {one.name: one for one in REPRODUCTIONS}
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean '{close[0]}'?" if close else ""
        raise CvxbenchError(f"'{name}' cannot be reproduced by name{hint} (cvxbench reproduce)")
    sys.exit(_run(known[name], out, budget, jobs))


def _list() -> None:
    from rich.table import Table

    from cvxbench.cli.progress import console
    from cvxbench.report.reproduce import REPRODUCTIONS

    table = Table("table", "published in", "claim", "time needed", box=None)
    for one in REPRODUCTIONS:
        table.add_row(one.name, one.source, one.claim, one.needs)
    console(stderr=False).print(table)


def _run(chosen: Reproduction, out: Path | None, budget: BudgetName, jobs: int) -> int:
    from cvxbench.bench import suite as suites
    from cvxbench.cli.progress import console
    from cvxbench.cli.run import executed, executed_parts
    from cvxbench.data.registry import load
    from cvxbench.report import experiment as reports
    from cvxbench.report.terminal import print_sheets
    from cvxbench.studies import EXPERIMENTS, experiment

    folder = out or Path("results") / f"{chosen.suite}-{budget}"
    if chosen.suite in EXPERIMENTS:
        code = executed_parts(experiment.plan(experiment.get(chosen.suite), budget), folder, jobs)
    else:
        code = executed(suites.load(chosen.suite, load(None), budget), folder, jobs)
        if code != 130:
            print_sheets([reports.comparisons(chosen.compare(folder))], console(stderr=False))
    return code
