"""Stochastic gradient descent without momentum, tuned over the budget's steps and seeds."""

from __future__ import annotations

import torch

from cvxbench.attempt import Budget, Method, Outcome, Setting, Watch, one_by_one
from cvxbench.networks.problem import Problem
from cvxbench.nonconvex import loop


def train(problem: Problem, setting: Setting, budget: Budget, watch: Watch) -> Outcome:
    """Train one setting with `torch.optim.SGD`, momentum 0."""
    return loop.train(problem, setting, budget, watch, lambda params, step: torch.optim.SGD(params, lr=step))


METHOD = Method(
    name="sgd",
    summary="torch.optim.SGD over the published step sizes",
    networks=("gated-relu", "relu"),
    train=one_by_one(train),
    settings=lambda budget: [{"step": step} for step in budget.steps],
    default={"step": 0.1},
    convex=False,
    repeats=True,
)
