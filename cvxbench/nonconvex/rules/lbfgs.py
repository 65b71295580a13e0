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
        rows = torch.zeros_like(_rows(weights))
        seeds, members, size = rows.shape
        none = torch.zeros_like(rows[..., :1])
        return {
            "moved": rows.new_zeros(seeds, self.history, members, size),
            "turned": rows.new_zeros(seeds, self.history, members, size),
            "curvature": rows.new_zeros(seeds, self.history, members, 1),
            "kept": none.long(),
            "scale": torch.ones_like(none),
            "displacement": rows,
            "gradient": rows,
            "begun": none.bool(),
        }

    def update(self, weights: torch.Tensor, gradient: torch.Tensor, state: State, step: Step) -> None:
        """Take one step in place."""
        rows = _rows(gradient)
        moving = rows.abs().amax(2, keepdim=True) > LEAST_GRADIENT
        self._remember(rows, state, moving)
        direction = self._direction(rows, state)
        first = (1.0 / rows.abs().sum(2, keepdim=True)).clamp_(max=1.0)
        displacement = direction * torch.where(state["begun"], step.rate, first * step.rate)
        descends = _dot(rows, direction) <= -LEAST_DESCENT
        for name, value in (("displacement", displacement), ("gradient", rows), ("begun", moving)):
            state[name] = torch.where(moving, value, state[name])
        taken = torch.where(moving & descends, displacement, 0.0)
        weights.add_(taken.unflatten(2, (weights.shape[1], weights.shape[3])).movedim(2, 1))

    def _remember(self, gradient: torch.Tensor, state: State, moving: torch.Tensor) -> None:
        moved, turned = state["displacement"], gradient - state["gradient"]
        product = _dot(moved, turned)
        good = (moving & state["begun"] & (product > LEAST_CURVATURE))[..., 0]
        seeds, members = good.nonzero(as_tuple=True)
        slots = (state["kept"] % self.history)[good][:, 0]
        state["moved"][seeds, slots, members] = moved[good]
        state["turned"][seeds, slots, members] = turned[good]
        state["curvature"][seeds, slots, members] = 1.0 / product[good]
        state["scale"][good] = product[good] / _dot(turned, turned)[good]
        state["kept"] += good[..., None]

    def _direction(self, gradient: torch.Tensor, state: State) -> torch.Tensor:
        seeds = torch.arange(gradient.shape[0], device=gradient.device)[:, None]
        members = torch.arange(gradient.shape[1], device=gradient.device)
        newest = [(seeds, (state["kept"][..., 0] - 1 - age) % self.history, members) for age in range(self.history)]
        direction, weights = -gradient, []
        for pair in newest:
            weight = _dot(state["moved"][pair], direction) * state["curvature"][pair]
            direction -= weight * state["turned"][pair]
            weights.append(weight)
        direction *= state["scale"]
        for pair, weight in zip(reversed(newest), reversed(weights), strict=True):
            back = _dot(state["turned"][pair], direction) * state["curvature"][pair]
            direction += (weight - back) * state["moved"][pair]
        return direction


def _rows(weights: torch.Tensor) -> torch.Tensor:
    """Return a copy with all weights of a network side by side, shape (S, M, (d + 1)·m)."""
    return weights.movedim(1, 2).flatten(2)


def _dot(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return (a * b).sum(2, keepdim=True)
