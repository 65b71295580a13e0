"""Adam with PyTorch's moments, tuned over the budget's steps and seeds."""

from __future__ import annotations

from cvxbench.attempt import Method
from cvxbench.nonconvex.opponent import trainer
from cvxbench.nonconvex.rules.adam import Adam

METHOD = Method(
    name="adam",
    summary="Adam over the published step sizes, its whole study in one batch",
    networks=("gated-relu", "relu"),
    train=trainer(Adam()),
    settings=lambda budget: [{"step": step} for step in budget.steps],
    default={"step": 0.001},
    convex=False,
    repeats=True,
    at_once=True,
)
