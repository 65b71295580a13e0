"""`cvxbench scaling`: the scaling law of runs of yours, and the bound on the last iterate of a schedule."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvxbench.cli.errors import reported
from cvxbench.cli.numbers import POSITIVE
from cvxbench.errors import CvxbenchError

if TYPE_CHECKING:
    from cvxbench.studies.findings import Sheet

OUTPUT = click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Draw it: SVG, PNG, PDF and CSV files in this folder.",
)
SCHEDULES = ("linear", "cosine", "wsd")


@click.group()
def scaling() -> None:
    """Fit a scaling law to training runs, or bound the last iterate of a schedule.

    Example: cvxbench scaling fit runs.csv
    """


@scaling.command()
@click.argument("logs", type=click.Path(path_type=Path))
@click.option("--horizon", type=POSITIVE, metavar="T", help="Steps to advise on.  [default: 10 times the longest]")
@click.option("--longest", type=POSITIVE, metavar="T", help="Fit on runs of at most so many steps.")
@OUTPUT
@reported
def fit(logs: Path, horizon: float | None, longest: float | None, output: Path | None) -> None:
    """Fit L = L∞ + q₁²/(Tη) + q₂²η to the runs in LOGS, and advise on a longer horizon.

    LOGS is CSV, JSON lines or Parquet with a run a row: step_size (the peak η), horizon (the steps T), and loss (at the
    end; empty if it diverged) or history (a list of losses); and seed, schedule and size where runs differ in them.

    Exit codes: 0 fitted, whether the law holds or not; 2 wrong use, or too few runs.

    Example: cvxbench scaling fit runs.csv --horizon 100000
    """
    from cvxbench.cli.report import write_figures
    from cvxbench.report.figures.plots import figure
    from cvxbench.studies.scaling.advice import advise, plot, sheets
    from cvxbench.studies.scaling.logs import read_logs

    advices = [advise(each, horizon, longest) for each in read_logs(logs)]
    _show(sheets(advices))
    if output is not None:
        write_figures(output, [figure(plot(advices))])


@scaling.command()
@click.argument("logs", type=click.Path(path_type=Path), required=False)
@click.option("--schedule", "schedules", type=click.Choice(SCHEDULES), multiple=True, help="[default: all three]")
@click.option("--horizon", type=click.IntRange(1, 1_000_000), default=1000, show_default=True, metavar="T")
@click.option("--gradient", type=POSITIVE, default=1.0, show_default=True, metavar="G", help="Norm of the gradients.")
@click.option("--distance", type=POSITIVE, default=1.0, show_default=True, metavar="D", help="Start to minimiser.")
@click.option("--floor", type=POSITIVE, metavar="L", help="The lowest loss possible, taken off those of LOGS.")
@OUTPUT
@reported
def bound(
    logs: Path | None,
    schedules: tuple[str, ...],
    horizon: int,
    gradient: float,
    distance: float,
    floor: float | None,
    output: Path | None,
) -> None:
    """Bound the loss of the last iterate above its minimum: Ω_T, and the peak step γ* at which it is lowest.

    The bound holds for convex losses (Defazio et al. 2023). With LOGS, whose runs must have a schedule and a history,
    the best run of each schedule is set beside the bound, with the G and D that fit its step and its end.

    Example: cvxbench scaling bound --schedule cosine --horizon 5000
    """
    from cvxbench.cli.report import write_figures
    from cvxbench.report.figures.plots import figure
    from cvxbench.studies.scaling.bounded import bounded, plot, sheet
    from cvxbench.studies.scaling.logs import read_logs

    if logs is None and floor is not None:
        raise CvxbenchError("--floor is taken off measured losses; give LOGS too, or leave it out")
    runs = [] if logs is None else read_logs(logs)
    found = bounded(schedules or SCHEDULES, horizon, gradient, distance, runs, floor or 0.0)
    _show([sheet(found)])
    if output is not None:
        write_figures(output, [figure(plot(found))])


def _show(sheets: Sequence[Sheet]) -> None:
    from rich.console import Console

    from cvxbench.report.terminal import print_sheets

    print_sheets(sheets, Console(highlight=False))
