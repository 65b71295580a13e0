import itertools

import numpy as np
import pytest

from cvxbench.convex.proofs import piece
from cvxbench.convex.proofs.branch import branch_and_bound
from cvxbench.convex.proofs.climb import climb
from cvxbench.convex.proofs.exact import exact
from cvxbench.convex.proofs.lines import Lines

from .conftest import KINDS, by_enumeration, table


def searched(lines, direction, tol):
    return branch_and_bound(
        lines, direction, trivial=lines.mass, target=0.0, tol=tol, deadline=np.inf, node_limit=np.inf
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("d", [2, 3])
def test_the_walk_needs_no_start(kind, d):
    rng = np.random.default_rng(40 + d)
    for _ in range(20):
        X, r = table(kind, int(rng.integers(3, 8)), d, rng)
        lines = Lines.of(X, r)
        walked = exact(lines, np.zeros(lines.shape[1]))
        known = by_enumeration(X, r)
        assert walked is not None
        assert known - lines.slack <= walked.upper <= known * (1 + 1e-6) + 4 * lines.slack


def test_crossings_at_the_very_start_of_a_circle():
    rng = np.random.default_rng(25)
    cube = np.array([row for row in itertools.product([-1.0, 0.0, 1.0], repeat=3) if row > (0.0, 0.0, 0.0)])
    for scales in ((4.0, 2.0, 1.0), (2.0, 1.0, 0.0)):
        for _ in range(10):
            lines = Lines.of(cube * scales, rng.standard_normal(13))
            walked = exact(lines, np.zeros(lines.shape[1]))
            assert walked is not None
            cut = searched(lines, climb(lines, np.zeros((0, lines.shape[1]))), tol=1e-6)
            assert walked.upper == pytest.approx(cut.upper, rel=3e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("entries", [piece.ENTRIES, 200.0], ids=["in one piece", "in many pieces"])
def test_walking_the_cells_and_cutting_cones_agree(kind, d, entries, monkeypatch):
    monkeypatch.setattr(piece, "ENTRIES", entries)
    rng = np.random.default_rng(20 + d)
    for n in (10, 50, 120):
        lines = Lines.of(*table(kind, n, d, rng))
        direction = climb(lines, np.zeros((0, lines.shape[1])))
        walked = exact(lines, direction)
        assert walked is not None
        attained = float(lines.lengths(walked.direction[None])[0])
        assert attained <= walked.upper <= attained * (1 + 1e-6) + 10 * lines.rounding
        if lines.shape[1] > 1:
            cut = searched(lines, walked.direction, tol=1e-4)
            assert attained <= cut.upper <= walked.upper * (1 + 1.01e-4) + 100 * lines.rounding


def test_a_poor_start_changes_nothing_but_the_work():
    rng = np.random.default_rng(22)
    lines = Lines.of(rng.standard_normal((80, 3)), rng.standard_normal(80))
    good, poor = (exact(lines, start) for start in (climb(lines, np.zeros((0, 3))), np.array([1.0, 0.0, 0.0])))
    assert good is not None and poor is not None
    assert good.upper == pytest.approx(poor.upper, rel=1e-12)


def test_many_planes_through_one_line_are_walked_in_any_order():
    """Every circle crosses all others at two points, which rounding tears apart."""
    rng = np.random.default_rng(23)
    angles = rng.uniform(0.0, np.pi, 30)
    axis = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    X = np.column_stack([np.cos(angles), np.sin(angles)]) @ axis[:2]
    X = np.vstack([X, axis[2:]])
    r = rng.standard_normal(31)
    lines = Lines.of(X, r)
    walked = exact(lines, np.array([1.0, 0.0, 0.0]))
    assert walked is not None
    u = rng.standard_normal((200_000, 3))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    assert lines.lengths(u).max() <= walked.upper
    assert lines.lengths(u).max() >= walked.upper * (1 - 1e-2)
    assert lines.lengths(walked.direction[None])[0] == pytest.approx(walked.upper, rel=1e-9)


def test_it_gives_up_before_the_deadline_rather_than_after():
    rng = np.random.default_rng(24)
    lines = Lines.of(rng.standard_normal((300, 3)), rng.standard_normal(300))
    assert exact(lines, np.array([1.0, 0.0, 0.0]), deadline=0.0) is None
