"""Figures as files: SVG, PNG and PDF of every panel, and the rows as CSV."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import altair as alt
import vl_convert

from cvxbench.report.figures.figure import ROWS, Chart, Figure

FORMATS = {
    "svg": vl_convert.vegalite_to_svg,
    "pdf": vl_convert.vegalite_to_pdf,
    "png": partial(vl_convert.vegalite_to_png, ppi=192),
}
NOT_IN_NAMES = re.compile(r"[^\w.]+")
WIDTH = 440  # pixels
CONFIG = {
    "background": "white",
    "font": "Liberation Sans, Arial, Helvetica, sans-serif",
    "view": {"stroke": None},
    "axis": {"labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": "normal", "gridColor": "#e8e8e8"},
    "legend": {"labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal"},
    "title": {"fontSize": 13, "anchor": "start"},
}


def files(figures: Sequence[Figure]) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of every file."""
    for figure in figures:
        yield f"{figure.name}.csv", figure.csv().encode()
        for panel, chart in figure.charts.items():
            name = f"{figure.name}-{NOT_IN_NAMES.sub('-', panel)}"
            spec = drawn(figure, chart, f"{figure.title}, {panel}")
            for form, convert in FORMATS.items():
                content = convert(spec, vl_version=version(), allowed_base_urls=[])
                yield f"{name}.{form}", content.encode() if isinstance(content, str) else content


def version() -> str:
    """Return the version of Vega-Lite that the charts are written for, as the converter names it: "v6.1"."""
    return ".".join(alt.SCHEMA_VERSION.split(".")[:2])


def drawn(figure: Figure, chart: Chart, title: str) -> str:
    """Return a chart with its data, as JSON."""
    spec: dict[str, Any] = chart.properties(width=WIDTH, title=title).to_dict()
    return json.dumps(spec | {"config": CONFIG, "datasets": {ROWS: list(figure.rows)}})
