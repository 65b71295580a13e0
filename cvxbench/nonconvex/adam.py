"""Adam with PyTorch's moments, tuned over the budget's steps and seeds."""

from __future__ import annotations

from cvxbench.nonconvex.opponent import opponent
from cvxbench.nonconvex.rules.adam import Adam

METHOD = opponent("adam", "Adam", Adam(), default=0.001)
