import numpy as np
import pytest
import torch

from cvxbench.networks.patterns import distinct
from cvxbench.nonconvex.weights import initial, set_gradient


def test_gradient_is_that_of_finite_differences_of_the_referees_objective(problem):
    X, Y = torch.from_numpy(problem.X), torch.from_numpy(problem.Y.T.copy()).unsqueeze(2)
    gates, active = None, None
    if problem.network == "gated-relu":
        patterns = distinct(problem.X, problem.gates)
        gates, active = patterns.gates, torch.from_numpy(patterns.active.astype(float))
    width = 6 if gates is None else gates.shape[1]
    weights = initial(problem.Y.shape[1], problem.X.shape[1], width, gates, seed=2)
    set_gradient(weights, X, Y, active, problem.lam)

    rng, h = np.random.default_rng(0), 1e-6
    for layer in (weights.hidden, weights.output):
        for _ in range(5):
            at = tuple(rng.integers(size) for size in layer.shape)
            values = []
            for sign in (1, -1):
                layer[at] += sign * h
                values.append(weights.network().objective(problem.X, problem.Y, problem.lam))
                layer[at] -= sign * h
            assert layer.grad[at].item() == pytest.approx((values[0] - values[1]) / (2 * h), rel=1e-5, abs=1e-9)
