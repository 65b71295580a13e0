"""What a figure is: its rows, in full precision, and a chart of them for every network."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

ROWS = "rows"  # the name under which a chart's data is handed to it
AT_TOL = "abs(datum.tol / tol - 1) < 1e-5"  # a page's rows are rounded
FLOOR = 1e-9  # gaps below it are rounding, and zero has no place on a log axis
FEW, MOST = 2.5, 9  # decades
POWERS = "datum.value >= 0.001 && datum.value < 10000 ? format(datum.value, '~g') : format(datum.value, '~e')"


Chart = alt.Chart | alt.LayerChart | alt.FacetChart


@dataclass(frozen=True)
class Figure:
    """A figure that is not yet drawn.

    Parameters
    ----------
    name : str
        Of files and links: lower case and dashes.
    title, caption : str
    rows : sequence of dict
        All numbers that are drawn, each row with the same keys; None where there is no number.
    charts : dict
        Title of a panel → its chart, which reads the data named `ROWS`.
    tolerances : tuple of float
        What the chart's parameter `tol` can be switched to; empty if it has none.
    """

    name: str
    title: str
    caption: str
    rows: Sequence[Mapping[str, Any]]
    charts: Mapping[str, Chart]
    tolerances: tuple[float, ...] = ()

    def csv(self) -> str:
        """Return the rows with a header line, in full precision; what is not known is an empty field."""
        text = io.StringIO()
        writer = csv.DictWriter(text, list(self.rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return text.getvalue()


def base(**equal: str) -> alt.Chart:
    """Return an empty chart of the figure's rows whose fields have these values."""
    chart = alt.Chart(alt.NamedData(ROWS))
    for field, value in equal.items():
        chart = chart.transform_filter(alt.FieldEqualPredicate(field=field, equal=value))
    return chart


def log(field: str, title: str, numbers: Iterable[float]) -> alt.X:
    """Return a logarithmic axis for these numbers, with a line at powers of ten, or at 1, 2 and 5 of few of them."""
    exponents = [math.log10(number) for number in numbers if 0.0 < number < math.inf] or [0.0]
    low, high = math.floor(min(exponents)), math.ceil(max(exponents))
    steps = (1, 2, 5) if max(exponents) - min(exponents) < FEW else (1,)
    every = 1 + (high - low) // MOST
    values = [float(f"{step}e{power}") for power in range(low, high + 1, every) for step in steps]
    axis = alt.Axis(values=values, labelExpr=POWERS, title=title)
    return alt.X(f"{field}:Q", axis=axis, scale=alt.Scale(type="log", nice=False, padding=6))
