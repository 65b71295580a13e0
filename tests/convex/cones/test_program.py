"""The bound that a referee recomputes, from networks that need not be any good."""

import numpy as np
import pytest

from cvxbench.convex.cones.program import ConeProgram
from cvxbench.networks.patterns import distinct
from cvxbench.networks.relu import ReLUNetwork

from .conftest import clarabel, problem


@pytest.mark.parametrize("scale", [0.0, 0.1, 1.0, 10.0])
def test_the_bound_of_any_network_is_below_the_optimum(scale):
    X, y, gates = problem(20, 3, 8)
    program = ConeProgram.of(X, distinct(X, gates), memory=1e9)
    hidden = np.random.default_rng(5).standard_normal((3, 6))
    network = ReLUNetwork(hidden, scale * np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0]))
    known = clarabel(X, y, gates, 1e-2, accuracy=1e-10)
    assert 0.0 <= program.lower_bound(network, y, 1e-2) <= known * (1 + 1e-9)


def test_the_bound_of_the_zero_network_is_that_of_the_longest_projection():
    X, y, gates = problem(20, 3, 8)
    program = ConeProgram.of(X, distinct(X, gates), memory=1e9)
    zero = program.network(program.start(y, 1e-2, None))
    assert not zero.output.size
    largest = 20 * _largest_lam(program, y)
    scale = min(1.0, 1e-2 * 20 / largest)
    assert program.lower_bound(zero, y, 1e-2) == pytest.approx((scale - 0.5 * scale**2) * (y @ y) / 20, rel=1e-12)


def test_points_count_on_the_bound_that_the_referee_finds():
    X, y, gates = problem(60, 5, 60)
    X = np.hstack([X, X[:, :2]])  # dependent columns: the referee's coordinates are not the solver's
    gates = np.vstack([gates, gates[:2]])
    program = ConeProgram.of(X, distinct(X, gates), memory=1e9)
    start = program.start(y, 1e-3, None)
    points = [start, *program.iterates(y, start, 1e-9, np.inf)]
    for point in points:
        if point.own_bound > 0.0:
            found = program.lower_bound(program.network(point), y, 1e-3)
            assert found == pytest.approx(point.own_bound, rel=1e-9)
    assert points[-1].relative_gap <= 1e-9


def test_the_last_point_is_judged_when_time_is_up():
    X, y, gates = problem(60, 5, 60)
    program = ConeProgram.of(X, distinct(X, gates), memory=1e9)
    start = program.start(y, 1e-4, None)
    (last,) = program.iterates(y, start, 1e-9, 0.0)
    assert last.own_bound == start.own_bound > 0.0
    assert last.newton_steps == 0


def _largest_lam(program, y):
    from scipy.optimize import nnls

    lengths = []
    for signs, gate in zip(program.cones.signs, program.cones.signs > 0, strict=True):
        rows = program.X * signs[:, None]
        for pull in (program.X.T @ (gate * y), -program.X.T @ (gate * y)):
            lengths.append(np.linalg.norm(pull + rows.T @ nnls(rows.T, -pull)[0]))
    return max(lengths) / len(y)
