"""The `cvxbench` command: every verb is a file of its own."""

from __future__ import annotations

from importlib import import_module

import click

VERBS = {
    "run": "cvxbench.cli.run:run",
    "report": "cvxbench.cli.report:report",
    "check": "cvxbench.cli.check:check",
    "compare": "cvxbench.cli.compare:compare",
    "reproduce": "cvxbench.cli.reproduce:reproduce",
    "certify": "cvxbench.cli.certify:certify",
    "merge": "cvxbench.cli.merge:merge",
    "export": "cvxbench.cli.export:export",
    "datasets": "cvxbench.cli.datasets:datasets",
    "suites": "cvxbench.cli.suites:suites",
    "methods": "cvxbench.cli.methods:methods",
    "scaling": "cvxbench.cli.scaling:scaling",
}


class LazyGroup(click.Group):
    """A group whose verbs are imported when they are asked for, so that --help answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order a newcomer needs them."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb, or None if there is none of that name."""
        if cmd_name not in VERBS:
            return None
        module, _, name = VERBS[cmd_name].partition(":")
        return getattr(import_module(module), name)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cvxbench")
def main() -> None:
    """Measure which way of training a ReLU network reaches the optimum: its convex program, or SGD and Adam.

    Example: cvxbench run --suite uci-mini
    """
