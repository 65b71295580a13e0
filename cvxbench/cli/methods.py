"""`cvxbench methods`: what can train which network."""

from __future__ import annotations

import click

from cvxbench.cli.errors import reported


@click.command()
@reported
def methods() -> None:
    """List the registered methods, ours and those of installed packages.

    Example: cvxbench methods
    """
    from rich.table import Table
    from rich.text import Text

    from cvxbench import methods as registry
    from cvxbench.cli.progress import console
    from cvxbench.errors import CvxbenchError

    table = Table("method", "kind", "networks", "what it is", box=None)
    for name in registry.names():
        try:
            method = registry.get(name)
        except CvxbenchError as error:
            table.add_row(name, "broken", "", Text(str(error)))
            continue
        kind = "convex" if method.convex else "nonconvex"
        table.add_row(name, kind, ", ".join(method.networks), method.summary)
    console(stderr=False).print(table)
