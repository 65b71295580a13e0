import numpy as np
import pytest

from cvxbench.convex.gated.features import Features
from cvxbench.networks.patterns import distinct


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
