"""SGD and Adam as the benchmark runs them: a whole study a call, each setting under its own watch."""

from dataclasses import replace

import pytest
import torch

from cvxbench.attempt import Outcome, Setting, Status
from cvxbench.nonconvex import adam, sgd
from cvxbench.nonconvex.trainer import Data, Run

from .conftest import Diary
from .plain import plain
from .test_study import halving
from .test_trainer import assert_close, layers


@pytest.mark.parametrize(
    ("method", "optimizer", "step"),
    [(sgd, torch.optim.SGD, 0.5), (adam, torch.optim.Adam, 0.01)],
    ids=["sgd", "adam"],
)
def test_a_setting_of_a_study_ends_where_the_plain_loop_does(problem, method, optimizer, step, budget):
    settings = [Setting({"step": factor * step}, seed, 12) for factor in (1.0, 0.1) for seed in (5, 6)]
    diaries = [Diary() for _ in settings]
    outcomes = method.METHOD.train(problem, settings, budget, diaries)
    data = Data(problem.X, problem.Y, 12)
    if problem.network == "gated-relu":
        data = Data.gated(problem.X, problem.Y, problem.gates)
    run = Run(settings[1].options["step"], settings[1].seed, problem.lam)
    expected = plain(data, run, lambda weights, rate: optimizer(weights, lr=rate), halving, 20)
    assert all(outcome.status is Status.BUDGET and outcome.iterations == 200 for outcome in outcomes)
    assert_close(layers(outcomes[1].network), expected, 1e-3)  # float32 against float64
    for diary, outcome in zip(diaries, outcomes, strict=True):
        assert sorted(diary.seen) == list(range(201))
        assert_close(layers(diary.seen[200]), layers(outcome.network), 0.0)


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
