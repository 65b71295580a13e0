"""Climbs and the search: values are those of the directions, walks end in local maxima, nothing is missed."""

import numpy as np
import pytest

from cvxbench.convex.neurons import smoothing, starts
from cvxbench.convex.neurons.ascent import ascend
from cvxbench.convex.neurons.claim import MOST, claimed
from cvxbench.convex.neurons.directions import Directions
from cvxbench.convex.neurons.dual import Dual
from cvxbench.convex.neurons.neurons import Neurons
from cvxbench.convex.neurons.oracle import WIDTHS, Oracle
from cvxbench.convex.neurons.point import Point
from cvxbench.convex.neurons.smoothing import climb
from cvxbench.convex.neurons.walk import walk

from .conftest import largest, spaced


def value(space, residual, directions):
    return directions.signs * (np.maximum(directions.units @ space.X.T, 0.0) @ residual) / len(residual)


CLIMBS = {
    "ascent": (lambda space, r, begun: ascend(space, r, begun, 35, 0.3, 3e-4), 1e-5),
    "smoothing": (lambda space, r, begun: climb(space, r, begun, WIDTHS), 1e-13),
    "walk": (lambda space, r, begun: walk(space, r, begun, 60), 1e-13),
}


@pytest.mark.parametrize("name", CLIMBS)
@pytest.mark.parametrize(("n", "d"), [(30, 4), (12, 2), (10, 15), (3, 1)])
def test_a_climb_tells_the_value_of_where_it_ends_and_does_not_fall(name, n, d):
    space, residual = spaced(n, d)
    begun = starts.both_signs(starts.gaussian(space, 20, np.random.default_rng(2)))
    run, accuracy = CLIMBS[name]
    ended = run(space, residual, begun)
    scale = np.linalg.norm(space.X, 2) * np.linalg.norm(residual) / n
    assert ended.values == pytest.approx(value(space, residual, ended), abs=accuracy * scale)
    assert np.linalg.norm(ended.units, axis=1)[ended.values > 0] == pytest.approx(1.0, abs=1e-12)
    rising = value(space, residual, begun) > 0
    assert (ended.values >= value(space, residual, begun) - 1e-5 * scale)[rising].all()
    assert (ended.signs == begun.signs).all()


@pytest.mark.parametrize(("K", "r"), [(1, 1), (3, 5), (64, 7), (150, 12)])
def test_newton_steps_solve_their_systems(K, r):
    rng = np.random.default_rng(0)
    halves = rng.standard_normal((K, r, r + 1))
    H = halves @ halves.transpose(0, 2, 1)
    gradient = rng.standard_normal((K, r)).astype(np.float32)
    i, j = np.tril_indices(r)
    steps = smoothing._newton_steps(np.ascontiguousarray(H[:, i, j].T).astype(np.float32), gradient, 64)
    assert ((np.eye(r) + H) @ steps[:, :, None])[:, :, 0] == pytest.approx(-gradient, abs=1e-4)


def test_a_walk_ends_where_no_small_move_rises():
    space, residual = spaced(40, 5)
    rng = np.random.default_rng(3)
    ended = walk(space, residual, starts.both_signs(starts.gaussian(space, 30, rng)), 200)
    for size in (1e-4, 1e-6):
        for _ in range(200):
            moved = Directions.plain(ended.units + size * rng.standard_normal(ended.units.shape), ended.signs)
            assert (value(space, residual, moved) <= ended.values + 1e-12)[ended.values > 0].all()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("n", "d"), [(12, 2), (10, 3), (9, 4)])
def test_the_search_finds_the_largest_neuron_of_small_tables(n, d, seed):
    space, residual = spaced(n, d, seed)
    found, count = Oracle(space, np.random.default_rng(0)).search(residual, Directions.none(d))
    assert count > 0
    assert found.values[0] == pytest.approx(largest(space.X, residual), rel=1e-9)
    assert (np.diff(found.values) <= 0).all()


def test_repeated_and_zero_rows_do_no_harm():
    space, residual = spaced(8, 3)
    from cvxbench.convex.neurons.space import Space

    X = np.vstack([space.X, space.X[:4], -space.X[:2], np.zeros((2, 3))])
    r = np.concatenate([residual, residual[:4], residual[:2], [1.0, -1.0]])
    found, _ = Oracle(Space.of(X), np.random.default_rng(0)).search(r, Directions.none(3))
    assert found.values[0] == pytest.approx(largest(X, r), rel=1e-9)


def test_the_pool_keeps_maxima_that_are_no_neurons_yet():
    space, residual = spaced(40, 4)
    oracle = Oracle(space, np.random.default_rng(0))
    found, _ = oracle.search(residual, Directions.none(4))
    neurons = found.take(np.arange(1))
    oracle.search(residual, neurons)
    assert oracle.pool is not None
    assert len(oracle.pool.away_from(neurons, 1 - 1e-8)) == len(oracle.pool)


