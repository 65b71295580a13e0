"""Half a cosine, from the full step size to none (Loshchilov and Hutter, 2017)."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Cosine:
    """½ (1 + cos(π · step/steps))."""

    def __call__(self, step: int, steps: int, per_epoch: int) -> float:
        """Return the factor of a step."""
        return 0.5 * (1.0 + math.cos(math.pi * step / steps))
