"""The smooth parts that R-FISTA minimises, against the same written out."""

import numpy as np
import pytest

from cvxbench.convex import al
from cvxbench.convex.al import augmented
from cvxbench.convex.rfista import least_squares

N, D, P = 40, 5, 30
PENALTY = 0.7


def drawn(share, seed=0):
    """Return X, y, patterns (P, N) and weights (D, 2P) of which about `share` of the groups are not zero."""
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((N, D)), rng.standard_normal(N)
    active = np.ascontiguousarray((X @ rng.standard_normal((D, P)) >= 0.0).T)
    weights = rng.standard_normal((D, 2 * P))
    weights[:, rng.random(2 * P) > share] = 0.0
    return X, y, active, np.asfortranarray(weights)


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_the_least_squares_of_a_gated_network(share):
    X, y, active, weights = drawn(share)
    weights = weights[:, :P]
    smooth = least_squares(X, y, active.astype(float))
    r = sum(gate * (X @ w) for gate, w in zip(active, weights.T, strict=True)) - y
    slopes = np.column_stack([X.T @ (gate * r) / N for gate in active])
    value, gradient = smooth.gradient(weights)
    assert smooth.value(weights) == value == pytest.approx(r @ r / (2 * N), rel=1e-13)
    np.testing.assert_allclose(gradient, slopes, rtol=0.0, atol=1e-13)


@pytest.mark.parametrize("block", [N, 7 * N, al.BLOCK])
@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_the_augmented_lagrangian(share, block, monkeypatch):
    monkeypatch.setattr(al, "BLOCK", block)
    X, y, active, weights = drawn(share)
    rng = np.random.default_rng(1)
    multipliers = np.maximum(rng.standard_normal((2 * P, N)), 0.0)
    smooth = augmented(X, y, active, multipliers, PENALTY)

    signs = np.vstack([2.0 * active - 1.0] * 2)
    fitted = (X @ weights).T
    r = (active * (fitted[:P] - fitted[P:])).sum(axis=0) - y
    short = np.maximum(multipliers / PENALTY - signs * fitted, 0.0)
    pull = np.vstack([active * r / N, -(active * r) / N]) - PENALTY * signs * short
    value, gradient = smooth.gradient(weights)
    assert smooth.value(weights) == value
    assert value == pytest.approx(r @ r / (2 * N) + PENALTY / 2 * (short**2).sum(), rel=1e-13)
    np.testing.assert_allclose(gradient, X.T @ pull.T, rtol=0.0, atol=1e-12)
