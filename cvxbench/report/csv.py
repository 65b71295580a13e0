"""The results as CSV, one row per cell, in full precision."""

from __future__ import annotations

import csv
import io
from dataclasses import astuple, fields

from cvxbench.report.build import Report
from cvxbench.report.results import Result


def render(report: Report) -> str:
    """Return the results with a header line; what is not known is an empty field."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([field.name for field in fields(Result)])
    writer.writerows(astuple(row) for row in report.results)
    return text.getvalue()
