import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cvxbench.report.statistics.profiles import data_profile, performance_profile, quality_profile

PROFILES = [performance_profile, data_profile, quality_profile]
values = st.one_of(st.just(np.inf), st.floats(1e-3, 1e3))
grids = st.tuples(st.integers(1, 4), st.integers(1, 8)).flatmap(lambda shape: arrays(float, shape, elements=values))


def at(profile, where):
    """The curves at any point, read off as a step function."""
    place = np.searchsorted(profile.at, where, side="right") - 1
    return profile.share[:, place] if place >= 0 else np.zeros(len(profile.share))


@pytest.mark.parametrize("profile", PROFILES)
@given(grid=grids)
def test_curves_never_fall_and_end_at_the_share_that_is_solved(profile, grid):
    found = profile(grid)
    assert np.all(np.diff(found.at) > 0) and np.all(np.diff(found.share, axis=1) >= 0)
    solved = np.isfinite(grid).mean(axis=1)
    assert at(found, np.inf) == pytest.approx(solved, abs=1e-10)


@given(grids, st.floats(1.0, 1e6))
def test_performance_is_the_definition_of_dolan_and_more(grid, factor):
    methods, problems = grid.shape
    share = np.zeros(methods)
    for p in range(problems):
        fastest = min(grid[:, p])
        for s in range(methods):
            share[s] += np.isfinite(grid[s, p]) and grid[s, p] / fastest <= factor
    assert at(performance_profile(grid), factor) == pytest.approx(share / problems, abs=1e-10)


@pytest.mark.parametrize("profile", [data_profile, quality_profile])
@given(grid=grids, where=values)
def test_absolute_profiles_are_the_share_of_all_problems(profile, grid, where):
    share = [sum(np.isfinite(value) and value <= where for value in row) / grid.shape[1] for row in grid]
    assert at(profile(grid), where) == pytest.approx(share, abs=1e-10)


@pytest.mark.parametrize("profile", PROFILES)
@given(grid=grids)
def test_a_method_that_solves_nothing_moves_no_curve(profile, grid):
    alone, beside = profile(grid), profile(np.vstack([grid, np.full(grid.shape[1], np.inf)]))
    assert np.array_equal(alone.at, beside.at) and np.array_equal(alone.share, beside.share[:-1])
    assert not beside.share[-1].any()


@pytest.mark.parametrize("profile", [data_profile, quality_profile])
@given(grid=grids, other=st.data())
def test_no_method_moves_the_absolute_curve_of_another(profile, grid, other):
    row = other.draw(arrays(float, grid.shape[1], elements=values))
    alone, beside = profile(grid), profile(np.vstack([grid, row]))
    assert all(np.array_equal(at(alone, where), at(beside, where)[:-1]) for where in beside.at)


@given(grids, st.floats(0.01, 100.0))
def test_performance_knows_no_unit_of_time(grid, unit):
    seconds, others = performance_profile(grid), performance_profile(grid * unit)
    for where in seconds.at:
        assert np.all(at(others, where * (1 + 1e-12)) >= at(seconds, where))


@given(grids)
def test_every_problem_that_is_solved_has_a_fastest_method(grid):
    assert at(performance_profile(grid), 1.0).sum() >= np.isfinite(grid).any(axis=0).mean() - 1e-12


@pytest.mark.parametrize("profile", PROFILES)
def test_no_problem_and_nothing_solved_are_flat(profile):
    assert profile(np.empty((2, 0))).share.shape == (2, 0)
    assert profile(np.full((2, 3), np.inf)).share.shape == (2, 0)
