"""Stochastic gradient descent with momentum, Polyak's or Nesterov's."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from cvxbench.nonconvex.rules.rule import State, Step


@dataclass(frozen=True)
class Momentum:
    """v ← μ v + g; w ← w − η v, or w − η (g + μ v) for Nesterov: `torch.optim.SGD` with dampening 0.

    Parameters
    ----------
    momentum : float
    nesterov : bool
    """

    momentum: float = 0.9
    nesterov: bool = False
    full_batch = False
    decoupled = False

    def start(self, weights: torch.Tensor) -> State:
        """Return a velocity of zero."""
        return {"velocity": torch.zeros_like(weights)}

    def update(self, weights: torch.Tensor, gradient: torch.Tensor, state: State, step: Step) -> None:
        """Take one step in place."""
        velocity = state["velocity"].mul_(self.momentum).add_(gradient)
        direction = gradient.add_(velocity, alpha=self.momentum) if self.nesterov else velocity
        weights.addcmul_(direction, step.rate, value=-1.0)
