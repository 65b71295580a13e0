from dataclasses import replace

import numpy as np
import pytest

from cvxbench.convex.gated import polish
from cvxbench.convex.gated.program import GatedProgram
from cvxbench.networks.patterns import distinct

LAM = 1e-2


@pytest.fixture
def solved(table):
    """Return the program, y, and its optimal point."""
    X, y, _ = table
    gates = np.random.default_rng(2).standard_normal((5, 60))
    program = GatedProgram.of(X, distinct(X, gates), 1e9)
    *_, point = program.iterates(y, program.start(y, LAM, None), 1e-12, np.inf)
    assert point.relative_gap <= 1e-12
    return program, y, point


def last(program, y, point):
    *_, reached = polish.polished(program.features, program.systems, y, point, 1e-11)
    return reached


def test_from_nearby_weights_it_is_back_in_a_few_steps(solved):
    program, y, point = solved
    noise = 1.0 + 1e-3 * np.random.default_rng(0).standard_normal(point.weights.shape)
    near = replace(point, weights=point.weights * noise, newton_steps=0)
    reached = last(program, y, near)
    assert reached.relative_gap <= 1e-11
    assert reached.objective == pytest.approx(point.objective, rel=1e-11)
    assert reached.newton_steps <= 15


def test_a_group_too_many_leaves(solved):
    program, y, point = solved
    zero = np.setdiff1d(np.arange(program.features.shape[2]), point.groups)[:1]
    groups = np.concatenate([point.groups, zero])
    weights = np.vstack([point.weights, -1e-4 * point.pulled[zero] / LAM])
    order = np.argsort(groups)
    reached = last(program, y, replace(point, groups=groups[order], weights=weights[order]))
    assert reached.relative_gap <= 1e-11
    np.testing.assert_array_equal(reached.groups, point.groups)


def test_it_leaves_zero_and_what_is_too_large_alone(solved, monkeypatch):
    program, y, point = solved
    nothing = program.start(y, LAM, None)
    assert list(polish.polished(program.features, program.systems, y, nothing, 1e-9)) == []
    monkeypatch.setattr(polish, "LARGEST", point.weights.size - 1)
    assert list(polish.polished(program.features, program.systems, y, point, 0.0)) == []
