"""`cvxbench report`: print what a run says, finished or not."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cvxbench.cli.errors import reported
from cvxbench.cli.files import write
from cvxbench.cli.numbers import POSITIVE

FORMATS = ("terminal", "json", "csv", "markdown", "latex")


@click.command()
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(FORMATS), default="terminal", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="PATH", help="Write there.")
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

    Example: cvxbench report results/uci-mini-quick --format markdown --output report.md
    """
    from rich.console import Console

    from cvxbench.report import build, csv, json, latex, markdown, terminal

    found = build.report(folder, tolerances or None, contended)
    renderers = {
        "terminal": terminal.render,
        "json": json.render,
        "csv": csv.render,
        "markdown": markdown.render,
        "latex": latex.render,
    }
    if output is not None:
        write(output, renderers[form](found), "choose another --output")
    elif form == "terminal":
        terminal.print_report(found, Console(highlight=False))
    else:
        click.echo(renderers[form](found), nl=False)
    sys.exit(0 if build.measured(found) else 4)
