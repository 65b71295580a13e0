"""Rows of numbers as text that fits into a page: column by column, deflated, in base 64."""

from __future__ import annotations

import base64
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

DIGITS = 6  # significant: more than a screen shows


def packed(rows: Sequence[Mapping[str, Any]], digits: int = DIGITS) -> str:
    """Return rows of the same keys; the page's script unpacks them. What is not a finite number is null.

    Base 64 has no character that means anything to HTML, so no name in the rows can end the element that holds them.
    """
    columns = list(rows[0]) if rows else []
    values = [[_short(row[column], digits) for row in rows] for column in columns]
    text = json.dumps({"columns": columns, "values": values}, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def _short(value: Any, digits: int) -> Any:
    if not isinstance(value, float):
        return value
    return float(f"{value:.{digits}g}") if math.isfinite(value) else None
