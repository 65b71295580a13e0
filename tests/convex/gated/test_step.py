from dataclasses import replace

import numpy as np
import pytest

from cvxbench.convex.gated import step
from cvxbench.convex.gated.program import GatedProgram
from cvxbench.convex.gated.step import Step, working_set
from cvxbench.networks.patterns import distinct

LAM = 1e-3


@pytest.fixture
def program(table):
    X, _, _ = table
    return GatedProgram.of(X, distinct(X, np.random.default_rng(2).standard_normal((5, 400))), 1e9)


def solved(program, y, tol):
    *_, point = program.iterates(y, program.start(y, LAM, None), tol, np.inf)
    assert point.relative_gap <= tol
    return point


def lengths(point):
    """How near a group is to taking part: the length of its v_g, in units of σλ."""
    V = -point.sigma * point.pulled
    V[point.groups] += point.weights
    return np.linalg.norm(V, axis=1) / (point.sigma * point.lam)


def test_the_working_set_is_what_is_not_zero_and_what_is_nearest_to_it(table, program, monkeypatch):
    _, y, _ = table
    point = solved(program, y, 1e-3)
    monkeypatch.setattr(step, "FEWEST", 10)
    members = working_set(point)
    assert len(members) == step.MEMBERS * len(point.groups)
    assert (np.diff(members) > 0).all() and np.isin(point.groups, members).all()
    left_out = np.setdiff1d(np.arange(program.features.shape[2]), members)
    added = np.setdiff1d(members, point.groups)
    assert lengths(point)[left_out].max() <= lengths(point)[added].min()


def test_the_first_working_set_is_spread_over_the_nearer_half(table, program, monkeypatch):
    _, y, _ = table
    monkeypatch.setattr(step, "FIRST_MEMBERS", 6)
    point = program.start(y, LAM, None)
    members = working_set(point)
    near = np.flatnonzero(lengths(point) > step.FIRST_NEAR)
    assert len(members) in (6, 7) and np.isin(members, near).all()
    assert np.diff(np.searchsorted(near, members)).max() <= len(near) / 6 + 1


@pytest.mark.parametrize("seed", range(10))
def test_the_only_group_that_is_not_zero_just_below_the_largest_lambda_is_found(table, seed, monkeypatch):
    X, y, _ = table
    monkeypatch.setattr(step, "FIRST_MEMBERS", 1)
    program = GatedProgram.of(X, distinct(X, np.random.default_rng(seed).standard_normal((5, 400))), 1e9)
    pulls = program.features.survey(y)
    lam = 0.999 * pulls.largest / len(y)
    *_, point = program.iterates(y, program.start(y, lam, None), 1e-9, np.inf)
    assert point.relative_gap <= 1e-9
    assert len(point.groups) == 1


def test_groups_that_were_left_out_are_found(table, program, monkeypatch):
    _, y, _ = table
    everything = solved(program, y, 1e-10)
    for name, value in {"FIRST_MEMBERS": 2, "MEMBERS": 2, "FEWEST": 3}.items():
        monkeypatch.setattr(step, name, value)
    assert len(working_set(program.start(y, LAM, None))) <= 3
    few = solved(program, y, 1e-10)
    assert few.objective == pytest.approx(everything.objective, rel=1e-9)


def test_a_step_begins_nearer_from_the_weights_than_from_the_dual_variable(table, program):
    _, y, _ = table
    point = solved(program, y, 1e-4)
    larger = replace(point, sigma=10.0 * point.sigma)
    from_weights, from_xi = (Step(program.features, program.systems, y, larger, 1e-6) for _ in range(2))
    assert from_weights.begin() == 1
    from_xi.move(larger.xi, from_xi.shifted(larger.xi))
    assert from_weights.inner_error < 1e-2 * from_xi.inner_error


@pytest.mark.parametrize("share", [0.99, 0.3, 1e-3])
def test_a_step_from_zero_weights_begins_at_the_best_multiple_of_y(table, program, share):
    _, y, _ = table
    lam = share * program.features.survey(y).largest / len(y)
    first = Step(program.features, program.systems, y, program.start(y, lam, None), 1e-6)
    assert first.begin() == 0
    for factor in (1.0 - 1e-3, 1.0 + 1e-3):
        other = first.xi * factor
        norms = np.linalg.norm(first.shifted(other), axis=1)
        assert first.value < first.phi(other, norms)
    np.testing.assert_allclose(first.V, first.shifted(first.xi), rtol=1e-10, atol=1e-12)


def test_a_step_that_no_system_can_begin_starts_at_the_dual_variable(table, program, monkeypatch):
    _, y, _ = table
    point = solved(program, y, 1e-3)
    now = Step(program.features, program.systems, y, point, 1e-6)
    monkeypatch.setattr(program.systems, "step", lambda *_: None)
    assert now.begin() == 1
    np.testing.assert_array_equal(now.xi, point.xi)
    assert not now.newton()
