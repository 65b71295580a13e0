"""Stochastic gradient descent without momentum, tuned over the budget's steps and seeds."""

from __future__ import annotations

from cvxbench.nonconvex.opponent import opponent
from cvxbench.nonconvex.rules.sgd import SGD

METHOD = opponent("sgd", "stochastic gradient descent without momentum", SGD(), default=0.1)
