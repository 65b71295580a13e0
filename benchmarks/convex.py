"""Speed of our engine for the gated-ReLU program beside public solvers: `python -m benchmarks.convex --help`."""

from __future__ import annotations

from pathlib import Path

import click

from benchmarks.threads import one_thread

HERE = Path(__file__).parent
RAW, RELU, CURVES = (HERE / name for name in ("convex.csv", "convex-relu.csv", "convex-curves.csv"))
PAGE, FIGURE = HERE / "convex.md", HERE / "convex.svg"


@click.group()
def main() -> None:
    """Race our convex engine against its peers, measure how its cost grows, and write convex.md."""


@main.command()
@click.option("--peer", "peers", multiple=True, help="Race this peer only; several times for several. Default: all.")
@click.option("--alone", is_flag=True, help="Our engine alone, to be added to what the peers did before.")
@click.option("--table", "tables", multiple=True, help="Race on this dataset only; several times for several.")
@click.option(
    "--time-limit", default=10.0, show_default=True, help="Processor seconds that one solve of a peer may take."
)
@click.option("--patience", default=20.0, show_default=True, help="Or so many times our own time for a gap of 1e-10.")
@click.option("--raw", default=RAW, type=click.Path(path_type=Path), help="The CSV file that solves are appended to.")
def race(
    peers: tuple[str, ...], alone: bool, tables: tuple[str, ...], time_limit: float, patience: float, raw: Path
) -> None:
    """Time every solver to a relative gap of 1e-4 on every case; what the CSV file has already is not solved again."""
    with one_thread():
        from benchmarks import cases
        from benchmarks.peers import NAMES
        from benchmarks.race import Limits, run

        unknown = set(peers) - set(NAMES)
        if unknown:
            raise click.BadParameter(f"{', '.join(unknown)} is no peer; choose from {', '.join(NAMES)}")
        todo = cases.cases(tables or cases.TABLES, tables or cases.SMALL_TABLES)
        run(raw, todo, () if alone else peers or NAMES, Limits(time_limit, patience), click.echo)


@main.command()
@click.option("--time-limit", default=30.0, show_default=True, help="Processor seconds that one solve may take.")
def relu(time_limit: float) -> None:
    """Time scnn's augmented Lagrangian on the ReLU program of a few patterns, beside Clarabel."""
    with one_thread():
        from benchmarks.sampled import run

        run(RELU, time_limit, click.echo)


@main.command()
def curves() -> None:
    """Measure the cost of our engine against n, d, patterns and outputs, each alone."""
    with one_thread():
        from benchmarks.curves import measure

        measure(CURVES, click.echo)


@main.command()
def table() -> None:
    """Write convex.md and convex.svg from the CSV files."""
    from benchmarks.page import write

    write(RAW, RELU, CURVES, PAGE, FIGURE)


if __name__ == "__main__":
    main()
