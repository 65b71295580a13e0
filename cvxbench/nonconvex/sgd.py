"""Stochastic gradient descent without momentum, tuned over the budget's steps and seeds."""

from __future__ import annotations

from cvxbench.attempt import Method
from cvxbench.nonconvex.opponent import trainer
from cvxbench.nonconvex.rules.sgd import SGD

METHOD = Method(
    name="sgd",
    summary="stochastic gradient descent over the published step sizes, its whole study in one batch",
    networks=("gated-relu", "relu"),
    train=trainer(SGD()),
    settings=lambda budget: [{"step": step} for step in budget.steps],
    default={"step": 0.1},
    convex=False,
    repeats=True,
    at_once=True,
)
