import numpy as np
import pytest
from scipy.optimize import nnls

from cvxbench.convex.cones.projection import Cones, Projections, on_facets, project, signed_rows


def tables():
    rng = np.random.default_rng(0)
    normal = rng.standard_normal((120, 6))
    onehot = np.hstack([np.eye(6)[rng.integers(0, 6, 90)], np.eye(4)[rng.integers(0, 4, 90)], np.ones((90, 1))])
    offset = normal + np.array([100.0, 0, 0, 0, 0, 0])
    return {
        "normal": normal,
        "one column": rng.standard_normal((30, 1)),
        "two rows": rng.standard_normal((2, 5)),
        "more columns than rows": rng.standard_normal((20, 30)),
        "duplicate, opposite and zero rows": np.vstack([normal, 2 * normal[:40], -normal[:20], np.zeros((5, 6))]),
        "almost duplicate rows": np.vstack([normal, normal + 1e-9 * rng.standard_normal(normal.shape)]),
        "integers": rng.integers(-1, 2, (100, 6)).astype(float),
        "one-hot": onehot,
        "almost parallel rows": offset,
        "a large column": normal * np.array([1e6, 1, 1, 1, 1, 1]),
    }


def instance(X, G=60):
    rng = np.random.default_rng(1)
    active = X @ rng.standard_normal((X.shape[1], G)) >= 0
    towards = (active.T - 0.3 * rng.random((G, len(X)))) @ X  # many facets for some
    z = np.where(np.arange(G)[:, None] % 2 == 0, rng.standard_normal((G, X.shape[1])), -towards)
    return Cones.of(X, active), np.arange(G), z


@pytest.mark.parametrize("name", tables())
def test_projections_are_those_of_nonnegative_least_squares(name):
    cones, which, z = instance(tables()[name])
    found = project(cones, which, z, Projections.none(*z.shape))
    for g in which:
        rows = cones.rows * cones.signs[g][:, None]
        multipliers, _ = nnls(rows.T, -z[g])
        assert np.linalg.norm(found.points[g] - z[g] - rows.T @ multipliers) <= 1e-12 * np.linalg.norm(z[g])


@pytest.mark.parametrize("name", tables())
def test_projections_meet_the_optimality_conditions(name):
    cones, which, z = instance(tables()[name])
    found = project(cones, which, z, Projections.none(*z.shape))
    slack = (found.points @ cones.rows.T) * cones.signs
    assert (slack >= -1e-13 * found.lengths()[:, None]).all()
    for g in which:
        held = found.facets[g][found.facets[g] >= 0]
        rows = signed_rows(cones, which[g : g + 1], held[None])[0]
        multipliers, *_ = np.linalg.lstsq(rows.T, found.pushes[g], rcond=None)
        assert np.linalg.matrix_rank(rows, tol=1e-13) == len(held)
        assert (multipliers >= -1e-9 * np.abs(multipliers).max(initial=0.0)).all()
        np.testing.assert_allclose(found.points[g], z[g] + rows.T @ multipliers, atol=1e-12 * np.linalg.norm(z[g]))
        assert np.abs(rows @ found.points[g]).max(initial=0.0) <= 1e-14 * np.linalg.norm(z[g])


def test_points_on_facets_are_those_of_least_squares():
    cones, which, z = instance(tables()["normal"])
    facets = np.random.default_rng(2).permuted(np.tile(np.arange(120), (len(z), 1)), axis=1)[:, :4]
    facets[::3, 2:] = -1
    points, multipliers = on_facets(cones, which, facets, z, 1e-14)
    for g in which:
        held = facets[g][facets[g] >= 0]
        rows = signed_rows(cones, which[g : g + 1], held[None])[0]
        expected, *_ = np.linalg.lstsq(rows.T, -z[g], rcond=None)
        np.testing.assert_allclose(multipliers[g], np.pad(expected, (0, 4 - len(held))), atol=1e-9)
        np.testing.assert_allclose(points[g], z[g] + rows.T @ expected, atol=1e-9)


def test_a_point_of_the_polar_cone_projects_to_zero():
    X = tables()["normal"]
    cones, which, _ = instance(X)
    z = -(cones.signs * 1.0) @ cones.rows
    np.testing.assert_array_equal(project(cones, which, z, Projections.none(*z.shape)).points, 0.0)


def test_a_point_of_the_cone_stays():
    X = tables()["normal"]
    gates = np.random.default_rng(1).standard_normal((6, 60))
    cones, which, _ = instance(X)
    found = project(cones, which, gates.T, Projections.none(60, 6))
    np.testing.assert_array_equal(found.points, gates.T)
    assert (found.facets == -1).all()


@pytest.mark.parametrize("name", tables())
def test_a_warm_start_changes_nothing(name):
    cones, which, z = instance(tables()[name])
    cold = project(cones, which, z, Projections.none(*z.shape))
    elsewhere = project(cones, which, z * np.random.default_rng(2).uniform(0.5, 1.5, z.shape), cold)
    warm = project(cones, which, z, elsewhere)
    np.testing.assert_allclose(warm.points, cold.points, atol=1e-12 * np.abs(z).max())


def test_below_the_threshold_lengths_bound_the_projection_from_above():
    cones, which, z = instance(tables()["normal"])
    exact = project(cones, which, z, Projections.none(*z.shape)).lengths()
    threshold = float(np.median(exact))
    found = project(cones, which, z, Projections.none(*z.shape), threshold).lengths()
    short = exact <= threshold
    np.testing.assert_allclose(found[~short], exact[~short], rtol=1e-12)
    assert (found[short] >= exact[short] - 1e-14).all()
    assert (found[short] <= threshold).all()


def test_lengths_bound_the_projection_from_above_when_time_is_up():
    cones, which, z = instance(tables()["normal"])
    exact = project(cones, which, z, Projections.none(*z.shape))
    nothing = project(cones, which, 1.1 * z, exact, deadline=0.0)
    assert (nothing.lengths() >= 1.1 * exact.lengths() * (1 - 1e-14)).all()
