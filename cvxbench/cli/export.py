"""`cvxbench export`: a run as a Parquet file."""

from __future__ import annotations

from pathlib import Path

import click

from cvxbench.cli.errors import reported


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--output", required=True, type=click.Path(path_type=Path), metavar="PATH", help="The file to write.")
@click.option("--traces", is_flag=True, help="Write every attempt's trace as well: much larger.")
@reported
def export(run: Path, output: Path, traces: bool) -> None:
    """Write every attempt of a run, one a row, to a Parquet file for DuckDB or pandas; of an experiment, every part.

    An attempt's key is a hash of the table's bytes, its preparation, the method, setting, seed and budget: the same for
    the same attempt of any run.

    Example: cvxbench export results/uci-quick --output uci.parquet
    """
    from cvxbench.bench.export import export as write

    click.echo(f"{output}: {write(run, output, traces=traces)} rows", err=True)
