"""An upper bound of the longest feature at any rank, better the longer it runs: branch and bound over cones."""

from __future__ import annotations

import itertools
import math
import time
from dataclasses import dataclass, field, replace

import numpy as np

from cvxbench.convex.proofs.fan import Fan
from cvxbench.convex.proofs.lines import EPS, Lines
from cvxbench.convex.proofs.piece import PARTS, Piece, together
from cvxbench.convex.proofs.proof import Ending, Longest
from cvxbench.convex.proofs.terms import Terms

LARGEST = 10  # rank: there are 2^rank cones to begin with
FEW = 1000  # cones of a piece that waits for others to be cut together with
OPEN_BYTES = 1e9  # of cones that wait
CUTS = 300  # one inside the other, whose rounding the target makes room for
NEAR = 1.02  # times the end: the next level is the last
METRIC_FLOOR = 1e-9  # of the mass


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
    scale to where the search may end. The largest bound of all cones is therefore a bound at any moment, and but for
    rounding never rises.

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
    moved = 4.0 * EPS * len(metric) * float(np.linalg.cond(metric)) * lines.mass
    search = _Search(metric, target - CUTS * moved, tol, lines.rounding, best, direction)
    for sign in (1.0, -1.0):
        terms = Terms.of(lines, sign)
        fan = Fan.of(corners, terms, trivial).bounded(terms, 0.0, lines.rounding)
        search.waiting.append(Piece(terms, terms, fan))
        search.nodes += len(fan)
    ending = None
    while ending is None and search.top > search.end:
        ending = _sweep(search, deadline, node_limit)
    upper = search.top + search.deepest * moved
    if ending is None:
        ending = Ending.TARGET if upper <= target else Ending.TOLERANCE
    return Longest(upper, search.direction, search.nodes, ending)


@dataclass
class _Search:
    """What is found so far, and the cones that wait for a lower level."""

    metric: np.ndarray
    target: float
    tol: float
    rounding: float
    best: float
    direction: np.ndarray
    nodes: int = 0
    deepest: int = 0
    finished: float = 0.0  # largest bound of cones that were small enough to be dropped
    waiting: list[Piece] = field(default_factory=list)
    held: int = 0  # cones that wait

    @property
    def end(self) -> float:
        """Return how small bounds have to be."""
        return max(self.target, (1.0 + self.tol) * self.best + 4.0 * self.rounding)

    @property
    def top(self) -> float:
        """Return the bound of all directions."""
        return max([self.finished, *(piece.top for piece in self.waiting)])

    def cut(self, piece: Piece, level: float) -> Piece:
        """Cut every cone of a piece; return those above the level, and let the others wait."""
        fan, middle = piece.fan.bisected(self.metric, piece.terms)
        self.nodes += len(fan)
        self.deepest = max(self.deepest, int(fan.depth.max()))
        lengths = piece.terms.values(middle)
        if lengths.max() > self.best:
            self.best, self.direction = float(lengths.max()), middle[lengths.argmax()]
        level = max(level, self.end)
        above, below = replace(piece, fan=fan.bounded(piece.terms, level, self.rounding)).split(level)
        below, dropped = below.split(self.end)
        self.finished = max(self.finished, dropped.top)
        if len(below.fan):
            self.waiting.append(below)
            self.held += len(below.fan)
        return above


def _sweep(search: _Search, deadline: float, node_limit: float) -> Ending | None:
    """Cut all cones down to the next level, unless a limit stops that."""
    top, end = search.top, search.end
    level = math.sqrt(top * end) if top > NEAR * end else end
    halves = [piece.split(level) for piece in search.waiting]
    few = [above for above, _ in halves if len(above.fan)]
    search.waiting = [below for _, below in halves if len(below.fan)]
    pieces: list[Piece] = []
    cone_bytes = 8.0 * len(search.metric) * (len(search.metric) + 1)
    search.held = sum(len(piece.fan) for piece in search.waiting)
    while pieces or few:
        late = time.perf_counter() > deadline
        if late or search.nodes > node_limit or search.held * cone_bytes > OPEN_BYTES:
            search.waiting += pieces + few
            return Ending.TIME if late else Ending.NODES
        if not pieces:
            pieces, few = together(few), []
        piece = pieces.pop()
        if piece.large and len(piece.fan) >= PARTS:
            pieces += piece.parts()
            continue
        above = search.cut(piece, level)
        if len(above.fan):
            (pieces if len(above.fan) >= FEW else few).append(above)
    return None


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
