"""The command-line reference: every verb's real --help as one Markdown page (python -m cvxbench.cli.reference)."""

from __future__ import annotations

from collections.abc import Iterator

import click

from cvxbench.cli.main import main

WIDTH = 100


def page() -> str:
    """Return the page that `docs/cli.md` must equal."""
    parts = ["# Command-line reference\n\nGenerated from `--help`: `python -m cvxbench.cli.reference > docs/cli.md`.\n"]
    for path, command in verbs(main, ("cvxbench",)):
        shown = {"info_name": " ".join(path), "max_content_width": WIDTH, "terminal_width": WIDTH}
        with click.Context(command, **shown, **main.context_settings) as context:
            parts.append(f"## {' '.join(path)}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


def verbs(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command below `command`, itself first, with its path."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            verb = command.get_command(context, name)
            if verb is not None:
                yield from verbs(verb, (*path, name))


if __name__ == "__main__":
    click.echo(page(), nl=False)
