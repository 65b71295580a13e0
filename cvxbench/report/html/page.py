"""The page: what it says and shows, put together by its template."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from typing import Any

import vl_convert
from jinja2 import Environment, PackageLoader, StrictUndefined

from cvxbench.report import experiment
from cvxbench.report.arrays import networks
from cvxbench.report.build import Report
from cvxbench.report.cells import MISSING
from cvxbench.report.evidence import Evidence
from cvxbench.report.figures import plots
from cvxbench.report.figures.all import figures
from cvxbench.report.figures.figure import Chart, Figure
from cvxbench.report.figures.files import version
from cvxbench.report.html.curves import PANELS, charts, curves
from cvxbench.report.html.pack import packed
from cvxbench.report.preface import preface
from cvxbench.report.sheets import sheets
from cvxbench.report.solve_rates import headline
from cvxbench.studies.findings import Sheet

ALL = 1_000_000  # more rows than any sheet has
PRECISE = 9  # digits of objectives: gaps down to 1e-8 can be told from them
VIEWS = {
    "answer": ("Answer", ("solved-in-time",), ("solve-rate", "solve-rate-without-null")),
    "profiles": ("Profiles", ("performance-profile", "quality-profile"), ("times",)),
    "gaps": ("Gaps", ("gaps",), ("gaps",)),
    "head-to-head": ("Head to head", ("head-to-head",), ("head-to-head",)),
    "groups": ("By task, size, lambda", ("solved-by-task", "solved-by-size", "solved-by-lambda"), ()),
    "held-out": ("Held-out rows", ("held-out",), ("held-out",)),
    "tuning": ("Tuning", ("study-cost", "settings"), ("tuning",)),
    "problems": ("Problems", (), ()),
    "failures": ("Skipped and failed", (), ("failures",)),
    "manifest": ("Manifest", (), ()),
}


@dataclass(frozen=True)
class View:
    """A part of the page with a link of its own.

    Parameters
    ----------
    name : str
        The link, after "#".
    title : str
    figures : list of Figure
    sheets : list of Sheet
    """

    name: str
    title: str
    figures: list[Figure]
    sheets: list[Sheet]


EXPERIMENT = {"answer": "Answer", "figures": "Figures", "failures": "Skipped and failed", "manifest": "Manifest"}


def render(evidence: Evidence, report: Report) -> str:
    """Return the page of a suite's run."""
    drawn = figures(evidence, report)
    said = sheets(report, across=ALL, listed=ALL)
    specs = {figure.name: {panel: _spec(chart) for panel, chart in figure.charts.items()} for figure in drawn}
    for network in networks(evidence):
        specs[f"problem/{network}"] = {panel: _spec(chart) for panel, chart in charts(evidence, network).items()}
    missing = report.attempts.by_status[MISSING]
    return _filled(
        preface=preface(report),
        unfinished=f"{missing} attempts are missing, and every rate counts them as not solved" if missing else "",
        headline=headline(report.tolerances),
        views=[_view(name, drawn, said) for name in VIEWS],
        specs=specs,
        curve_panels=PANELS,
        data=_data(report, drawn),
        curves=((f"problem/{place}", packed(points, PRECISE)) for place, (_, points) in enumerate(curves(evidence))),
        manifest=list(_flat("", {"suite": report.suite, "manifest": report.manifest})),
        tables=[asdict(table) for table in evidence.tables.values()],
    )


def render_experiment(report: experiment.ExperimentReport) -> str:
    """Return the page of an experiment's run."""
    drawn = [plots.figure(plot) for plot in report.findings.plots if plot.rows]
    said = experiment.sheets(report, listed=ALL)
    missing = report.parts.by_status[MISSING]
    shown = {
        "answer": ([], [sheet for sheet in said if sheet.topic != "failures"]),
        "figures": (drawn, []),
        "failures": ([], [sheet for sheet in said if sheet.topic == "failures"]),
    }
    return _filled(
        preface=experiment.preface(report),
        unfinished=f"{missing} parts are missing" if missing else "",
        headline=None,
        views=[View(name, title, *shown.get(name, ([], []))) for name, title in EXPERIMENT.items()],
        specs={figure.name: {panel: _spec(chart) for panel, chart in figure.charts.items()} for figure in drawn},
        curve_panels=(),
        data=((figure.name, packed(figure.rows)) for figure in drawn),
        curves=(),
        manifest=list(_flat("", {"suite": report.suite, "manifest": report.manifest})),
        tables=[],
    )


def _filled(**content: Any) -> str:
    scripts = [_bundle(), _inert(_file("page.js"))]
    environment = Environment(
        loader=PackageLoader("cvxbench.report.html", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.jinja").render(
        style=_file("page.css"),
        scripts=scripts,
        hashes=[base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts],
        **content,
    )


def _view(name: str, drawn: Sequence[Figure], said: Sequence[Sheet]) -> View:
    title, shown, topics = VIEWS[name]
    return View(
        name,
        title,
        [figure for figure in drawn if figure.name in shown],
        [sheet for sheet in said if sheet.topic in topics],
    )


def _data(report: Report, drawn: Sequence[Figure]) -> Iterator[tuple[str, str]]:
    for figure in drawn:
        yield figure.name, packed(figure.rows)
    yield "results", packed([asdict(row) for row in report.results], PRECISE)


def _spec(chart: Chart) -> dict[str, Any]:
    return chart.properties(width="container").to_dict()


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield every value that nested dicts hold, with its path."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _flat(f"{path}.{key}" if path else str(key), inner)
    else:
        yield path, value if isinstance(value, str) else json.dumps(value)


def _file(name: str) -> str:
    return (resources.files("cvxbench.report.html") / name).read_text(encoding="utf-8")


@cache
def _bundle() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script; it is the same for every page."""
    return _inert(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=version()))


def _inert(script: str) -> str:
    """Return a script in which nothing ends the element that holds it, or begins a comment of HTML."""
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")
