"""A straight line from the full step size to none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Linear:
    """1 − step/steps."""

    def __call__(self, step: int, steps: int, per_epoch: int) -> float:
        """Return the factor of a step."""
        return 1.0 - step / steps
