import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata
from statsmodels.stats.descriptivestats import sign_test
from statsmodels.stats.multitest import multipletests

from cvxbench.report.statistics.paired import holm, paired_tests

few = settings(max_examples=25)  # exact p-values enumerate up to 2^13 signs, and multipletests collects garbage
numbers = st.integers(-50, 50).map(float)


def compared(differences, tables=None, **more):
    values = {"ours": np.array(differences), "theirs": np.zeros(len(differences))}
    (found,) = paired_tests(values, tables or [str(i) for i in range(len(differences))], **more)
    return found


@few
@given(st.lists(st.floats(0.0, 1.0), max_size=12))
def test_holm_is_that_of_statsmodels(p_values):
    expected = multipletests(p_values, method="holm")[1] if p_values else []
    assert holm(p_values) == pytest.approx(list(expected), abs=1e-10)


@few
@given(st.lists(numbers, min_size=1, max_size=40).filter(any))
def test_the_sign_test_is_that_of_statsmodels(differences):
    assert compared(differences).sign_p == pytest.approx(sign_test(np.array(differences))[1], abs=1e-10)


@few
@given(st.lists(st.integers(1, 50), min_size=1, max_size=9, unique=True), st.data())
def test_wilcoxon_is_what_all_signs_give(sizes, data):
    signs = data.draw(st.lists(st.sampled_from([-1.0, 1.0]), min_size=len(sizes), max_size=len(sizes)))
    differences = np.array(sizes) * np.array(signs)
    ranks = rankdata(np.abs(differences))
    middle = ranks.sum() / 2.0
    every = [abs(ranks @ np.array(chosen) - middle) for chosen in itertools.product((0, 1), repeat=len(sizes))]
    seen = abs(ranks @ (differences > 0) - middle)
    assert compared([*differences, 0.0]).wilcoxon_p == pytest.approx(np.mean(np.array(every) >= seen), abs=1e-10)


@few
@given(st.lists(numbers, min_size=1, max_size=20))
def test_exchanging_the_two_methods_exchanges_the_counts_alone(differences):
    found, back = compared(differences), compared([-value for value in differences])
    assert (found.lower, found.ties, found.higher) == (back.higher, back.ties, back.lower)
    assert (found.sign_p, found.wilcoxon_p) == pytest.approx((back.sign_p, back.wilcoxon_p), abs=1e-12)


def test_a_table_counts_once():
    once = compared([-1.0, -2.0, 3.0], ["a", "b", "c"])
    sixfold = compared([-1.0] * 6 + [-2.0] * 6 + [3.0] * 6, list("aaaaaabbbbbbcccccc"))
    assert sixfold == once and (once.lower, once.higher) == (2, 1)


def test_equal_methods_are_never_told_apart():
    found = compared([1e-4, -1e-4, 0.0], tie=1e-3)
    assert (found.ties, found.sign_p, found.wilcoxon_p) == (3, 1.0, 1.0)


def test_p_values_are_corrected_over_all_pairs():
    rng = np.random.default_rng(0)
    values = {"a": rng.random(30), "b": rng.random(30) + 0.5, "c": rng.random(30) + 0.4}
    tables = [str(i) for i in range(30)]
    together = paired_tests(values, tables)
    alone = [paired_tests({k: values[k] for k in pair}, tables)[0] for pair in (("a", "b"), ("a", "c"), ("b", "c"))]
    assert [(t.method, t.opponent) for t in together] == [(t.method, t.opponent) for t in alone]
    for key in ("sign_p", "wilcoxon_p"):
        raw = [getattr(test, key) for test in alone]
        assert [getattr(test, key) for test in together] == pytest.approx(multipletests(raw, method="holm")[1])
