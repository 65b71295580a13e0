"""L-BFGS on all rows with a fixed step size, tuned over the budget's steps and seeds."""

from __future__ import annotations

from cvxbench.nonconvex.opponent import opponent
from cvxbench.nonconvex.rules.lbfgs import LBFGS

METHOD = opponent("lbfgs", "L-BFGS on all rows, one step an epoch", LBFGS(), default=1.0)
