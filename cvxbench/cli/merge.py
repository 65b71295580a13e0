"""`cvxbench merge`: runs made on different machines, joined."""

from __future__ import annotations

from pathlib import Path

import click

from cvxbench.cli.errors import reported


@click.command()
@click.argument("runs", metavar="RUN…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the joined run; a new one.")
@reported
def merge(runs: tuple[Path, ...], out: Path) -> None:
    """Join runs of one suite that were made on different machines into one run.

    They may differ in their datasets, networks or lambdas, if together they fill a grid, or have finished different
    parts of one; of an attempt that several have finished, that of the first RUN is taken. Runs of other methods on one
    network, or on other data, are refused; the times of runs on different processors count as contended. The runs stay
    as they are.

    Example: cvxbench merge results/uci-a results/uci-b --out results/uci-quick
    """
    from cvxbench.bench.merge import merge as join

    merged = join(runs, out)
    click.echo(f"{out}: {merged.finished} of {merged.total} finished, from {merged.runs} runs", err=True)
    if merged.mixed:
        click.echo("made on different processors, so its times count as contended", err=True)
