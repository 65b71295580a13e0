"""`cvxbench suites`: list and show suites."""

from __future__ import annotations

import click

from cvxbench.cli.errors import reported


@click.group()
def suites() -> None:
    """List and show suites.

    Example: cvxbench suites list
    """


@suites.command("list")
@reported
def list_() -> None:
    """List the suites that ship with the package.

    Example: cvxbench suites list
    """
    from rich.table import Table

    from cvxbench.bench import suite
    from cvxbench.cli.progress import console
    from cvxbench.data.registry import load

    entries = load()
    table = Table("suite", "datasets", "problems", "budget", "what it is", box=None)
    for name in suite.names():
        found = suite.load(name, entries)
        count = len(found.datasets) + len(found.unavailable)
        table.add_row(name, str(count), str(count * len(found.lambdas)), found.budget.name, found.description)
    console(stderr=False).print(table)


@suites.command()
@click.argument("name")
@reported
def show(name: str) -> None:
    """Print what suite NAME runs: its datasets, networks, methods, lambdas and budget.

    Example: cvxbench suites show uci
    """
    import json

    from cvxbench.bench import suite
    from cvxbench.data.registry import load

    click.echo(json.dumps(suite.load(name, load()).record(), indent=2))
