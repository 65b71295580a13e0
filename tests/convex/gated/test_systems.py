from dataclasses import replace

import numpy as np
import pytest

from cvxbench.convex.features import Features
from cvxbench.convex.gated import nystrom, row_space, systems, weight_space
from cvxbench.convex.gated.jacobian import Jacobian, conjugate_gradients
from cvxbench.convex.gated.systems import Systems

from ..conftest import written_out


def at_random(features, sigma):
    """Return the Jacobian of 12 groups at random directions."""
    rng = np.random.default_rng(5)
    groups = np.sort(rng.choice(features.shape[2], 12, replace=False))
    directions = rng.standard_normal((12, features.shape[1]))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    return Jacobian(features, groups, features.rows(groups), rng.uniform(0.01, 0.99, 12), directions, sigma)


def matrix(jacobian, X, active):
    """n·I + σ Σ_g A_g (a I + (1 − a) u u') A_g', written out."""
    H = len(X) * np.eye(len(X))
    for group, a, u in zip(jacobian.groups, jacobian.shrink, jacobian.directions, strict=True):
        A = written_out(X, active)[:, group]
        H += jacobian.sigma * A @ (a * np.eye(len(u)) + (1 - a) * np.outer(u, u)) @ A.T
    return H


SOLVERS = {
    "weights": (lambda j, g: weight_space.solve(j, g, weight_space.Gram(j.features)), 1e-9),
    "n64": (row_space.solve64, 1e-9),
    "n32": (lambda j, g: row_space.solve32(j, g).x, 1.1e-3),
    "nystrom": (lambda j, g: nystrom.solve(j, g, 30, np.random.default_rng(0))[0].x, 6e-2),
}


@pytest.mark.parametrize("sigma", [1e1, 1e3, 1e5])
@pytest.mark.parametrize("name", SOLVERS)
def test_every_system_solves_the_equation_written_out(table, features, name, sigma):
    X, y, active = table
    jacobian = at_random(features, sigma)
    H = matrix(jacobian, X, active)
    np.testing.assert_allclose(jacobian.times(y), H @ y, rtol=1e-10)
    solve, error = SOLVERS[name]
    step = solve(jacobian, y)
    assert np.linalg.norm(H @ step + y) <= error * np.linalg.norm(y)
    assert step @ y < 0


def test_the_gram_matrix_grows_and_forgets_and_stays_right(table, features):
    X, _, active = table
    A, gram = written_out(X, active), weight_space.Gram(features)
    for groups in ([1, 2], [0, 2, 5], list(range(30)), [31, 33], [31]):
        wide = A[:, groups].reshape(len(X), -1)
        assert gram.missing(np.array(groups)) <= len(groups)
        np.testing.assert_allclose(gram.of(np.array(groups)), wide.T @ wide, atol=1e-13)
        assert gram.missing(np.array(groups)) == 0


def test_a_system_that_fails_gives_way_to_the_next(table, features, monkeypatch):
    _, y, _ = table
    jacobian = at_random(features, 1e3)
    asked = []
    for name in ("solve64", "solve32"):
        monkeypatch.setattr(row_space, name, lambda *_, name=name: asked.append(name))
    monkeypatch.setattr(weight_space, "solve", lambda *_: asked.append("weights"))
    assert Systems(features).step(jacobian, y) is None
    assert set(asked) == {"solve64", "weights"}


@pytest.mark.parametrize("name", ["n32", "nystrom"])
def test_the_last_preconditioner_serves_the_same_groups_at_the_same_sigma(table, features, monkeypatch, name):
    X, y, active = table
    first = at_random(features, 1e2)

    def after_first(jacobian, gradient):
        """Return the step of systems that have taken `first` and can build no other."""
        solver = Systems(features)
        monkeypatch.setattr(solver, "_order", lambda jacobian: [name])
        assert solver.step(first, y) is not None
        monkeypatch.setattr(solver, "_order", lambda jacobian: [])
        return solver.step(jacobian, gradient)

    near = replace(first, shrink=0.98 * first.shrink)
    step = after_first(near, y**3)
    assert np.linalg.norm(matrix(near, X, active) @ step + y**3) <= 1.1e-2 * np.linalg.norm(y**3)
    assert after_first(replace(first, groups=first.groups + 1), y) is None
    assert after_first(replace(first, sigma=2e2), y) is None


def test_without_room_for_dense_matrices_the_low_rank_system_solves(table, features, monkeypatch):
    X, y, active = table
    monkeypatch.setattr(systems, "MANY_ROWS", 1)
    monkeypatch.setattr(row_space, "solve64", lambda *_: pytest.fail("does not fit"))
    monkeypatch.setattr(weight_space, "solve", lambda *_: pytest.fail("does not fit"))
    jacobian = at_random(features, 1e2)
    step = Systems(features, memory=8 * 3 * 60 * 60 - 1).step(jacobian, y)
    H = matrix(jacobian, X, active)
    assert np.linalg.norm(H @ step + y) <= 0.06 * np.linalg.norm(y)


def test_conjugate_gradients_stop_at_their_tolerance_and_at_what_is_not_definite():
    H = np.diag([1.0, 2.0, 3.0])
    b = np.ones(3)
    preconditioned = []
    answer = conjugate_gradients(lambda v: H @ v, b, lambda v: preconditioned.append(v) or v.copy(), 1e-12, 10)
    np.testing.assert_allclose(answer.x, b / np.diag(H), rtol=1e-10)
    assert answer.iterations == len(preconditioned) == 3
    assert conjugate_gradients(lambda v: -H @ v, b, np.copy, 1e-12, 10).iterations == 0


def test_one_costly_low_rank_approximation_does_not_rule_out_the_next(monkeypatch):
    rng = np.random.default_rng(0)
    features = Features.of(rng.standard_normal((500, 20)), rng.standard_normal((500, 60)) > 0)
    groups, y = np.arange(60), rng.standard_normal(500)
    directions = rng.standard_normal((60, 20))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    solver, asked = Systems(features), []

    def costly(jacobian, gradient, *_):
        asked.append(jacobian.sigma)
        return replace(row_space.solve32(jacobian, gradient), iterations=20), 250

    monkeypatch.setattr(nystrom, "solve", costly)
    sigmas = np.geomspace(1e2, 2e2, 8)
    for sigma in sigmas:
        jacobian = Jacobian(features, groups, features.rows(groups), np.full(60, 0.5), directions, sigma)
        assert solver.step(jacobian, y) @ y < 0
    assert asked[0] == sigmas[0] and 1 < len(asked) < len(sigmas)
