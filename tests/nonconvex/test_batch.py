import numpy as np
import pytest
import torch

from cvxbench.networks.patterns import distinct
from cvxbench.networks.separable import Separable
from cvxbench.nonconvex.batch import Batch, Rows, start


def test_gradient_is_that_of_finite_differences_of_the_referees_objective(problem):
    gates, active, width, members = None, None, 6, problem.Y.shape[1]
    if problem.network == "gated-relu":
        patterns = distinct(problem.X, problem.gates)
        gates, width = patterns.gates, patterns.gates.shape[1]
        active = torch.from_numpy(patterns.active.astype(float)).expand(members, -1, -1)
    lam = torch.full((members, 1), problem.lam, dtype=torch.float64)
    batch = Batch(start(members, problem.X.shape[1], width, seed=2), lam, problem.X.shape[1])
    X = torch.from_numpy(problem.X).expand(members, -1, -1)
    batch.differentiate(Rows(X, torch.from_numpy(problem.Y.T.copy())[:, None, :], active), decay=True)

    rng, h = np.random.default_rng(0), 1e-6
    for column in [*rng.integers(batch.weights.shape[1], size=6), *range(-4, 0)]:
        at = int(rng.integers(members)), int(column)
        values = []
        for sign in (1, -1):
            batch.weights[at] += sign * h
            network = Separable(tuple(batch.network(member, gates) for member in range(members)))
            values.append(network.objective(problem.X, problem.Y, problem.lam))
            batch.weights[at] -= sign * h
        assert batch.gradient[at].item() == pytest.approx((values[0] - values[1]) / (2 * h), rel=1e-5, abs=1e-9)
