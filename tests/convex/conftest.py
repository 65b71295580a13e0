from collections.abc import Sequence

import numpy as np
import pytest

from cvxbench.attempt import Budget
from cvxbench.convex.features import Features
from cvxbench.networks.patterns import distinct


class Blind:
    """A watch that never looks."""

    def due(self, iteration):
        return False

    def see(self, iteration, network):
        raise AssertionError("not due")


@pytest.fixture
def watch():
    return Blind()


@pytest.fixture
def budget():
    return Budget(
        name="test",
        gates={"gated-relu": 8, "relu": 8},
        work=np.inf,
        iterations={"rfista": 100_000, "al": 100_000},
        epochs=1,
        schedule="stepwise",
        steps=(0.1,),
        repeats=1,
        conic_size=1e7,
        global_size=1e9,
        yardstick_rows=0,
        yardstick_every=1,
        time_limit=60.0,
        memory_limit=4.0,
    )


def tiny_problems() -> Sequence[tuple[np.ndarray, np.ndarray, np.ndarray, float]]:
    """Five small problems as (X, Y, gates, lam), one of them with two outputs and one with more columns than rows."""
    rng = np.random.default_rng(7)
    problems = []
    for n, d, k, P, lam in [
        (20, 3, 1, 8, 1e-2),
        (15, 2, 1, 6, 3e-2),
        (25, 4, 2, 6, 1e-2),
        (6, 8, 1, 5, 1e-2),
        (30, 1, 1, 4, 1e-2),
    ]:
        X = rng.standard_normal((n, d))
        X /= np.linalg.norm(X, axis=0)
        problems.append((X, rng.standard_normal((n, k)), rng.standard_normal((d, P)), lam))
    return problems


@pytest.fixture
def table():
    """Return X (60 × 5) with unit columns, y, and the patterns (60 × 40) of 40 gates."""
    rng = np.random.default_rng(3)
    X = rng.standard_normal((60, 5)) * np.geomspace(1.0, 1e-2, 5)
    return X, rng.standard_normal(60), distinct(X, rng.standard_normal((5, 40))).active


@pytest.fixture
def features(table):
    X, _, active = table
    return Features.of(X, active)


def written_out(X, active):
    """Return [D_1 X, …, D_P X], shape (n, P, d)."""
    return active[:, :, None] * X[:, None, :]
