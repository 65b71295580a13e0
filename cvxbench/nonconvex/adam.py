"""Adam with PyTorch's moments, tuned over the budget's steps and seeds."""

from __future__ import annotations

import torch

from cvxbench.attempt import Budget, Method, Outcome, Setting, Watch, one_by_one
from cvxbench.networks.problem import Problem
from cvxbench.nonconvex import loop


def train(problem: Problem, setting: Setting, budget: Budget, watch: Watch) -> Outcome:
    """Train one setting with `torch.optim.Adam`, moments (0.9, 0.999)."""
    # `fused` is the same update in one call: faster, not different.
    return loop.train(
        problem, setting, budget, watch, lambda params, step: torch.optim.Adam(params, lr=step, fused=True)
    )


METHOD = Method(
    name="adam",
    summary="torch.optim.Adam over the published step sizes",
    networks=("gated-relu", "relu"),
    train=one_by_one(train),
    settings=lambda budget: [{"step": step} for step in budget.steps],
    default={"step": 0.001},
    convex=False,
    repeats=True,
)
