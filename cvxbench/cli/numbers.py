"""The numbers that options take."""

from __future__ import annotations

import math

import click


class PositiveNumber(click.ParamType):
    """A finite number above zero."""

    name = "number"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number, or fail as click does on wrong use."""
        try:
            number = float(str(value))
        except ValueError:
            number = math.nan
        if not (number > 0.0 and math.isfinite(number)):
            self.fail(f"'{value}' is not a finite number above 0", param, ctx)
        return number


POSITIVE = PositiveNumber()
