"""L-BFGS against torch's. It amplifies rounding until two equal programs part, so both are fed the same gradients."""

import numpy as np
import pytest
import torch

from cvxbench.nonconvex.batch import Batch, Rows, start
from cvxbench.nonconvex.rules.lbfgs import LBFGS
from cvxbench.nonconvex.rules.rule import Step


@pytest.mark.parametrize("step", [0.1, 1.0])
def test_200_steps_from_the_same_gradients_are_those_of_torch(problem, step):
    X = torch.from_numpy(problem.X).repeat(2, 1, 1)
    y = torch.from_numpy(problem.Y[:, :1].T.copy()).repeat(2, 1, 1)
    starts = torch.cat([start(1, X.shape[2], 8, seed) for seed in (3, 4)])
    lam = torch.full((2, 1), problem.lam, dtype=torch.float64)
    theirs = [torch.nn.Parameter(weights.clone()) for weights in starts]
    optimizers = [torch.optim.LBFGS([weights], lr=step, max_iter=1, history_size=6) for weights in theirs]
    rule, ours = LBFGS(6), starts.clone()
    state = rule.start(ours)
    for number in range(1, 201):
        at = Batch(torch.stack([weights.detach() for weights in theirs]), lam, X.shape[2])
        at.differentiate(Rows(X, y, None), decay=True)
        for weights, optimizer, gradient in zip(theirs, optimizers, at.gradient.clone(), strict=True):
            weights.grad = gradient
            optimizer.step(lambda: 0.0)
        rule.update(ours, at.gradient, state, Step(number, torch.full_like(lam, step), lam))
        expected = torch.stack([weights.detach() for weights in theirs]).numpy()
        np.testing.assert_allclose(ours.numpy(), expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max())
