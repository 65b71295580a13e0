import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cvxbench.convex.certificate import dual_bound, largest
from cvxbench.convex.features import Features
from cvxbench.convex.train import train_convex
from cvxbench.networks.patterns import distinct

RNG = np.random.default_rng(11)
X, Y, GATES = RNG.standard_normal((15, 3)), RNG.standard_normal(15), RNG.standard_normal((3, 8))
LAM = 0.05
FEATURES = Features.of(X, distinct(X, GATES).active)
OPTIMUM = train_convex(X, Y, lam=LAM, gates=GATES, tol=1e-12).objective


@given(st.lists(st.floats(-1e3, 1e3), min_size=15, max_size=15))
def test_no_vector_proves_more_than_the_optimum(values):
    v = np.array(values)
    bound = dual_bound(v, Y, largest(FEATURES.correlate(v)), LAM)
    assert 0.0 <= bound <= OPTIMUM * (1 + 1e-9)


def test_a_vector_against_the_target_proves_nothing():
    assert dual_bound(-Y, Y, largest(FEATURES.correlate(-Y)), LAM) == 0.0
