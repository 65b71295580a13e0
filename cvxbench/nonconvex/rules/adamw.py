"""Adam with decoupled weight decay (Loshchilov and Hutter, 2019)."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from cvxbench.nonconvex.rules.adam import Adam
from cvxbench.nonconvex.rules.rule import State, Step


@dataclass(frozen=True)
class AdamW:
    """w ← (1 − ηλ) w, then Adam's step on the loss alone: `torch.optim.AdamW` with weight_decay λ.

    The decay is not divided by the root of the second moment, so its fixed points are not those of the penalised
    objective by which the referee scores it: AdamW solves a neighbouring problem.

    Parameters
    ----------
    betas : pair of float
    eps : float
    """

    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    full_batch = False
    decoupled = True

    def start(self, weights: torch.Tensor) -> State:
        """Return moments of zero."""
        return self._adam().start(weights)

    def update(self, weights: torch.Tensor, gradient: torch.Tensor, state: State, step: Step) -> None:
        """Take one step in place."""
        weights.mul_(1.0 - step.rate * step.decay)
        self._adam().update(weights, gradient, state, step)

    def _adam(self) -> Adam:
        return Adam(self.betas, self.eps)
