import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from cvxbench.report.intervals import wilson


@given(st.integers(1, 2000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_wilson_is_that_of_statsmodels(counts):
    solved, total = counts
    expected = proportion_confint(solved, total, alpha=0.05, method="wilson")
    assert wilson(solved, total) == pytest.approx(expected, rel=1e-10, abs=1e-10)
