"""Adam with decoupled weight decay, which solves a neighbouring problem and is scored on this one."""

from __future__ import annotations

from cvxbench.nonconvex.opponent import opponent
from cvxbench.nonconvex.rules.adamw import AdamW

METHOD = opponent("adamw", "Adam with decoupled weight decay λ", AdamW(), default=0.001)
