import math

import numpy as np
import pytest

from cvxbench.nonconvex.schedules.constant import Constant
from cvxbench.nonconvex.schedules.cosine import Cosine
from cvxbench.nonconvex.schedules.linear import Linear
from cvxbench.nonconvex.schedules.warmup_stable_decay import WarmupStableDecay
from cvxbench.studies.scaling.bound import bound_along, factors, last_iterate_bound, matched

SCHEDULES = {"constant": Constant(), "linear": Linear(), "cosine": Cosine(), "wsd": WarmupStableDecay()}


def double_loop(eta, G, D):
    T = len(eta)
    total = sum(eta)
    value = D**2 / (2 * total) + sum(eta[t] ** 2 * G[t] ** 2 for t in range(T)) / (2 * total)
    for k in range(T - 1):
        after = sum(eta[t] for t in range(k + 1, T))
        tail = sum(eta[t] ** 2 * G[t] ** 2 for t in range(k, T)) / sum(eta[t] for t in range(k, T))
        value += 0.5 * eta[k] / after * tail
    return value


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("peak", [0.01, 3.0])
def test_the_bound_equals_a_direct_double_loop(schedule, peak):
    eta = factors(SCHEDULES[schedule], 137)
    G = np.random.default_rng(0).uniform(0.5, 2.0, 137)
    expected = double_loop((peak * eta).tolist(), G.tolist(), 1.7)
    assert last_iterate_bound(eta, G, 1.7).at(peak) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("T", [1, 2, 1000])
def test_a_constant_schedule_pays_a_harmonic_sum(T):
    D, G, step = 2.0, 3.0, 0.1
    harmonic = sum(1 / k for k in range(1, T))
    known = D**2 / (2 * step * T) + step * G**2 / 2 * (1 + harmonic)
    assert last_iterate_bound(np.ones(T), G, D).at(step) == pytest.approx(known, rel=1e-12)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_no_peak_beats_the_best_one(schedule):
    bound = last_iterate_bound(factors(SCHEDULES[schedule], 300), 1.3, 0.7)
    assert bound.best == pytest.approx(2 * math.sqrt(bound.distance_term * (bound.average_term + bound.last_term)))
    for factor in (0.5, 0.9, 1.1, 2.0):
        assert bound.at(factor * bound.best_peak) > bound.best


def test_a_linear_decay_has_the_best_bound_without_a_logarithm():
    ratios = {
        name: [last_iterate_bound(factors(s, T)).best * math.sqrt(T) for T in (100, 10_000)]
        for name, s in SCHEDULES.items()
    }
    assert ratios["linear"][1] == pytest.approx(ratios["linear"][0], rel=0.05)  # Ω* ~ 1/√T
    assert ratios["constant"][1] > 1.2 * ratios["constant"][0]  # Ω* ~ √(log T / T)
    assert min(ratios, key=lambda name: ratios[name][1]) == "linear"


def test_the_bound_along_a_run_ends_at_the_bound_of_the_run_and_can_be_matched_to_one():
    eta = factors(Cosine(), 500)
    G, D = matched(eta, peak=0.2, excess=0.05)
    bound = last_iterate_bound(eta, G, D)
    assert bound.best_peak == pytest.approx(0.2) and bound.best == pytest.approx(0.05)
    along = bound_along(eta, 0.2, G, D)
    assert along[0][0] == 1 and along[-1] == (500, pytest.approx(0.05))
