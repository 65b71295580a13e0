"""A step size that falls at regular epochs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stepwise:
    """The factor is multiplied by `decay` at the end of every `times`-th part of the epochs.

    The published schedule (Mishkin et al. 2022) is the default: the step halves every 100 of 2000 epochs.

    Parameters
    ----------
    decay : float
    times : int
    """

    decay: float = 0.5
    times: int = 20

    def __call__(self, step: int, steps: int, per_epoch: int) -> float:
        """Return decay^(parts that are over)."""
        part = max(1, steps // per_epoch // self.times)
        return self.decay ** (step // per_epoch // part)
