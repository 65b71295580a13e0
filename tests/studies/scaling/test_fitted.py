"""Laws that were planted are found again, and what is no such law is called so."""

import numpy as np
import pytest

from cvxbench.errors import CvxbenchError
from cvxbench.studies.scaling.fitted import fitted, half_widths
from cvxbench.studies.scaling.law import Law, fit_free, fit_law
from cvxbench.studies.scaling.runs import Runs, best, bests, loss_at, near_best

LAW = Law(floor=0.5, a=2.0, b=0.3)
FAILURES = {
    "a best step that falls more slowly": Law(0.5, 2.0, 0.3, alpha=1.0, beta=2.0),
    "a loss that falls faster": Law(0.5, 200.0, 0.3, alpha=2.0, beta=2.0),
    "a best step at the divergence edge": Law(0.5, 2.0, 0.0),
}
HORIZONS = (512, 1024, 2048, 4096)
STEPS = np.logspace(-3, 1.0, 17)


def planted(law, seed, noise=0.01, largest=np.inf):
    """Runs of five seeds whose losses are those of a law, with relative noise; steps above `largest` diverge."""
    T, step, seeds = (axis.ravel() for axis in np.meshgrid(HORIZONS, STEPS, range(5), indexing="ij"))
    loss = law.loss(T, step) * np.exp(noise * np.random.default_rng(seed).standard_normal(T.shape))
    return Runs(T.astype(float), step, np.where(step <= largest, loss, np.inf), seeds)


def test_planted_numbers_lie_in_their_intervals_in_90_of_100_trials():
    inside = np.zeros(3)
    for trial in range(100):
        near = near_best(planted(LAW, trial))

        def numbers(weights, near=near):
            law = fit_law(near.horizon, near.step, near.loss, weights)
            return np.array([law.floor, law.q1, law.q2])

        off = np.abs(numbers(np.ones(len(near.loss))) - [LAW.floor, LAW.q1, LAW.q2])
        inside += off <= half_widths(near.seed, numbers, draws=60)
    assert inside.min() >= 90


@pytest.mark.slow
def test_the_whole_fit_calls_a_planted_law_one_and_its_exponents_lie_in_their_intervals():
    found = [fitted(planted(LAW, trial), draws=60) for trial in range(100)]
    assert sum(one.slope.holds(-0.5) for one in found) >= 90
    assert sum(one.decay.holds(-0.5) for one in found) >= 90
    assert sum(not one.failures for one in found) >= 85  # two intervals of 95 %


@pytest.mark.parametrize("failure", FAILURES)
def test_a_planted_failure_is_reported(failure):
    law = FAILURES[failure]
    largest = 2.0 if law.b == 0.0 else np.inf
    for trial in range(3):
        assert fitted(planted(law, trial, largest=largest), draws=40).failures


def test_a_planted_law_without_noise_is_recovered_exactly():
    runs = planted(LAW, 0, noise=0.0)
    law = fit_law(runs.horizon, runs.step, runs.loss)
    np.testing.assert_allclose([law.floor, law.a, law.b], [LAW.floor, LAW.a, LAW.b], rtol=1e-6)
    known = fit_law(runs.horizon, runs.step, runs.loss, floor=0.5)
    np.testing.assert_allclose([known.a, known.b], [LAW.a, LAW.b], rtol=1e-6)
    assert law.best_step(1e4) == pytest.approx(law.q1 / (law.q2 * 100))
    assert law.best_loss(1e4) == pytest.approx(0.5 + 2 * law.q1 * law.q2 / 100)
    assert (law.slope, law.decay) == (-0.5, -0.5)


def test_free_exponents_are_recovered():
    law = Law(0.5, 20.0, 0.3, alpha=1.4, beta=0.8)
    runs = planted(law, 0, noise=0.0)
    found = fit_free(runs.horizon, runs.step, runs.loss)
    np.testing.assert_allclose([found.alpha, found.beta, found.floor], [1.4, 0.8, 0.5], rtol=2e-3)
    steps = np.logspace(-3, 1, 20_001)
    losses = law.loss(2000.0, steps)
    assert law.best_step(2000.0) == pytest.approx(steps[np.argmin(losses)], rel=1e-3)
    assert law.best_loss(2000.0) == pytest.approx(losses.min(), rel=1e-6)


def test_the_bootstrap_draws_whole_seeds():
    seeds = np.repeat(np.arange(400), 2)
    values = np.random.default_rng(0).standard_normal(400)[seeds]
    (half,) = half_widths(seeds, lambda weights: np.array([np.average(values, weights=weights)]), draws=1000)
    assert half == pytest.approx(1.96 * values.std() / np.sqrt(400), rel=0.1)
    assert np.isinf(half_widths(np.zeros(9), lambda weights: weights[:2])).all()


def test_the_best_step_lies_between_those_of_the_grid_and_an_edge_is_said():
    runs = planted(LAW, 0, noise=0.0)
    for one in bests(runs):
        assert not one.edge
        assert one.step == pytest.approx(LAW.best_step(one.horizon), rel=0.05)
        assert one.loss == pytest.approx(LAW.best_loss(one.horizon), rel=5e-3)
    cut = best(planted(LAW, 0, noise=0.0, largest=0.05), 512)
    assert cut.edge and cut.step <= 0.05
    assert best(planted(LAW, 0, largest=0.0), 512) is None


def test_a_loss_between_steps_is_interpolated_and_beyond_the_stable_ones_infinite():
    runs = planted(LAW, 0, noise=0.0, largest=1.0)
    assert loss_at(runs, 1024, STEPS[4]) == pytest.approx(LAW.loss(1024, STEPS[4]))
    assert loss_at(runs, 1024, 0.02) == pytest.approx(LAW.loss(1024, 0.02), rel=0.02)
    assert np.isinf(loss_at(runs, 1024, 5.0)) and np.isnan(loss_at(runs, 1024, 1e-4))


def test_too_few_points_are_refused_in_a_sentence():
    runs = planted(LAW, 0)
    with pytest.raises(CvxbenchError, match=r"^here: too few points .*1 horizons of at least 2"):
        fitted(runs.taken(runs.horizon == 512), "here")
