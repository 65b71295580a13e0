"""The report's tables as LaTeX, for booktabs."""

from __future__ import annotations

from collections.abc import Iterable

from pylatexenc.latexencode import unicode_to_latex

from cvxbench.report.build import Report
from cvxbench.report.preface import Preface, preface
from cvxbench.report.sheets import sheets
from cvxbench.studies.findings import Sheet

NEEDS = "% \\usepackage{booktabs} in the preamble"


def render(report: Report) -> str:
    """Return one `table` environment per sheet, with the same numbers as on a terminal."""
    return page(preface(report), sheets(report))


def page(head: Preface, sheets: Iterable[Sheet]) -> str:
    """Return a preface as comments, and one `table` environment per sheet."""
    said = [head.title, head.question, head.answer, *head.warnings, *head.facts]
    comments = "\n".join([NEEDS, *(f"% {' '.join(line.split())}" for line in said)])
    return "\n\n".join([comments, *map(_table, sheets)]) + "\n"


def _table(sheet: Sheet) -> str:
    rows = [" & ".join(map(_cell, row, sheet.align)) + r" \\" for row in sheet.rows]
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{_text(' '.join((_sentence(sheet.title), *sheet.notes)))}}}",
        rf"\begin{{tabular}}{{{sheet.align}}}",
        r"\toprule",
        " & ".join(map(_text, sheet.columns)) + r" \\",
        r"\midrule",
        *rows,
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines)


def _sentence(title: str) -> str:
    return title if title.endswith(("?", ".")) else f"{title}."


def _cell(words: str, side: str) -> str:
    """Return the text of a cell; one of two lines is a small table of its own."""
    lines = [_text(line) for line in words.split("\n")]
    if len(lines) == 1:
        return lines[0]
    return rf"\begin{{tabular}}[t]{{@{{}}{side}@{{}}}}" + r" \\ ".join(lines) + r"\end{tabular}"


def _text(words: str) -> str:
    """Escape words so that LaTeX sets them as they are, on one line, also just after the end of a row."""
    text = unicode_to_latex(" ".join(words.split()), unknown_char_policy="replace", unknown_char_warning=False)
    return text.replace("[", "{[}").replace("*", "{*}")
