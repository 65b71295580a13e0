import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import gmean

from cvxbench.report.statistics.times import shifted_geometric_mean, times

seconds = st.one_of(st.just(np.inf), st.floats(1e-6, 1e6))
grids = st.tuples(st.integers(1, 3), st.integers(1, 12)).flatmap(lambda shape: arrays(float, shape, elements=seconds))


@given(arrays(float, st.integers(1, 20), elements=st.floats(1e-6, 1e6)), st.floats(1e-3, 10.0))
def test_the_mean_and_the_quartiles_are_those_of_scipy_and_numpy(values, shift):
    (found,) = times(values[None, :], shift)
    assert found.mean == pytest.approx(gmean(values + shift) - shift, rel=1e-10, abs=1e-10)
    quartiles = (found.lower_quartile, found.median, found.upper_quartile)
    assert quartiles == pytest.approx(np.quantile(values, [0.25, 0.5, 0.75]), rel=1e-10)


@given(grids)
def test_a_capped_time_enters_no_mean_and_only_holds_quantiles_back(grid):
    shared = np.isfinite(grid).all(axis=0)
    for row, found in zip(grid, times(grid), strict=True):
        assert (found.solved, found.capped) == (np.isfinite(row).sum(), np.isinf(row).sum())
        assert found.shared == shared.sum()
        if found.shared:
            assert found.mean == shifted_geometric_mean(row[shared])
            assert row[shared].min() * (1 - 1e-9) - 1e-9 <= found.mean <= row[shared].max() * (1 + 1e-9) + 1e-9
        else:
            assert found.mean is None
        if found.median is not None:
            assert found.median == pytest.approx(np.median(np.where(np.isinf(row), 1e9, row)), rel=1e-10)
        else:
            assert 2 * found.capped >= len(row) - 1


def test_no_quantile_is_made_of_half_a_limit():
    (found,) = times(np.array([[1.0, 2.0, np.inf, np.inf]]))
    assert (found.lower_quartile, found.median, found.upper_quartile) == (1.75, None, None)


def test_means_are_over_what_all_methods_solved():
    quick, thorough = times(np.array([[1.0, np.inf], [1.0, 100.0]]))
    assert quick.mean == thorough.mean == pytest.approx(1.0) and thorough.shared == 1
