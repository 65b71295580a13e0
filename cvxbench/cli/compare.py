"""`cvxbench compare`: two runs beside each other."""

from __future__ import annotations

from pathlib import Path

import click

from cvxbench.cli.errors import reported


@click.command()
@click.argument("a", metavar="RUN_A", type=click.Path(path_type=Path))
@click.argument("b", metavar="RUN_B", type=click.Path(path_type=Path))
@reported
def compare(a: Path, b: Path) -> None:
    """Say of each network and method whether RUN_B is better or worse than RUN_A, and whether it is faster.

    Runs on other data are refused; the times of runs on different machines are left out.

    Exit codes: 0 compared, whatever came out; 2 wrong use, or runs that cannot be compared.

    Example: cvxbench compare results/before results/after
    """
    from rich.console import Console

    from cvxbench.report.compare import compare_runs
    from cvxbench.report.terminal import print_sheets

    found = compare_runs(a, b)
    print_sheets(found.sheets, Console(highlight=False))
    click.echo()
    click.echo(found.sentence)
