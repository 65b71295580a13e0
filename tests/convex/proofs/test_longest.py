import numpy as np
import pytest

from cvxbench.convex.certificate import dual_bound
from cvxbench.convex.proofs.longest import longest_feature
from cvxbench.convex.proofs.proof import Ending

from .conftest import KINDS, by_enumeration, mass, table


def feature(X, r, proof):
    return proof.sign * float(r @ np.maximum(X @ proof.direction, 0.0)) / len(r)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("d", [1, 2, 3])
def test_up_to_rank_three_it_is_the_maximum_over_all_patterns(kind, d):
    rng = np.random.default_rng(d)
    for _ in range(9):
        X, r = table(kind, int(rng.integers(1, 8)), d, rng)
        known, proof = by_enumeration(X, r), longest_feature(X, r)
        rounding = 1e-12 * mass(X, r)
        assert known - 1e-15 * mass(X, r) <= proof.upper <= known + 10 * rounding + 3e-9 * known
        assert proof.lower == pytest.approx(known, rel=1e-6, abs=rounding)
        assert proof.lower == pytest.approx(feature(X, r, proof), rel=1e-12, abs=rounding)
        assert proof.ending is Ending.EXACT


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("d", [4, 5])
def test_at_higher_rank_it_is_the_maximum_to_the_tolerance(kind, d):
    rng = np.random.default_rng(d)
    for _ in range(3):
        X, r = table(kind, int(rng.integers(4, 8)), d, rng)
        known, proof = by_enumeration(X, r), longest_feature(X, r, tol=1e-3)
        rounding = 1e-12 * mass(X, r)
        assert known - 1e-15 * mass(X, r) <= proof.upper <= known * (1 + 1e-3) + 100 * rounding
        assert proof.lower <= known + rounding


def test_a_rank_below_the_number_of_columns_is_seen():
    rng = np.random.default_rng(4)
    X, r = rng.standard_normal((40, 3)) @ rng.standard_normal((3, 7)), rng.standard_normal(40)
    proof = longest_feature(X, r)
    assert proof.ending is Ending.EXACT
    assert feature(X, r, proof) == pytest.approx(proof.upper, rel=1e-10)


def test_a_column_that_hardly_counts_moves_the_bound_by_hardly_anything():
    rng = np.random.default_rng(5)
    X, r = rng.standard_normal((30, 4)), rng.standard_normal(30)
    without = longest_feature(X[:, :3], r)
    X[:, 3] *= 1e-17
    proof = longest_feature(X, r)
    assert proof.ending is Ending.EXACT
    assert without.lower <= proof.upper <= without.upper * (1 + 1e-12)


def test_nothing_correlates_with_a_zero_residual():
    X = np.random.default_rng(6).standard_normal((10, 3))
    proof = longest_feature(X, np.zeros(10))
    assert (proof.upper, proof.lower) == (0.0, 0.0)
    assert longest_feature(np.zeros((10, 3)), np.ones(10)).upper == 0.0


@pytest.mark.parametrize("d", [4, 5])
def test_more_cones_never_give_a_worse_bound_and_none_is_below_the_maximum(d):
    rng = np.random.default_rng(7)
    X, r = rng.standard_normal((60, d)), rng.standard_normal(60)
    attained = longest_feature(X, r, tol=1e-3).lower
    limits = (0, 100, 1000, 10_000, 30_000)
    bounds = [longest_feature(X, r, tol=1e-9, node_limit=limit) for limit in limits]
    assert all(proof.ending is Ending.NODES for proof in bounds[:3])
    uppers = np.array([proof.upper for proof in bounds])
    assert (np.diff(uppers) <= 1e-12 * uppers[0]).all()
    assert uppers[-1] < 0.7 * uppers[0]
    assert (uppers >= attained).all()


@pytest.mark.parametrize("d", [3, 5])
def test_no_time_leaves_a_bound_that_holds(d):
    rng = np.random.default_rng(8)
    X, r = rng.standard_normal((50, d)), rng.standard_normal(50)
    known = longest_feature(X, r, tol=1e-3)
    hasty = longest_feature(X, r, time_limit=1e-9)
    assert hasty.ending is Ending.TIME
    assert known.lower <= hasty.upper <= np.linalg.norm(X, 2) * np.linalg.norm(r) / 50 * (1 + 1e-9)


