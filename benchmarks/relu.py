"""Training over all activation patterns on every table of `uci`, judged by a harder search; and beside Adam and SGD."""

from __future__ import annotations

from pathlib import Path

import click

from benchmarks.threads import one_thread
from cvxbench.cli.errors import reported

HERE = Path(__file__).parent
SWEEP, OPPONENTS = HERE / "relu.csv", HERE / "relu-opponents.csv"
PAGE, FIGURE = HERE / "relu.md", HERE / "relu.png"
KEPT = HERE.parent / "results" / "references" / "relu.csv"


@click.group()
def main() -> None:
    """Train over all patterns, judge the claims, compare with tuned opponents, and write relu.md."""


@main.command()
@click.option("--table", "tables", multiple=True, help="This dataset only; several times for several.")
@click.option("--lambda", "lams", type=float, multiple=True, help="This lambda only. Default: the six of the suites.")
@click.option("--time-limit", default=120.0, show_default=True, help="Wall seconds of one training.")
@click.option("--raw", default=SWEEP, type=click.Path(path_type=Path), help="The CSV file that rows are appended to.")
@reported
def sweep(tables: tuple[str, ...], lams: tuple[float, ...], time_limit: float, raw: Path) -> None:
    """Train and judge the binary and regression tables of `uci`; what the CSV file has already is not done again."""
    with one_thread():
        from benchmarks.everywhere import names, run
        from cvxbench.bench.suite import LAMBDAS

        run(raw, tables or names(), lams or LAMBDAS, time_limit, click.echo)


@main.command()
@click.option("--table", "tables", multiple=True, help="This dataset only; several times for several.")
@click.option("--raw", default=OPPONENTS, type=click.Path(path_type=Path), help="The CSV file to append to.")
@reported
def opponents(tables: tuple[str, ...], raw: Path) -> None:
    """Hold every setting of the published studies of Adam and SGD, and sampled programs, against all patterns.

    Needs the environment of benchmarks/convex.md, for scnn.
    """
    with one_thread():
        from benchmarks.opponents import TABLES, run

        run(raw, tables or TABLES, click.echo)


@main.command()
def references() -> None:
    """Write results/references/relu.csv, what reports measure gaps against, from the CSV files."""
    from benchmarks.keep import write

    click.echo(f"{write(SWEEP, OPPONENTS, KEPT)} references")


@main.command()
def table() -> None:
    """Write relu.md and relu.png from the CSV files."""
    from benchmarks.everywhere_page import write

    write(SWEEP, OPPONENTS, PAGE, FIGURE)


if __name__ == "__main__":
    main()
