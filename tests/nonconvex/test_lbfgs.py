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
    """To 1e-6; where torch parts further from itself on reordered weights, to ten times that."""
    X = torch.from_numpy(problem.X).expand(2, -1, -1)
    y = torch.from_numpy(problem.Y.T.copy()).expand(2, -1, -1)
    members = y.shape[1]
    ours = torch.stack([start(members, X.shape[2], 8, seed) for seed in (3, 4)])
    orders = [torch.randperm(ours[0, :, 0].numel(), generator=torch.Generator().manual_seed(i)) for i in range(3)]
    networks = [(seed, slice(None), member) for seed in range(2) for member in range(members)]
    theirs = [Torch(ours[at], step, torch.arange(len(orders[0]))) for at in networks]
    others = [[Torch(ours[at], step, order) for at in networks] for order in orders]
    lam = torch.full((members, 1), problem.lam, dtype=torch.float64)
    rule = LBFGS(6)
    state = rule.start(ours)
    for number in range(1, 201):
        batch = Batch(torch.empty_like(ours), lam)
        for at, their in zip(networks, theirs, strict=True):
            batch.weights[at] = their.weights
        batch.differentiate(Rows(X, y, None), decay=True)
        for group in (theirs, *others):
            for at, optimizer in zip(networks, group, strict=True):
                optimizer.take(batch.gradient[at])
        rule.update(ours, batch.gradient, state, Step(number, torch.full_like(lam, step), lam))
        for place, (at, their) in enumerate(zip(networks, theirs, strict=True)):
            scale = their.weights.abs().max()
            itself = max((group[place].weights - their.weights).abs().max() for group in others)
            assert (ours[at] - their.weights).abs().max() <= max(1e-6 * scale, 10 * itself)


class Torch:
    """torch's L-BFGS on the weights of one network, which it sees in some order."""

    def __init__(self, weights, step, order):
        self.shape, self.order = weights.shape, order
        self.parameter = torch.nn.Parameter(weights.flatten()[order])
        self.optimizer = torch.optim.LBFGS([self.parameter], lr=step, max_iter=1, history_size=6)

    @property
    def weights(self):
        return self.parameter.detach()[self.order.argsort()].view(self.shape)

    def take(self, gradient):
        self.parameter.grad = gradient.flatten()[self.order]
        self.optimizer.step(lambda: 0.0)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_of_200_steps_half_as_many_are_torchs_as_torch_shares_with_itself_on_reordered_rows(data, schedule):
    factor, scheduler = SCHEDULES[schedule]
    runs = [Run(0.1, 7, LAM), Run(1e7, 7, LAM)]
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
