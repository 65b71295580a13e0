"""`ssn` as the benchmark calls it."""

from __future__ import annotations

import numpy as np

from cvxbench.attempt import Setting
from cvxbench.bench.referee import Clock, RefereeWatch
from cvxbench.convex import ssn
from cvxbench.convex.cones.program import ConeProgram
from cvxbench.networks.problem import Problem


def test_no_bound_is_computed_that_the_referee_does_not_ask_for(budget, monkeypatch):
    """On ten outputs they took seconds that the method's clock counted, after its last look at it."""
    rng = np.random.default_rng(0)
    X, Y, gates = rng.standard_normal((40, 3)), rng.standard_normal((40, 2)), rng.standard_normal((3, 6))
    problem = Problem(X=X, Y=Y, lam=0.05, network="relu", gates=gates)
    monkeypatch.setattr(ConeProgram, "certificate", None)
    (outcome,) = ssn.METHOD.train(problem, [Setting({})], budget, [RefereeWatch(problem, Clock(60.0))])
    assert outcome.claim is None
    assert outcome.status.label == "converged"
