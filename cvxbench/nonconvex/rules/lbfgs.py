"""Limited-memory BFGS on all rows (Liu and Nocedal, 1989; Nocedal and Wright, algorithm 7.4), without a line search."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from cvxbench.nonconvex.rules.rule import State, Step

LEAST_CURVATURE = 1e-10  # s'y below which a pair is not kept
LEAST_GRADIENT = 1e-7  # largest entry of a gradient that counts as zero
LEAST_DESCENT = 1e-9  # of a direction that is worth a step


@dataclass(frozen=True)
class LBFGS:
    """w ← w + η d with the two-loop direction d: `torch.optim.LBFGS`, one iteration a step, line_search_fn None.

    The first step is min(1, 1/‖g‖₁)·η long. A run whose gradient or direction has vanished stays where it is.

    Parameters
    ----------
    history : int
        Pairs of displacement and change of gradient that are kept.
    """

    history: int = 10
    full_batch = True
    decoupled = False

    def start(self, weights: torch.Tensor) -> State:
        """Return an empty history; a pair's `curvature` 1/s'y is 0 where there is none."""
        runs, size = weights.shape
        return {
            "moved": weights.new_zeros(runs, self.history, size),
            "turned": weights.new_zeros(runs, self.history, size),
            "curvature": weights.new_zeros(runs, self.history, 1),
            "kept": torch.zeros(runs, dtype=torch.long, device=weights.device),
            "scale": weights.new_ones(runs, 1),
            "displacement": torch.zeros_like(weights),
            "gradient": torch.zeros_like(weights),
            "begun": torch.zeros(runs, 1, dtype=torch.bool, device=weights.device),
        }

    def update(self, weights: torch.Tensor, gradient: torch.Tensor, state: State, step: Step) -> None:
        """Take one step in place."""
        moving = gradient.abs().amax(1, keepdim=True) > LEAST_GRADIENT
        self._remember(gradient, state, moving)
        direction = self._direction(gradient, state)
        first = (1.0 / gradient.abs().sum(1, keepdim=True)).clamp_(max=1.0)
        displacement = direction * torch.where(state["begun"], step.rate, first * step.rate)
        descends = _dot(gradient, direction) <= -LEAST_DESCENT
        for name, value in (("displacement", displacement), ("gradient", gradient), ("begun", moving)):
            state[name] = torch.where(moving, value, state[name])
        weights.add_(torch.where(moving & descends, displacement, 0.0))

    def _remember(self, gradient: torch.Tensor, state: State, moving: torch.Tensor) -> None:
        moved, turned = state["displacement"], gradient - state["gradient"]
        product = _dot(moved, turned)
        good = (moving & state["begun"] & (product > LEAST_CURVATURE))[:, 0]
        runs, slots = good.nonzero()[:, 0], (state["kept"] % self.history)[good]
        state["moved"][runs, slots] = moved[good]
        state["turned"][runs, slots] = turned[good]
        state["curvature"][runs, slots] = 1.0 / product[good]
        state["scale"][good] = product[good] / _dot(turned, turned)[good]
        state["kept"] += good

    def _direction(self, gradient: torch.Tensor, state: State) -> torch.Tensor:
        runs = torch.arange(len(gradient), device=gradient.device)
        newest = [(state["kept"] - 1 - age) % self.history for age in range(self.history)]
        direction, weights = -gradient, []
        for slots in newest:
            weight = _dot(state["moved"][runs, slots], direction) * state["curvature"][runs, slots]
            direction -= weight * state["turned"][runs, slots]
            weights.append(weight)
        direction *= state["scale"]
        for slots, weight in zip(reversed(newest), reversed(weights), strict=True):
            back = _dot(state["turned"][runs, slots], direction) * state["curvature"][runs, slots]
            direction += (weight - back) * state["moved"][runs, slots]
        return direction


def _dot(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return (a * b).sum(1, keepdim=True)
