"""What a schedule is: the factor of the step size over a training run."""

from __future__ import annotations

from typing import Protocol


class Schedule(Protocol):
    """A schedule; a new one is one file with a frozen dataclass like this."""

    def __call__(self, step: int, steps: int, per_epoch: int) -> float:
        """Return the factor of step number `step` = 0, …, `steps` − 1, of which `per_epoch` make an epoch."""
        ...
