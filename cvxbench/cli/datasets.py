"""`cvxbench datasets`: list, show, fetch and verify what the registry holds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from cvxbench.cli.errors import reported

extra = click.option(
    "--registry",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="A datasets.yaml of your own; its entries are added to the registry.",
)


@click.group()
def datasets() -> None:
    """List, show, fetch and verify datasets.

    Example: cvxbench datasets list
    """


@datasets.command("list")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@extra
@reported
def list_(form: str, registry: Path | None) -> None:
    """List all datasets; a star marks those with a note, which `show` prints.

    Example: cvxbench datasets list --format json
    """
    from cvxbench.data import cards
    from cvxbench.data.registry import load

    found = load(registry).matching()
    if form == "json":
        click.echo(cards.as_json(found))
    else:
        _console().print(cards.overview(found))


@datasets.command()
@click.argument("name")
@extra
@reported
def show(name: str, registry: Path | None) -> None:
    """Print what is known of dataset NAME: where it comes from, its size, task, licence and traps.

    Example: cvxbench datasets show ionosphere
    """
    from cvxbench.data import cards
    from cvxbench.data.registry import load

    _console().print(cards.card(load(registry).dataset(name)))


@datasets.command()
@click.argument("globs", nargs=-1, metavar="[GLOB]...")
@extra
@reported
def fetch(globs: tuple[str, ...], registry: Path | None) -> None:
    """Download datasets into the cache, so that runs need no network; all of them without a GLOB.

    The exit code is 1 if any could not be had.

    Example: cvxbench datasets fetch 'heart-*'
    """
    from rich.console import Console
    from rich.progress import track

    from cvxbench.data import cache
    from cvxbench.data.load import fetch as fetch_one
    from cvxbench.data.registry import load
    from cvxbench.errors import SourceError

    found = load(registry).matching(globs)
    failures = []
    for dataset in track(found, "fetching", console=Console(stderr=True), transient=True):
        try:
            fetch_one(dataset)
        except SourceError as error:
            failures.append(str(error))
    for failure in failures:
        click.echo(failure, err=True)
    click.echo(f"{len(found) - len(failures)} of {len(found)} datasets can be read; downloads are in '{cache.root()}'")
    sys.exit(1 if failures else 0)


@datasets.command()
@click.argument("globs", nargs=-1, metavar="[GLOB]...")
@extra
@reported
def verify(globs: tuple[str, ...], registry: Path | None) -> None:
    """Load datasets and check them against their entries; all of them without a GLOB.

    The exit code is 1 if any differs; one whose sources are all down is skipped.

    Example: cvxbench datasets verify iris wine
    """
    from cvxbench.data.registry import load
    from cvxbench.data.verify import verify as verify_one

    found = load(registry).matching(globs)
    width = max(len(dataset.name) for dataset in found)
    counts = {"ok": 0, "skipped": 0, "differs": 0}
    for dataset in found:
        verdict = verify_one(dataset)
        counts[verdict.status] += 1
        click.echo(f"{verdict.dataset:{width}}  {verdict.status:7}  {verdict.reason}".rstrip())
    click.echo(", ".join(f"{count} {status}" for status, count in counts.items()))
    sys.exit(1 if counts["differs"] else 0)


def _console() -> Any:
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=120)
