"""The report as JSON, for tools."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

from cvxbench.report.answer import QUESTION, answer
from cvxbench.report.build import SCHEMA, Report


def render(report: Report) -> str:
    """Return the report with the keys that tools may rely on; what is not a finite number is null."""
    content = {"schema": SCHEMA, "question": QUESTION, "answer": answer(report), **asdict(report)}
    return strict(content)


def strict(content: Any) -> str:
    """Return strict JSON: what is not a finite number is null."""
    return json.dumps(_strict(content), indent=1, allow_nan=False) + "\n"


def _strict(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _strict(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
