"""What the runs of the scaling experiment are trained by."""

from __future__ import annotations

import numpy as np

from cvxbench.nonconvex.rules.adam import Adam
from cvxbench.nonconvex.rules.adamw import AdamW
from cvxbench.nonconvex.rules.rule import Rule
from cvxbench.nonconvex.rules.sgd import SGD
from cvxbench.nonconvex.schedules.cosine import Cosine
from cvxbench.nonconvex.schedules.linear import Linear
from cvxbench.nonconvex.schedules.schedule import Schedule
from cvxbench.nonconvex.schedules.warmup_stable_decay import WarmupStableDecay

RULES: dict[str, Rule] = {"sgd": SGD(), "adam": Adam(), "adamw": AdamW()}
SCHEDULES: dict[str, Schedule] = {"linear": Linear(), "cosine": Cosine(), "wsd": WarmupStableDecay()}
_ADAM = tuple(np.logspace(-4.5, -1.0, 17).tolist())
STEPS = {  # 17 over 3.5 decades
    "sgd": tuple(np.logspace(-2.5, 1.0, 17).tolist()),
    "adam": _ADAM,
    "adamw": _ADAM,
}
