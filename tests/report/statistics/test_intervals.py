import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from cvxbench.report.statistics.intervals import RESAMPLES, difference, wilson


@given(st.integers(1, 2000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_wilson_is_that_of_statsmodels(counts):
    solved, total = counts
    expected = proportion_confint(solved, total, alpha=0.05, method="wilson")
    assert wilson(solved, total) == pytest.approx(expected, rel=1e-10, abs=1e-10)


def test_the_interval_resamples_tables_and_not_problems():
    ours, theirs = np.array([1.0, 1, 1, 1, 0, 0]), np.array([1.0, 0, 0, 0, 0, 0])
    found = difference(ours, theirs, ["a", "b", "b", "b", "c", "d"])
    assert (found.mean, found.problems, found.tables) == (0.5, 6, 4)
    sums, counts = np.array([0, 3, 0, 0]), np.array([1, 3, 1, 1])
    drawn = np.array(list(itertools.product(range(4), repeat=4)))  # every resample there is
    every = sums[drawn].sum(1) / counts[drawn].sum(1)
    for end, share in ((found.low, 0.025), (found.high, 0.975)):  # at the right place of the exact distribution
        noise = 4.0 * np.sqrt(share * (1.0 - share) / RESAMPLES)
        assert np.mean(every < end) - noise <= share <= np.mean(every <= end) + noise


def test_copies_of_a_problem_in_its_table_leave_the_interval_as_it_is():
    rng = np.random.default_rng(0)
    ours, theirs, tables = rng.random(8), rng.random(8), list("abcdefgh")
    once, sixfold = (difference(np.repeat(ours, k), np.repeat(theirs, k), np.repeat(tables, k)) for k in (1, 6))
    assert (once.low, once.high) == pytest.approx((sixfold.low, sixfold.high), rel=1e-12)


@settings(max_examples=20)  # each draws 2 × 9999 resamples
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.sampled_from("abc")), min_size=1, max_size=12))
def test_exchanging_the_two_methods_exchanges_the_sign(rows):
    ours, theirs, tables = zip(*rows, strict=True)
    found = difference(np.array(ours), np.array(theirs), tables)
    back = difference(np.array(theirs), np.array(ours), tables)
    assert found.mean == pytest.approx(-back.mean, abs=1e-12)
    if len(set(tables)) == 1:
        assert (found.low, found.high) == (None, None)
    else:
        assert (found.low, found.high) == pytest.approx((-back.high, -back.low), abs=1e-12)
        assert found.low - 1e-12 <= found.high


def test_methods_that_are_equal_differ_by_nothing():
    same = np.array([1.0, 0.0, 1.0])
    assert difference(same, same, ["a", "b", "b"]) == difference(same, same, ["a", "b", "b"], seed=9)
    assert (difference(same, same, ["a", "b", "b"]).low, difference(same, same, ["a", "b", "b"]).high) == (0.0, 0.0)
