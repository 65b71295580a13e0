import numpy as np
import pytest

from cvxbench.convex.cones.certificate import longest
from cvxbench.convex.cones.projection import Cones, Projections, project


@pytest.fixture
def points():
    rng = np.random.default_rng(4)
    X = rng.standard_normal((80, 6))
    active = X @ rng.standard_normal((6, 200)) >= 0
    return Cones.of(X, active), np.arange(200), rng.standard_normal((200, 6)) * rng.uniform(0.5, 2.0, (200, 1))


def test_the_longest_projection_is_that_of_all(points):
    cones, which, z = points
    nothing = Projections.none(*z.shape)
    exact = project(cones, which, z, nothing).lengths()
    found, near = longest(cones, which, z, nothing, limit=0.0)
    assert found == pytest.approx(exact.max(), rel=1e-14)
    assert (near.lengths() >= exact - 1e-14).all()
    assert longest(cones, which, z, near, limit=0.0)[0] == pytest.approx(exact.max(), rel=1e-14)


def test_below_the_limit_lengths_are_bounded_from_above(points):
    cones, which, z = points
    exact = project(cones, which, z, Projections.none(*z.shape)).lengths().max()
    found, _ = longest(cones, which, z, Projections.none(*z.shape), limit=1.1 * exact)
    assert exact * (1 - 1e-14) <= found <= 1.1 * exact
