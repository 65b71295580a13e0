import numpy as np
import pytest

from cvxbench.convex.proofs.lines import Lines

from .conftest import KINDS, mass, table


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("d", [1, 3, 5])
def test_lines_have_the_features_of_the_rows(kind, d):
    rng = np.random.default_rng(30)
    X, r = table(kind, 40, d, rng)
    lines = Lines.of(X, r)
    u = rng.standard_normal((200, d))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    inside = u @ lines.basis.T
    h = inside @ lines.linear + lines.even(inside)
    np.testing.assert_allclose(h, np.maximum(u @ X.T, 0.0) @ r / 40, rtol=0.0, atol=lines.slack)
    assert lines.slack <= 1e-10 * mass(X, r)
    opposite = np.abs(np.maximum(-u @ X.T, 0.0) @ r / 40)
    np.testing.assert_allclose(lines.lengths(inside), np.maximum(np.abs(h), opposite), rtol=0.0, atol=2 * lines.slack)


def test_rows_on_a_line_become_one_whatever_their_sign_and_length():
    rng = np.random.default_rng(31)
    X = np.repeat(rng.standard_normal((20, 4)), 50, axis=0) * rng.choice([-3.0, -1.0, 0.1, 7.0], (1000, 1))
    lines = Lines.of(X, rng.standard_normal(1000))
    assert lines.shape == (20, 4)


def test_lines_whose_weights_cancel_are_gone():
    X = np.array([[1.0, 2.0], [-1.0, -2.0], [3.0, 1.0]])
    assert Lines.of(X, np.array([1.0, -1.0, 0.0])).shape == (0, 2)
