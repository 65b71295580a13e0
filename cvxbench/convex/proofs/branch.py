"""An upper bound of the longest feature at any rank, better the longer it runs: branch and bound over cones."""

from __future__ import annotations

import itertools
import math
import time
from dataclasses import dataclass, replace

import numpy as np

from cvxbench.convex.proofs.fan import Fan
from cvxbench.convex.proofs.lines import EPS, Lines
from cvxbench.convex.proofs.proof import Ending, Longest
from cvxbench.convex.proofs.terms import Terms

LARGEST = 10  # rank: there are 2^rank cones to begin with
ENTRIES = 3e6  # lines times cones of a piece
CONES = 8000  # of a piece
PARTS = 4  # that a larger piece is cut into
FEW = 1000  # cones of a piece that is put together with others first
OPEN_BYTES = 1e9  # of cones that wait
NEAR = 1.02  # times the end: the next level is the last
METRIC_FLOOR = 1e-9  # of the mass
CUTS = 300  # one inside the other, whose rounding the target makes room for


@dataclass(frozen=True)
class Piece:
    """Some cones; f; and f with the lines that may cross any of them."""

    whole: Terms
    terms: Terms
    fan: Fan

    def parts(self) -> list[Piece]:
        """Cut the piece across its longest extent; each part has lines of its own."""
        axes = self.fan.corners.sum(axis=1)
        axes /= np.linalg.norm(axes, axis=1, keepdims=True)
        order = np.argsort(axes[:, np.ptp(axes, axis=0).argmax()], kind="stable")
        fans = [self.fan.chosen(part) for part in np.array_split(order, PARTS)]
        return [Piece(self.whole, self.terms.on(fan.corners), fan) for fan in fans]

    def split(self, level: float) -> tuple[Piece, Piece]:
        """Return the cones with bounds above the level, and the others."""
        above = self.fan.upper > level
        return replace(self, fan=self.fan.chosen(above)), replace(self, fan=self.fan.chosen(~above))


def branch_and_bound(
    lines: Lines,
    direction: np.ndarray,
    *,
    trivial: float,
    target: float,
    tol: float,
    deadline: float,
    node_limit: float,
) -> Longest:
    """Bound |p'u| + |e(u)| on the unit ball by p'u ± e(u) on cones that cover the half p'u ≥ 0 of the directions.

    Cones with bounds above a level are cut until none is left; then the level falls, half of the way on a logarithmic
    scale to where the search may end. The largest bound of all cones is therefore a bound at any moment, and never
    rises.

    What is proven despite rounding: values at corners are right up to `Lines.rounding`. A cut's corner is rounded off
    the edge it cuts by at most 2 eps. Cones begin as orthants of an orthonormal basis in the metric, so the
    coefficients of a unit vector in a cone are at most k times the metric's condition number, and the direction moves
    to its neighbour in the rounded cones by no more than 2 k cond eps a cut; h has Lipschitz constant `Lines.mass`.

    Parameters
    ----------
    lines : Lines
        Of rank at least 2.
    direction : ndarray, shape (k,)
        A unit vector that is nearly the longest.
    trivial : float
        An upper bound known beforehand.
    target, tol : float
        The search may end at target or at (1 + tol) times the length found, whichever is larger.
    deadline : float
        On the clock of `time.perf_counter`.
    node_limit : float
        Cones to bound.
    """
    best = float(lines.lengths(direction[None])[0])
    metric, corners = _first_cones(lines, best)
    rounding = lines.rounding
    moved = 4.0 * EPS * len(metric) * float(np.linalg.cond(metric)) * lines.mass
    target -= CUTS * moved
    waiting = []
    for sign in (1.0, -1.0):
        terms = Terms.of(lines, sign)
        waiting.append(Piece(terms, terms, Fan.of(corners, terms, trivial).bounded(terms, 0.0, rounding)))
    nodes, deepest, finished, ending = 2 * len(corners), 0, 0.0, None
    while ending is None:
        end = max(target, (1.0 + tol) * best + 4.0 * rounding)
        top = max((float(piece.fan.upper.max()) for piece in waiting), default=0.0)
        if top <= end:
            break
        level = math.sqrt(top * end) if top > NEAR * end else end
        halves = [piece.split(level) for piece in waiting]
        few, waiting = (
            [above for above, _ in halves if len(above.fan)],
            [below for _, below in halves if len(below.fan)],
        )
        pieces: list[Piece] = []
        count = sum(len(piece.fan) for piece in waiting)
        while pieces or few:
            if time.perf_counter() > deadline:
                ending = Ending.TIME
            elif nodes > node_limit or count * 8 * len(metric) ** 2 > OPEN_BYTES:
                ending = Ending.NODES
            if ending is not None:
                waiting += pieces + few
                break
            if not pieces:
                pieces, few = _together(few), []
            piece = pieces.pop()
            if len(piece.fan) >= PARTS and len(piece.fan) * max(len(piece.terms), ENTRIES / CONES) > ENTRIES:
                pieces += piece.parts()
                continue
            fan, middle = piece.fan.bisected(metric, piece.terms)
            nodes += len(fan)
            deepest = max(deepest, int(fan.depth.max()))
            lengths = piece.terms.values(middle)
            if lengths.max() > best:
                best, direction = float(lengths.max()), middle[lengths.argmax()]
                end = max(target, (1.0 + tol) * best + 4.0 * rounding)
                level = max(level, end)
            above, below = replace(piece, fan=fan.bounded(piece.terms, level, rounding)).split(level)
            later, done = below.split(end)
            finished = max(finished, float(done.fan.upper.max(initial=0.0)))
            count += len(later.fan)
            waiting += [later] if len(later.fan) else []
            (pieces if len(above.fan) >= FEW else few).extend([above] if len(above.fan) else [])
    upper = max([finished, *(float(piece.fan.upper.max()) for piece in waiting)]) + deepest * moved
    if ending is None:
        ending = Ending.TARGET if upper <= target + CUTS * moved else Ending.TOLERANCE
    return Longest(upper, direction, nodes, ending)


def _together(pieces: list[Piece]) -> list[Piece]:
    """Return one piece for each function."""
    fans: dict[int, list[Fan]] = {}
    for piece in pieces:
        fans.setdefault(id(piece.whole), []).append(piece.fan)
    wholes = {id(piece.whole): piece.whole for piece in pieces}
    return [Piece(wholes[key], wholes[key], Fan.joined(found)) for key, found in fans.items()]


def _first_cones(lines: Lines, best: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a metric in which the lines are spread evenly, and cones that cover the half p'u ≥ 0.

    The metric's square is Σ |w_i| x_i x_i' + best·I, what the bound on a small cone loses to crossing lines and to its
    width. The cones are orthants of a basis whose first vector is along p.
    """
    k = lines.shape[1]
    square = (lines.units * np.abs(lines.weights)[:, None]).T @ lines.units
    square[np.diag_indices(k)] += max(best, METRIC_FLOOR * lines.mass)
    values, vectors = np.linalg.eigh(square)
    metric, back = vectors * np.sqrt(values), (vectors / np.sqrt(values)).T
    along = back @ lines.linear
    basis = np.linalg.qr(np.column_stack([along, np.eye(k)]))[0].T
    basis[0] *= 1.0 if basis[0] @ along >= 0.0 else -1.0
    signs = np.array([(1.0, *others) for others in itertools.product((1.0, -1.0), repeat=k - 1)])
    corners = (signs[:, :, None] * basis) @ back
    return metric, corners / np.linalg.norm(corners, axis=2, keepdims=True)
