"""The report for a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cvxbench.report.build import Report
from cvxbench.report.preface import Preface, preface
from cvxbench.report.sheets import sheets
from cvxbench.studies.findings import Sheet

WIDTH = 100


def print_report(report: Report, console: Console) -> None:
    """Print the report; where there is no terminal, at least 100 columns wide."""
    print_page(preface(report), sheets(report), console)


def print_page(head: Preface, sheets: Iterable[Sheet], console: Console) -> None:
    """Print a preface and what follows it; where there is no terminal, at least 100 columns wide."""
    out = _wide(console)
    out.print(_text(head.title, "bold"))
    out.print(_text(head.question))
    out.print(_text(head.answer, "bold green"))
    out.print()
    for fact in head.facts:
        out.print(_text(fact, "dim"))
    for warning in head.warnings:
        out.print(_text(warning, "bold red"))
    print_sheets(sheets, out)


def print_sheets(sheets: Iterable[Sheet], console: Console) -> None:
    """Print sheets with their titles and notes, each below an empty line; as wide as a report."""
    out = _wide(console)
    for sheet in sheets:
        out.print()
        out.print(_text(sheet.title, "bold"))
        out.print(_table(sheet))
        for note in sheet.notes:
            out.print(_text(note, "dim"))


def render(report: Report) -> str:
    """Return the report as plain text, 100 columns wide."""
    return page(preface(report), sheets(report))


def page(head: Preface, sheets: Iterable[Sheet]) -> str:
    """Return a preface and what follows it as plain text, 100 columns wide."""
    text = io.StringIO()
    print_page(head, sheets, Console(file=text, width=WIDTH, color_system=None, force_terminal=False))
    return text.getvalue()


def _wide(console: Console) -> Console:
    return console if console.is_terminal else Console(file=console.file, width=max(WIDTH, console.width))


def _table(sheet: Sheet) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name, side in zip(sheet.columns, sheet.align, strict=True):
        table.add_column(_text(name), justify="right" if side == "r" else "left", overflow="fold")
    for row in sheet.rows:
        table.add_row(*map(_text, row))
    return table


def _text(words: str, style: str = "") -> Text:
    """Return words as they are: no markup, no control characters."""
    return Text("".join(char if char.isprintable() or char == "\n" else " " for char in words), style)
