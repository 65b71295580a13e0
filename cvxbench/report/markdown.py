"""The report as Markdown, with the tables that GitHub shows."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cvxbench.report.build import Report
from cvxbench.report.preface import Preface, preface
from cvxbench.report.sheets import sheets
from cvxbench.studies.findings import Sheet

SPECIAL = re.compile(r"([\\`*_\[\]<>|~#&])")


def render(report: Report) -> str:
    """Return the report, with the same numbers as on a terminal."""
    return page(preface(report), sheets(report))


def page(head: Preface, sheets: Iterable[Sheet]) -> str:
    """Return a preface and what follows it."""
    blocks = [
        f"# {_text(head.title)}",
        _text(head.question),
        f"**{_text(head.answer)}**",
        *(f"> **{_text(warning)}**" for warning in head.warnings),
        "\n".join(f"- {_text(fact)}" for fact in head.facts),
        *(block(sheet) for sheet in sheets),
    ]
    return "\n\n".join(blocks) + "\n"


def block(sheet: Sheet) -> str:
    """Return a sheet with its title and notes."""
    rule = ["---:" if side == "r" else "---" for side in sheet.align]
    rows = [[_text(cell) for cell in row] for row in (sheet.columns, *sheet.rows)]
    lines = [f"| {' | '.join(row)} |" for row in (rows[0], rule, *rows[1:])]
    notes = [_text(note) for note in sheet.notes]
    return "\n\n".join([f"## {_text(sheet.title)}", "\n".join(lines), *notes])


def _text(words: str) -> str:
    """Escape words so that GitHub shows them as they are; a line break stays one."""
    lines = (" ".join(line.split()) for line in words.split("\n"))
    return "<br>".join(SPECIAL.sub(r"\\\1", line) for line in lines)
