"""Stochastic gradient descent without momentum."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from cvxbench.nonconvex.rules.rule import State, Step


@dataclass(frozen=True)
class SGD:
    """w ← w − η g, as `torch.optim.SGD` has it."""

    full_batch = False
    decoupled = False

    def start(self, weights: torch.Tensor) -> State:
        """Return an empty memory."""
        return {}

    def update(self, weights: torch.Tensor, gradient: torch.Tensor, state: State, step: Step) -> None:
        """Take one step in place."""
        weights.addcmul_(gradient, step.rate, value=-1.0)
