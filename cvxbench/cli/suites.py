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
    """List the suites and experiments that ship with the package.

    Example: cvxbench suites list
    """
    from rich.table import Table

    from cvxbench.bench import suite
    from cvxbench.cli.progress import console
    from cvxbench.data.registry import load
    from cvxbench.studies import EXPERIMENTS, experiment

    entries = load()
    table = Table("suite", "datasets", "problems", "budget", "what it is", box=None)
    for name in suite.names():
        found = suite.load(name, entries)
        count = len(found.datasets) + len(found.unavailable)
        table.add_row(name, str(count), str(count * len(found.lambdas)), found.budget.name, found.description)
    for name in EXPERIMENTS:
        found = experiment.get(name)
        table.add_row(name, "", f"{len(found.parts('standard', None))} parts", "standard", found.description)
    console(stderr=False).print(table)


@suites.command()
@click.argument("name")
@reported
def show(name: str) -> None:
    """Print what suite NAME runs: datasets, networks, methods, lambdas, budget; or parts.

    Example: cvxbench suites show uci
    """
    import json

    from cvxbench.bench import suite
    from cvxbench.data.registry import load
    from cvxbench.studies import EXPERIMENTS, experiment

    if name in EXPERIMENTS:
        plan = experiment.plan(experiment.get(name))
        parts = {part.key: {"function": part.function, "options": part.options} for part in plan.parts}
        record = {**plan.record, "parts": parts}
    else:
        record = suite.load(name, load(), experiments=EXPERIMENTS).record()
    click.echo(json.dumps(record, indent=2))
