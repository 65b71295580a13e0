"""`cvxbench report`: print what a run says, finished or not."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvxbench.cli.errors import reported
from cvxbench.cli.files import write
from cvxbench.cli.numbers import POSITIVE
from cvxbench.errors import CvxbenchError

if TYPE_CHECKING:
    from cvxbench.report.build import Report
    from cvxbench.report.evidence import Evidence

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

    from cvxbench.report import build, csv, json, latex, markdown, terminal
    from cvxbench.report.evidence import read

    if form == "figures" and output is None:
        raise CvxbenchError("figures are many files; name a folder for them with --output")
    evidence = read(folder)
    found = build.summary(evidence, tolerances or None, contended)
    renderers = {
        "terminal": terminal.render,
        "json": json.render,
        "csv": csv.render,
        "markdown": markdown.render,
        "latex": latex.render,
        "html": partial(_page, evidence),
    }
    if form == "figures" and output is not None:
        _write_figures(output, evidence, found)
    elif output is not None:
        write(output, renderers[form](found), ADVICE)
    elif form == "terminal":
        terminal.print_report(found, Console(highlight=False))
    else:
        click.echo(renderers[form](found), nl=False)
    sys.exit(0 if build.measured(found) else 4)


def _page(evidence: Evidence, report: Report) -> str:
    from cvxbench.report.html.page import render

    return render(evidence, report)


def _write_figures(folder: Path, evidence: Evidence, report: Report) -> None:
    from cvxbench.report.figures.all import figures
    from cvxbench.report.figures.files import files

    if folder.exists() and not folder.is_dir():
        raise CvxbenchError(f"'{folder}' is a file; figures need a folder as --output")
    contents = list(files(figures(evidence, report)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CvxbenchError(f"'{folder}' cannot be made ({error.strerror}); {ADVICE}") from error
    for name, content in contents:
        write(folder / name, content, ADVICE)
