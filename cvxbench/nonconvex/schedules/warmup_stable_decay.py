"""Warm-up, a plateau, and a linear decay to none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WarmupStableDecay:
    """A line up to 1 over the first part of the steps, 1, and a line down towards 0 over the last part.

    Parameters
    ----------
    warmup, decay : float
        The parts, as fractions of all steps.
    """

    warmup: float = 0.05
    decay: float = 0.2

    def __call__(self, step: int, steps: int, per_epoch: int) -> float:
        """Return the factor of a step."""
        up, down = max(1.0, self.warmup * steps), max(1.0, self.decay * steps)
        return min(1.0, (step + 1) / up, (steps - step) / down)
