import time
from itertools import pairwise

import numpy as np
import pytest

from cvxbench.attempt import Status
from cvxbench.bench.referee import Clock, RefereeWatch, held_out_score, lower_bound, null_objective, score
from cvxbench.networks.gated_relu import GatedReLUNetwork
from cvxbench.networks.problem import Problem
from cvxbench.networks.relu import ReLUNetwork
from cvxbench.networks.separable import Separable


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def problem(rng):
    X = rng.standard_normal((30, 3))
    return Problem(X, rng.standard_normal((30, 2)), 0.02, "gated-relu", rng.standard_normal((3, 9)))


def gated(problem, rng, scale):
    shape = problem.gates.shape
    parts = [GatedReLUNetwork.from_program(problem.gates, scale * rng.standard_normal(shape)) for _ in problem.Y.T]
    return Separable(tuple(parts))


def test_the_bound_of_any_network_is_below_the_objective_of_any_other(problem, rng):
    networks = [gated(problem, rng, scale) for scale in (0.0, 1e-3, 0.1, 0.3, 1.0, 30.0) for _ in range(20)]
    best = min(score(problem, network) for network in networks)
    assert all(lower_bound(problem, network).lower_bound <= best for network in networks)


def test_the_bound_is_the_primal_value_where_the_zero_network_is_optimal(problem, rng):
    from dataclasses import replace

    easy = replace(problem, lam=10.0)
    assert lower_bound(easy, gated(easy, rng, 0.0)).lower_bound == pytest.approx(null_objective(easy.Y), rel=1e-14)


def test_sampled_patterns_prove_nothing_about_relu(problem):
    from dataclasses import replace

    network = Separable((ReLUNetwork(np.zeros((3, 0)), np.zeros(0)),) * 2)
    assert lower_bound(replace(problem, network="relu"), network) is None


def test_watch_looks_geometrically_stops_the_clock_and_ends_what_diverges(problem, rng):
    watch = RefereeWatch(problem, Clock(100.0))
    zero = gated(problem, rng, 0.0)
    for iteration in range(1, 1001):
        if watch.due(iteration):
            assert watch.see(iteration, zero) is None
    looks = [iteration for iteration, _, _ in watch.trace]
    assert looks[:5] == [1, 2, 3, 4, 5] and len(looks) < 35
    assert all(b <= 1.2 * a + 1 for a, b in pairwise(looks))
    seconds = [second for _, second, _ in watch.trace]
    assert seconds == sorted(seconds)
    assert watch.see(1001, gated(problem, rng, 1e6)).status is Status.DIVERGED


def test_watch_ends_an_attempt_whose_time_is_up(problem, rng):
    watch = RefereeWatch(problem, Clock(1e-9))
    assert watch.due(10**9)
    assert watch.see(1, gated(problem, rng, 0.0)).status is Status.BUDGET


def test_while_one_watch_looks_the_clock_stands_still_for_all_that_share_it(problem, rng, monkeypatch):
    clock = Clock(100.0)
    one, other = RefereeWatch(problem, clock), RefereeWatch(problem, clock)
    zero = gated(problem, rng, 0.0)
    monkeypatch.setattr("cvxbench.bench.referee.score", lambda problem, network: time.sleep(0.2) or 0.1)
    one.see(0, zero)
    other.see(0, zero)
    assert other.trace[0][1] < 0.2


def test_held_out_scores():
    X = np.array([[1.0], [-1.0], [2.0]])
    line = ReLUNetwork(np.array([[1.0]]), np.array([1.0]))
    minus = ReLUNetwork(np.array([[-1.0]]), np.array([1.0]))
    assert held_out_score("regression", Separable((line,)), X, np.array([[1.0], [0.0], [0.0]])) == pytest.approx(4 / 3)
    assert held_out_score("binary", Separable((line,)), X, np.array([[1.0], [-1.0], [1.0]])) == pytest.approx(2 / 3)
    assert held_out_score("multiclass", Separable((line, minus)), X, np.eye(2)[[0, 1, 1]]) == pytest.approx(2 / 3)
