import numpy as np
import pytest
import torch

from cvxbench.bench.suite import budgets
from cvxbench.nonconvex.opponent import SCHEDULES
from cvxbench.nonconvex.rules.adam import Adam
from cvxbench.nonconvex.rules.sgd import SGD
from cvxbench.nonconvex.study import PAPER, STANDARD, Study, train_study
from cvxbench.nonconvex.trainer import Data, Run

from .plain import plain

SMALL = Study(steps=(50.0, 0.1, 0.01), seeds=(0, 1), epochs=20)


def test_the_published_study_is_seven_steps_by_three_seeds_for_2000_epochs():
    assert len(PAPER.steps) * len(PAPER.seeds) == 21 and PAPER.epochs == 2000
    factors = [PAPER.schedule(step, 20_000, 10) for step in range(20_000)]
    assert factors[:1000] == [1.0] * 1000 and factors[1000] == 0.5 and factors[-1] == 0.5**19


def test_the_standard_study_is_43_percent_of_the_published_one():
    def work(of):
        return len(of.steps) * len(of.seeds) * of.epochs

    assert round(work(STANDARD) / work(PAPER), 2) == 0.43


@pytest.mark.parametrize(("budget", "study"), [("paper", PAPER), ("standard", STANDARD)])
def test_the_benchmarks_budget_of_that_name_is_the_study(budget, study):
    given = budgets()[budget]
    assert (given.steps, given.repeats, given.epochs) == (study.steps, len(study.seeds), study.epochs)
    assert SCHEDULES[given.schedule] == study.schedule


@pytest.mark.parametrize(("rule", "optimizer"), [(SGD(), torch.optim.SGD), (Adam(), torch.optim.Adam)])
def test_every_setting_ends_as_a_plain_loop_over_the_settings_would(table, rule, optimizer):
    X, Y = table
    done = train_study(X, Y, [1e-3, 1e-2], rule, study=SMALL, width=9, dtype=torch.float64)
    assert [one.run for one in done] == [
        Run(step, seed, lam) for lam in (1e-3, 1e-2) for step in SMALL.steps for seed in SMALL.seeds
    ]
    for one in done:
        assert one.trace[0][0] == 0 and one.best == min(value for _, value in one.trace)
        if one.diverged:
            assert one.run.step == 50.0 and not one.final < 10 * one.trace[0][1]
            continue
        assert one.trace[-1] == (20, one.network.objective(X, Y, one.run.lam))
        hidden, output = plain(Data(X, Y, 9), one.run, lambda weights, step: optimizer(weights, lr=step), halving, 20)
        fit = np.stack([np.maximum(X @ hidden[c], 0.0) @ output[c] for c in range(Y.shape[1])], axis=1)
        penalty = 0.5 * one.run.lam * (np.sum(hidden**2) + np.sum(output**2))
        assert one.final == pytest.approx(0.5 * np.sum((fit - Y) ** 2) / len(X) + penalty, rel=1e-6)


def halving(optimizer, steps, per_epoch):
    return torch.optim.lr_scheduler.StepLR(optimizer, max(1, steps // per_epoch // 20) * per_epoch, 0.5)


def test_single_precision_ends_close_to_double(table):
    X, Y = table
    for one, double in zip(
        train_study(X, Y, 1e-3, Adam(), study=Study((0.01,), (0,), 50)),
        train_study(X, Y, 1e-3, Adam(), study=Study((0.01,), (0,), 50), dtype=torch.float64),
        strict=True,
    ):
        assert one.final == pytest.approx(double.final, rel=1e-3)


def test_a_gated_study_has_a_neuron_for_each_pattern(table):
    X, Y = table
    gates = np.random.default_rng(0).standard_normal((X.shape[1], 15))
    (one,) = train_study(X, Y, 1e-3, Adam(), study=Study((0.01,), (0,), 5), gates=gates)
    assert one.network.parts[0].gates.shape[1] <= 15 and one.final < one.trace[0][1]
