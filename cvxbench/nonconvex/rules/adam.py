"""Adam (Kingma and Ba, 2015)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.optim.adam import adam

from cvxbench.nonconvex.rules.rule import State, Step

MANY = 2**19  # weights from which torch's own kernel, for one step size, pays for the question whether there is one


@dataclass(frozen=True)
class Adam:
    """w ← w − η m̂ / (√v̂ + ε) with bias-corrected moments, as `torch.optim.Adam` has it.

    Parameters
    ----------
    betas : pair of float
    eps : float
    """

    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    full_batch = False
    decoupled = False

    def start(self, weights: torch.Tensor) -> State:
        """Return moments of zero."""
        return {"mean": torch.zeros_like(weights), "square": torch.zeros_like(weights)}

    def update(self, weights: torch.Tensor, gradient: torch.Tensor, state: State, step: Step) -> None:
        """Take one step in place."""
        first, second = self.betas
        if weights.numel() >= MANY and bool((step.rate == step.rate[0]).all()):
            self._update_alike(weights, gradient, state, step)
            return
        mean = state["mean"].lerp_(gradient, 1.0 - first)
        square = state["square"].mul_(second).addcmul_(gradient, gradient, value=1.0 - second)
        correction = (1.0 - second**step.number) ** 0.5
        root = torch.sqrt(square, out=gradient).add_(self.eps * correction)
        direction = torch.div(mean, root, out=root)
        weights.addcmul_(direction, step.rate, value=correction / (first**step.number - 1.0))

    def _update_alike(self, weights: torch.Tensor, gradient: torch.Tensor, state: State, step: Step) -> None:
        """Take the same step, of one size for all, in one pass over the memory."""
        adam(
            [weights],
            [gradient],
            [state["mean"]],
            [state["square"]],
            [],
            [torch.tensor(step.number - 1.0, device=weights.device)],
            fused=True,
            amsgrad=False,
            beta1=self.betas[0],
            beta2=self.betas[1],
            lr=float(step.rate[0]),
            weight_decay=0.0,
            eps=self.eps,
            maximize=False,
        )
