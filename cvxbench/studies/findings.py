"""What an experiment found, as text and numbers that are not yet laid out for any format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Sheet:
    """One table of a report, as text that is not yet escaped for any format.

    Parameters
    ----------
    title : str
    columns : tuple of str
    align : str
        "l" or "r" for each column.
    rows : tuple of tuple of str
        A cell may have two lines.
    notes : tuple of str
        Sentences to print below.
    topic : str
        What a sheet of a suite's report is about: "solve-rate", "solve-rate-without-null", "times", "head-to-head",
        "held-out", "tuning", "gaps", "failures".
    """

    title: str
    columns: tuple[str, ...]
    align: str
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    topic: str = ""


@dataclass(frozen=True)
class Plot:
    """Curves or points of rows, one colour for each series.

    Parameters
    ----------
    name : str
        Of files and links: lower case and dashes.
    title, caption : str
    rows : sequence of dict
        All with the same keys; None where there is no number.
    x, y, series : str
        Keys of the rows.
    panel : str or None
        Key of the panel that a row belongs to; None if there is one panel.
    low, high : str or None
        Keys of the ends of an interval around y.
    log_x, log_y : bool
    line : bool
        Whether the points of a series are joined in the order of x.
    """

    name: str
    title: str
    caption: str
    rows: Sequence[Mapping[str, Any]]
    x: str
    y: str
    series: str
    panel: str | None = None
    low: str | None = None
    high: str | None = None
    log_x: bool = False
    log_y: bool = False
    line: bool = True


@dataclass(frozen=True)
class Comparison:
    """A published claim beside what was measured here.

    Parameters
    ----------
    claim : str
    published, measured : str
        The figures, "–" where there is none.
    verdict : {"holds", "does not hold", "cannot be tested here"}
    why : str
        A sentence on the verdict.
    """

    claim: str
    published: str
    measured: str
    verdict: Literal["holds", "does not hold", "cannot be tested here"]
    why: str


@dataclass(frozen=True)
class Findings:
    """What an experiment says, whole or so far.

    Parameters
    ----------
    question, answer : str
    facts : tuple of str
        What the answer rests on.
    warnings : tuple of str
        What makes it not to be trusted.
    comparisons : tuple of Comparison
    sheets : tuple of Sheet
    plots : tuple of Plot
    """

    question: str
    answer: str
    facts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    plots: tuple[Plot, ...] = ()