def test_a_rank_beyond_search_gets_the_singular_values():
    rng = np.random.default_rng(9)
    X, r = rng.standard_normal((50, 20)), rng.standard_normal(50)
    proof = longest_feature(X, r)
    assert proof.ending is Ending.RANK
    assert proof.upper == pytest.approx(np.linalg.norm(X, 2) * np.linalg.norm(r) / 50, rel=1e-9)
    assert 0.0 < proof.lower <= proof.upper


def test_a_target_that_can_be_had_is_enough():
    rng = np.random.default_rng(10)
    X, r = rng.standard_normal((60, 5)), rng.standard_normal(60)
    fine = longest_feature(X, r, tol=1e-3)
    target = 1.1 * fine.upper
    coarse = longest_feature(X, r, target=target)
    assert coarse.ending is Ending.TARGET
    assert fine.lower <= coarse.upper <= target
    assert coarse.nodes < fine.nodes


def test_a_start_that_is_given_is_a_lower_bound():
    rng = np.random.default_rng(11)
    X, r = rng.standard_normal((60, 5)), rng.standard_normal(60)
    best = longest_feature(X, r, tol=1e-3)
    again = longest_feature(X, r, starts=7.0 * best.direction[None], node_limit=0)
    assert again.lower >= best.lower * (1 - 1e-12)


def test_scales_of_columns_and_residual_change_nothing_but_the_scale():
    rng = np.random.default_rng(12)
    X, r = rng.standard_normal((25, 3)), rng.standard_normal(25)
    proof = longest_feature(X, r)
    assert longest_feature(1e6 * X, 1e-9 * r).upper == pytest.approx(1e-3 * proof.upper, rel=1e-9)
    uneven = X * np.array([1e4, 1.0, 1e-3])
    attained = longest_feature(uneven, r)
    directions = rng.standard_normal((100_000, 3)) * np.array([1e-4, 1.0, 1e3])
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    assert np.abs(np.maximum(directions @ uneven.T, 0.0) @ r).max() / 25 <= attained.upper
    assert attained.lower == pytest.approx(attained.upper, rel=1e-8)


def test_it_proves_that_the_zero_network_is_optimal_at_large_lam():
    rng = np.random.default_rng(13)
    X, y, lam = rng.standard_normal((40, 3)), rng.standard_normal(40), 10.0
    proof = longest_feature(X, y)
    assert proof.upper < lam
    assert dual_bound(y, y, 40 * proof.upper, lam) == pytest.approx(0.5 * y @ y / 40, rel=1e-12)


def ascended(X, r, directions, steps):
    """Return the longest of many features, each moved along its own gradient."""
    best = 0.0
    for sign in (1.0, -1.0):
        u = directions.copy()
        for step in np.geomspace(0.5, 1e-4, steps):
            u /= np.linalg.norm(u, axis=1, keepdims=True)
            products = u @ X.T
            best = max(best, float((sign * (np.maximum(products, 0.0) @ r)).max()) / len(r))
            gradient = sign * ((products > 0.0) * r) @ X
            u = u + step * gradient / np.linalg.norm(gradient, axis=1, keepdims=True).clip(1e-300)
    return best


def check_against_points(instances, points, steps):
    rng = np.random.default_rng(14)
    for number in range(instances):
        n, d = int(rng.integers(5, 80)), int(rng.integers(4, 6))
        X, r = table(KINDS[number % len(KINDS)], n, d, rng)
        proof = longest_feature(X, r, tol=1e-2, node_limit=int(rng.choice([0, 1000, 100_000])))
        found = ascended(X, r, rng.standard_normal((points, d)), steps)
        assert found <= proof.upper
        assert proof.lower >= found * (1 - 1e-2) or proof.ending is Ending.NODES


def test_no_point_is_above_the_bound():
    check_against_points(instances=24, points=2000, steps=12)


@pytest.mark.slow
def test_no_point_of_a_million_is_above_the_bound():
    check_against_points(instances=100, points=100_000, steps=5)
