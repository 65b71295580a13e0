"""Stochastic gradient descent with momentum 0.9, Polyak's and Nesterov's."""

from __future__ import annotations

from cvxbench.nonconvex.opponent import opponent
from cvxbench.nonconvex.rules.momentum import Momentum

METHOD = opponent("momentum", "stochastic gradient descent with momentum 0.9", Momentum(), default=0.01)
NESTEROV = opponent(
    "nesterov", "stochastic gradient descent with Nesterov's momentum 0.9", Momentum(nesterov=True), default=0.01
)