def test_distinct_keeps_the_first_of_those_alike():
    units = np.array([[1.0, 0.0], [1.0, 1e-9], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    directions = Directions.plain(units, np.array([1.0, 1.0, 1.0, -1.0, 1.0]))
    kept = directions.distinct(1 - 1e-6, 10)
    assert kept.units.tolist() == [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    assert kept.signs.tolist() == [1.0, 1.0, -1.0]
    assert len(directions.distinct(1 - 1e-6, 2)) == 2
    many = Directions.plain(np.random.default_rng(0).standard_normal((1500, 2)), np.ones(1500))
    kept = many.distinct(0.999, 1500)
    alike = kept.units @ kept.units.T - np.eye(len(kept))
    assert alike.max() < 0.999
    assert ((many.units @ kept.units.T).max(axis=1) >= 0.999).all()


def test_when_time_is_up_a_search_still_values_what_is_known(monkeypatch):
    for module in ("walk", "smoothing"):
        monkeypatch.setattr(f"cvxbench.convex.neurons.{module}.CHUNK", 50.0)
    space, r = spaced(40, 4, 0)
    neurons = Directions.plain(np.random.default_rng(1).standard_normal((6, 4)), np.ones(6))
    hurried, few = Oracle(space, np.random.default_rng(0)).search(r, neurons, deadline=0.0)
    whole, many = Oracle(space, np.random.default_rng(0)).search(r, neurons)
    assert few < many
    known = value(space, r, neurons).max()
    assert known <= hurried.values[0] * (1 + 1e-12) <= whole.values[0] * (1 + 1e-9)
    assert hurried.values == pytest.approx(value(space, r, hurried), abs=1e-12)


def test_when_time_is_up_walks_end_in_the_first_cell():
    space, residual = spaced(200, 8)
    begun = starts.both_signs(starts.gaussian(space, 30, np.random.default_rng(1)))
    hurried, one = walk(space, residual, begun, 60, deadline=0.0), walk(space, residual, begun, 1)
    assert (hurried.units == one.units).all() and (hurried.values == one.values).all()
    assert walk(space, residual, begun, 60).values.mean() > 1.5 * hurried.values.mean()


@pytest.mark.parametrize(("n", "d"), [(12, 2), (10, 3), (60, 5)])
def test_a_search_whose_values_may_err_is_that_close(n, d):
    space, residual = spaced(n, d)
    coarse, _ = Oracle(space, np.random.default_rng(0)).search(residual, Directions.none(d), error=1e-2)
    exact, _ = Oracle(space, np.random.default_rng(0)).search(residual, Directions.none(d))
    assert coarse.values[0] == pytest.approx(exact.values[0], rel=1e-2)
    assert coarse.values == pytest.approx(value(space, residual, coarse), abs=1e-12)


@pytest.mark.parametrize(("tol", "searches"), [(1e-4, MOST), (1e-2, 3)])
def test_only_a_search_that_walks_ends_a_claim_by_meeting_nothing_new(tol, searches):
    """Where the one largest neuron is known, nothing near λ is left to be met."""
    space, residual = spaced(40, 2)
    oracle = Oracle(space, np.random.default_rng(0))
    found, _ = oracle.search(residual, Directions.none(2))
    best = found.best_first().take(np.arange(1))
    lam = float(best.values[0])
    point = Point(lam, Neurons(best.units, best.signs), objective=Dual(residual, lam).bound(residual, lam))
    dual, _ = claimed(space, residual, point, Dual(residual), oracle, tol, 3, np.inf)
    assert dual.searches == searches


def test_climbs_of_either_sign_do_not_depend_on_each_other():
    space, residual = spaced(60, 5)
    begun = starts.random_signs(starts.gaussian(space, 80, np.random.default_rng(0)), np.random.default_rng(1))
    together = climb(space, residual, begun, WIDTHS)
    for sign in (1.0, -1.0):
        chosen = np.flatnonzero(begun.signs == sign)
        alone = climb(space, residual, begun.take(chosen), WIDTHS)
        assert alone.values == pytest.approx(together.values[chosen], rel=1e-3)


def test_after_a_search_whose_values_may_err_an_exact_one_walks_what_it_found():
    space, residual = spaced(60, 5)
    oracle = Oracle(space, np.random.default_rng(0))
    found, _ = oracle.search(residual, Directions.none(5), error=1e-2)
    neurons = found.take(np.arange(1))
    exact, _ = oracle.search(residual, neurons, effort=0.0)
    assert oracle.pool is not None
    assert exact.values[0] >= walk(space, residual, neurons, 60).values[0] * (1 - 1e-12)
    assert walk(space, residual, exact, 60).values == pytest.approx(exact.values, rel=1e-9)
