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
        active = torch.from_numpy(patterns.active.T.astype(float)).expand(2, -1, -1)
    X, Y = problem.X, problem.Y
    lam = torch.full((members, 1), problem.lam, dtype=torch.float64)
    batch = Batch(torch.stack([start(members, X.shape[1], width, seed) for seed in (2, 3)]), lam)
    y = torch.from_numpy(Y.T.copy()).expand(2, -1, -1)
    batch.differentiate(Rows(torch.from_numpy(X).expand(2, -1, -1), y, active), decay=True)

    rng, h = np.random.default_rng(0), 1e-6
    layers, neurons = range(X.shape[1] + 1), range(width)
    for layer in [*rng.choice(layers, size=6), *[X.shape[1]] * 4]:
        at = int(rng.integers(2)), int(layer), int(rng.integers(members)), int(rng.choice(neurons))
        values = []
        for sign in (1, -1):
            batch.weights[at] += sign * h
            network = Separable(tuple(batch.network(at[0], member, gates) for member in range(members)))
            values.append(network.objective(X, Y, problem.lam))
            batch.weights[at] -= sign * h
        assert batch.gradient[at].item() == pytest.approx((values[0] - values[1]) / (2 * h), rel=1e-5, abs=1e-9)
