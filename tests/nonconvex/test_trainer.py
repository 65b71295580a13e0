"""Every update rule and schedule in a batch, member by member against a plain torch loop."""

from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from cvxbench.nonconvex.rules.adam import Adam
from cvxbench.nonconvex.rules.adamw import AdamW
from cvxbench.nonconvex.rules.lbfgs import LBFGS
from cvxbench.nonconvex.rules.momentum import Momentum
from cvxbench.nonconvex.rules.sgd import SGD
from cvxbench.nonconvex.schedules.constant import Constant
from cvxbench.nonconvex.schedules.cosine import Cosine
from cvxbench.nonconvex.schedules.linear import Linear
from cvxbench.nonconvex.schedules.stepwise import Stepwise
from cvxbench.nonconvex.schedules.warmup_stable_decay import WarmupStableDecay
from cvxbench.nonconvex.trainer import Data, Recipe, Run, train

from .plain import plain

LAM = 1e-3
RULES = {
    "sgd": (SGD(), torch.optim.SGD, 0.3),
    "momentum": (Momentum(0.9), partial(torch.optim.SGD, momentum=0.9), 0.05),
    "nesterov": (Momentum(0.9, nesterov=True), partial(torch.optim.SGD, momentum=0.9, nesterov=True), 0.05),
    "adam": (Adam(), torch.optim.Adam, 0.01),
    "adamw": (AdamW(), partial(torch.optim.AdamW, weight_decay=LAM), 0.01),
    "lbfgs": (LBFGS(5), partial(torch.optim.LBFGS, max_iter=1, history_size=5), 0.1),
}
SCHEDULES = {
    "constant": (Constant(), lambda rule, steps, each: lr_scheduler.ConstantLR(rule, 1.0)),
    "stepwise": (Stepwise(0.5, 5), lambda rule, steps, each: lr_scheduler.StepLR(rule, max(1, steps // 5), 0.5)),
    "cosine": (Cosine(), lambda rule, steps, each: lr_scheduler.CosineAnnealingLR(rule, steps)),
    "linear": (Linear(), lambda rule, steps, each: lr_scheduler.LinearLR(rule, 1.0, 0.0, steps)),
    "warmup-stable-decay": (
        WarmupStableDecay(0.1, 0.25),
        lambda rule, steps, each: lr_scheduler.SequentialLR(
            rule,
            [
                lr_scheduler.LinearLR(rule, 10 / steps, 1.0, steps // 10 - 1),
                lr_scheduler.ConstantLR(rule, 1.0),
                lr_scheduler.LinearLR(rule, 1.0, 0.0, steps // 4),
            ],
            [steps // 10 - 1, steps - steps // 4],
        ),
    ),
}


@dataclass
class Eyes:
    """An audience that looks every seven steps, and ends what reached a bound or left the finite numbers."""

    data: Data
    bound: float = 1e3
    ended: list = field(default_factory=list)

    def due(self, iteration):
        return iteration % 7 == 0

    def see(self, iteration, networks):
        with np.errstate(all="ignore"):
            values = {run: network.objective(self.data.X, self.data.Y, LAM) for run, network in networks.items()}
        ended = [run for run, value in values.items() if not value < self.bound]
        self.ended += ended
        return ended


def layers(network):
    return np.stack([part.hidden for part in network.parts]), np.stack([part.output for part in network.parts])


def assert_close(ours, theirs, rel):
    for mine, other in zip(ours, theirs, strict=True):
        assert np.isfinite(mine).all()
        np.testing.assert_allclose(mine, other, rtol=rel, atol=rel * np.abs(other).max())


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("rule", RULES)
def test_200_steps_are_those_of_a_plain_torch_loop_while_another_member_diverges(data, rule, schedule):
    ours, theirs, step = RULES[rule]
    factor, scheduler = SCHEDULES[schedule]
    runs = [Run(size, seed, LAM) for seed in (5, 7) for size in (step, 1e7, step / 2)]
    epochs = 20  # of ten steps; L-BFGS, with one, amplifies rounding: test_lbfgs has its 200
    eyes = Eyes(data)
    networks = train(data, runs, Recipe(ours, factor, epochs, dtype=torch.float64), eyes)
    expected = plain(
        data, runs[5], theirs_of(theirs), scheduler, epochs, full_batch=ours.full_batch, decoupled=ours.decoupled
    )
    assert {1, 4} <= set(eyes.ended) and 5 not in eyes.ended
    assert_close(layers(networks[5]), expected, 1e-6)


def theirs_of(optimizer):
    return lambda parameters, step: optimizer(parameters, lr=step)


@pytest.mark.parametrize("rule", RULES)
def test_a_run_is_the_same_alone_in_a_batch_and_in_split_batches(data, rule):
    ours, _, step = RULES[rule]
    runs = [Run(factor * step, seed, lam) for lam in (1e-3, 1e-2) for factor in (1.0, 0.5) for seed in (1, 2)]
    recipe = Recipe(ours, Cosine(), 5, dtype=torch.float64)
    together = train(data, runs, recipe, Eyes(data))
    split = train(data, runs, replace(recipe, memory=1e5), Eyes(data))
    for number in (0, 3, 6):
        (alone,) = train(data, [runs[number]], recipe, Eyes(data))
        assert_close(layers(together[number]), layers(alone), 1e-9)
        assert_close(layers(split[number]), layers(alone), 1e-9)


def test_a_run_that_is_ended_stays_as_it_was_seen(data):
    class Strict(Eyes):
        def see(self, iteration, networks):
            self.last = getattr(self, "last", {}) | networks
            return [1] if iteration == 14 else []

    eyes = Strict(data)
    recipe = Recipe(Adam(), Constant(), 4)
    networks = train(data, [Run(0.01, 0, LAM), Run(0.01, 1, LAM)], recipe, eyes)
    assert_close(layers(networks[1]), layers(eyes.last[1]), 0.0)
    two_epochs = plain(data, Run(0.01, 0, LAM), theirs_of(torch.optim.Adam), SCHEDULES["constant"][1], 4)
    assert_close(layers(networks[0]), two_epochs, 1e-3)  # float32


def test_the_start_is_that_of_torch_linear():
    from cvxbench.nonconvex.batch import start

    weights = start(1, 40, 5000, seed=0)[:40].numpy()
    theirs = torch.nn.Linear(40, 5000, bias=False).weight.detach().numpy()
    assert abs(weights).max() == pytest.approx(abs(theirs).max(), rel=1e-3)
    assert weights.std() == pytest.approx(theirs.std(), rel=0.01)
