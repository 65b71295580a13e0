"""L-BFGS against torch's over 200 steps: it amplifies rounding, so that torch parts from itself on reordered rows."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from cvxbench.nonconvex.batch import Batch, Rows, start
from cvxbench.nonconvex.rules.lbfgs import LBFGS
from cvxbench.nonconvex.rules.rule import Step
from cvxbench.nonconvex.trainer import Recipe, Run, train

from .plain import plain
from .test_trainer import LAM, SCHEDULES, Eyes, layers, theirs_of

OPTIMIZER = theirs_of(partial(torch.optim.LBFGS, max_iter=1, history_size=5))


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


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_of_200_steps_half_as_many_are_torchs_as_torch_shares_with_itself_on_reordered_rows(data, schedule):
    factor, scheduler = SCHEDULES[schedule]
    runs = [Run(0.1, 7, LAM), Run(1e7, 6, LAM)]
    ours = Path(data, bound=1e9)
    train(data, runs, Recipe(LBFGS(5), factor, 200, dtype=torch.float64), ours)
    theirs, others = [], []
    for each, path in ((data, theirs), (reordered(data), others)):
        plain(each, runs[0], OPTIMIZER, scheduler, 200, full_batch=True, path=path)
    assert ours.ended == [1] and len(ours.path) == len(theirs) == 200
    assert shared(ours.path, theirs) >= shared(others, theirs) / 2 >= 20


class Path(Eyes):
    def due(self, iteration):
        return True

    def see(self, iteration, networks):
        self.path = [*getattr(self, "path", []), layers(networks[0])][-200:]  # without the start
        return super().see(iteration, networks)


def reordered(data):
    order = np.random.default_rng(0).permutation(len(data.X))
    active = None if data.active is None else data.active[order]
    return replace(data, X=data.X[order], Y=data.Y[order], active=active)


def shared(ours, theirs):
    """Return how many steps two paths go together, to 1e-6 of the largest weight of a layer."""
    apart = (
        any(np.abs(mine - other).max() > 1e-6 * np.abs(other).max() for mine, other in zip(*both, strict=True))
        for both in zip(ours, theirs, strict=True)
    )
    return next((step for step, parted in enumerate(apart) if parted), len(theirs))
