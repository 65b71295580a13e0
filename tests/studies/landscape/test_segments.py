"""Convex functions show no violation, and a nonconvex one its modulus."""

import numpy as np
import pytest

from cvxbench.studies.landscape.segments import segment

R = np.random.default_rng(0)
A = R.standard_normal((50, 8))
Y = np.sign(R.standard_normal(50))
CONVEX = {
    "quadratic": lambda w: 0.5 * float(np.mean((A @ w - Y) ** 2)) + 1e-3 * float(w @ w),
    "flat quadratic": lambda w: 0.5 * float(np.mean((A[:3] @ w - Y[:3]) ** 2)),
    "logistic": lambda w: float(np.mean(np.logaddexp(0.0, -Y * (A @ w)))),
    "norm": lambda w: float(np.linalg.norm(w)),
}


@pytest.mark.parametrize("name", CONVEX)
@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e3])
def test_convex_functions_show_no_violation_beyond_rounding(name, scale):
    for seed in range(20):
        start, end = scale * np.random.default_rng(seed).standard_normal((2, 8))
        found = segment(CONVEX[name], start, end)
        assert (found.violation, found.modulus) == (0.0, 0.0)
        assert found.length == pytest.approx(np.linalg.norm(end - start))


@pytest.mark.parametrize("rho", [0.03, 2.0])
def test_a_concave_quadratic_shows_its_modulus(rho):
    start, end = R.standard_normal((2, 8))
    found = segment(lambda w: 7.0 - 0.5 * rho * float(w @ w), start, end)
    assert found.modulus == pytest.approx(rho, rel=1e-6)
    assert found.violation > 0.0


def test_a_function_of_known_weak_convexity_shows_its_modulus_to_one_percent():
    def value(w):
        return float(np.cos(w[0]) + 0.2 * w[0] ** 2)  # second derivative −cos + 0.4, lowest at 0: −0.6

    assert segment(value, np.array([-1.5]), np.array([2.5])).modulus == pytest.approx(0.6, rel=0.01)
    assert segment(value, np.array([2.0]), np.array([4.0])).modulus == 0.0


def test_the_violation_is_the_rise_above_the_chord():
    found = segment(lambda w: 2.0 + float(np.sin(w[0])), np.zeros(1), np.array([np.pi]))
    assert found.violation == pytest.approx(1.0 / 3.0, rel=1e-3)


def test_a_point_is_a_segment_without_violation():
    found = segment(lambda w: 1.0, np.ones(3), np.ones(3))
    assert (found.violation, found.modulus, found.length) == (0.0, 0.0, 0.0)
