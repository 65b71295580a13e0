"""The opponents as the benchmark runs them: a whole study a call, each setting under its own watch."""

from dataclasses import replace
from functools import partial

import pytest
import torch

from cvxbench.attempt import Outcome, Setting, Status
from cvxbench.nonconvex import adam, adamw, lbfgs, momentum, sgd
from cvxbench.nonconvex.trainer import Data, Run

from .conftest import Diary
from .plain import plain
from .test_study import halving
from .test_trainer import assert_close, layers, theirs_of


@pytest.mark.parametrize(
    ("method", "optimizer", "step"),
    [
        (sgd.METHOD, torch.optim.SGD, 0.5),
        (momentum.METHOD, partial(torch.optim.SGD, momentum=0.9), 0.05),
        (momentum.NESTEROV, partial(torch.optim.SGD, momentum=0.9, nesterov=True), 0.05),
        (adam.METHOD, torch.optim.Adam, 0.01),
        (adamw.METHOD, partial(torch.optim.AdamW, weight_decay=1e-3), 0.01),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_setting_of_a_study_ends_where_the_plain_loop_does(problem, method, optimizer, step, budget):
    settings = [Setting({"step": factor * step}, seed, 12) for factor in (1.0, 0.1) for seed in (5, 6)]
    diaries = [Diary() for _ in settings]
    outcomes = method.train(problem, settings, budget, diaries)
    data = Data(problem.X, problem.Y, 12)
    if problem.network == "gated-relu":
        data = Data.gated(problem.X, problem.Y, problem.gates)
    run = Run(settings[1].options["step"], settings[1].seed, problem.lam)
    expected = plain(data, run, theirs_of(optimizer), halving, 20, decoupled=method.name == "adamw")
    assert all(outcome.status is Status.BUDGET and outcome.iterations == 200 for outcome in outcomes)
    assert_close(layers(outcomes[1].network), expected, 1e-3)  # float32 against float64
    for diary, outcome in zip(diaries, outcomes, strict=True):
        assert sorted(diary.seen) == list(range(201))
        assert_close(layers(diary.seen[200]), layers(outcome.network), 0.0)


def test_lbfgs_takes_one_step_an_epoch_on_all_rows(problem, budget, diary):
    short = replace(budget, epochs=5)
    (outcome,) = lbfgs.METHOD.train(problem, [Setting({"step": 0.1}, 5, 12)], short, [diary])
    assert outcome.status is Status.BUDGET and outcome.iterations == 5
    values = [diary.seen[at].objective(problem.X, problem.Y, problem.lam) for at in range(6)]
    assert values[1] < values[0] and values[2] < values[1]


def test_what_its_watch_ends_ends_alone(problem, budget):
    class Ender(Diary):
        def see(self, iteration, network):
            super().see(iteration, network)
            return Outcome(network, Status.DIVERGED, "as asked", iteration) if iteration == 9 else None

    diaries = [Ender(), Diary(), Diary()]
    settings = [Setting({"step": 0.1}, seed, 7) for seed in range(3)]
    ended, *others = sgd.METHOD.train(problem, settings, budget, diaries)
    assert (ended.status, ended.iterations, max(diaries[0].seen)) == (Status.DIVERGED, 9, 9)
    assert [(other.status, other.iterations) for other in others] == [(Status.BUDGET, 200)] * 2


def test_the_budget_of_work_shortens_training_the_same_on_every_machine(problem, budget, diary):
    small = replace(budget, work=1.0)
    (outcome,) = sgd.METHOD.train(problem, [Setting({"step": 0.1})], small, [diary])
    assert outcome.iterations == 50 and "work" in outcome.detail
