"""`cvxbench report`: print what a run says, finished or not."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvxbench.cli.errors import reported
from cvxbench.cli.files import write
from cvxbench.cli.numbers import POSITIVE
from cvxbench.errors import CvxbenchError

if TYPE_CHECKING:
    from rich.console import Console

    from cvxbench.report.experiment import ExperimentReport
    from cvxbench.report.figures.figure import Figure

FORMATS = ("terminal", "json", "csv", "markdown", "latex", "html", "figures")
ADVICE = "choose another --output"


@click.command()
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(FORMATS), default="terminal", show_default=True)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Write there; figures need it, and make it a folder of SVG, PNG, PDF and CSV files.",
)
@click.option(
    "--tol",
    "tolerances",
    type=POSITIVE,
    multiple=True,
    metavar="T",
    help="Relative tolerance of the solve rate, instead of the suite's; may be repeated.",
)
@click.option("--contended", is_flag=True, help="Let times of attempts that shared the machine enter the medians.")
@reported
def report(folder: Path, form: str, output: Path | None, tolerances: tuple[float, ...], contended: bool) -> None:
    """Print the report of RUN, the folder of a run; missing cells are counted.

    Exit codes: 0 fine, 2 wrong use, 4 nothing was measured.

    html is one file that needs nothing else, with every convergence curve of every problem.

    Example: cvxbench report results/uci-mini-quick --format html --output report.html
    """
    from rich.console import Console

    from cvxbench.report import experiment

    if form == "figures" and output is None:
        raise CvxbenchError("figures are many files; name a folder for them with --output")
    found = experiment.read(folder)
    if found is not None and (tolerances or contended):
        raise CvxbenchError(
            f"'{folder}' is the run of an experiment, without solve rates; leave --tol, --contended out"
        )
    shown = _of_suite(folder, tolerances, contended) if found is None else _of_experiment(found)
    if form == "figures" and output is not None:
        write_figures(output, shown.figures())
    elif output is not None:
        write(output, shown.formats[form](), ADVICE)
    elif form == "terminal":
        shown.show(Console(highlight=False))
    else:
        click.echo(shown.formats[form](), nl=False)
    sys.exit(0 if shown.measured else 4)


@dataclass(frozen=True)
class Shown:
    """A run that has been read: how it is printed in each format, and whether it has anything to say."""

    formats: Mapping[str, Callable[[], str]]
    show: Callable[[Console], None]
    figures: Callable[[], list[Figure]]
    measured: bool


def _of_suite(folder: Path, tolerances: tuple[float, ...], contended: bool) -> Shown:
    from cvxbench.report import build, csv, json, latex, markdown, terminal
    from cvxbench.report.evidence import read

    evidence = read(folder)
    report = build.summary(evidence, tolerances or None, contended)

    def page() -> str:
        from cvxbench.report.html.page import render

        return render(evidence, report)

    def drawn() -> list[Figure]:
        from cvxbench.report.figures.all import figures

        return figures(evidence, report)

    written = {"terminal": terminal, "json": json, "csv": csv, "markdown": markdown, "latex": latex}
    return Shown(
        formats={"html": page} | {name: partial(module.render, report) for name, module in written.items()},
        show=partial(terminal.print_report, report),
        figures=drawn,
        measured=build.measured(report),
    )


def _of_experiment(report: ExperimentReport) -> Shown:
    from cvxbench.report import experiment, latex, markdown, terminal

    def page() -> str:
        from cvxbench.report.html.page import render_experiment

        return render_experiment(report)

    def drawn() -> list[Figure]:
        from cvxbench.report.figures.plots import figure

        return [figure(plot) for plot in report.findings.plots if plot.rows]

    head, sheets = experiment.preface(report), experiment.sheets(report)
    written = {"terminal": terminal, "markdown": markdown, "latex": latex}
    return Shown(
        formats={"html": page, "json": partial(experiment.json, report), "csv": partial(experiment.csv, report)}
        | {name: partial(module.page, head, sheets) for name, module in written.items()},
        show=partial(terminal.print_page, head, sheets),
        figures=drawn,
        measured=experiment.measured(report),
    )


def write_figures(folder: Path, figures: Sequence[Figure]) -> None:
    """Draw figures into a folder, which is made if it does not exist."""
    from cvxbench.report.figures.files import files

    if folder.exists() and not folder.is_dir():
        raise CvxbenchError(f"'{folder}' is a file; figures need a folder as --output")
    contents = list(files(figures))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CvxbenchError(f"'{folder}' cannot be made ({error.strerror}); {ADVICE}") from error
    for name, content in contents:
        write(folder / name, content, ADVICE)
