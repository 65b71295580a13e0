"""What is claimed of a dual vector: by searches that nothing survived, or by a proof."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from cvxbench.convex.neurons.directions import Directions
from cvxbench.convex.neurons.dual import Dual
from cvxbench.convex.neurons.neurons import Neurons
from cvxbench.convex.neurons.oracle import COARSE, COPY, HILL, Oracle
from cvxbench.convex.neurons.point import Point
from cvxbench.convex.neurons.space import Space
from cvxbench.convex.proofs.longest import longest_feature

ADDED, FEW = 200, 40  # neurons that enter in a round at most; close to the optimum as many as there are, or these few
MISSING = 0.2  # of the gap that a claim allows: neurons that are worth so much more than λ enter
ERROR = 0.2  # of the violation before, or the tolerance if that is more: of the values that a search finds
STRONG = 4.0  # effort of the searches that a claim must survive
FEWEST, MOST = 16, 192  # how many of them, four times the rank if that is between
QUIET = 32  # so many in a row that meet nothing new near λ are enough
HIGH = 0.99  # of λ: maxima from there up are looked at for new ones
LEFT = 0.5  # of the tolerance: what a search must leave unfound for a claim; the gap claimed is the tolerance
CUT = 3.0  # times what searches found, the tolerance at least: the gap claimed where they were cut short
CLOSER = 0.1  # of the tolerance: a proof goes on to its target where what was found leaves room for it


def claimed(
    space: Space,
    y: np.ndarray,
    point: Point,
    dual: Dual,
    oracle: Oracle,
    tol: float,
    most: int,
    deadline: float,
    least: float = 0.0,
) -> tuple[Dual, Directions]:
    """Return the dual vector judged by `most` searches in all, fewer if one leaves a gap above tol/2; and the finds.

    Each begins around what the ones before it met, so many small ones find more than a large one. Every other one
    knows nothing but the neurons: among a thousand known hills, one that stands alone is hardly found. An exact one
    that meets nothing new near λ is the last, and so is the thirty-second in a row that meets nothing nearly wanted
    and no new hill. Also where the gap is too large they go on for `least` seconds, unless as many are missing as may
    enter at once.
    """
    until = min(time.perf_counter() + least, deadline)
    aim, exact = LEFT * tol, ERROR * tol < COARSE
    neurons = point.neurons.directions()
    all_found, quiet = Directions.none(space.shape[1]), 0
    while dual.searches < most:
        known = oracle.known(neurons)
        searching = oracle.forgetful() if dual.searches % 2 else oracle
        found, tried = searching.search(dual.vector, neurons, STRONG, ERROR * tol, deadline)
        dual = dual.searched(float(found.values[0]), tried)
        new = found.take(np.flatnonzero(found.values > HIGH * point.lam)).away_from(known, COPY)
        if searching is oracle:
            all_found = found  # what was found before is known to it
        else:
            all_found = Directions.joined([all_found, new])
            oracle.learn(new)
        gap = dual.gap(point.objective, y, point.lam)
        plenty = np.count_nonzero(found.values > point.lam * (1.0 + MISSING * aim)) >= entering(point.neurons)
        if time.perf_counter() > (deadline if gap <= aim else 0.0 if plenty else until):
            break
        wanted = new.values > (1.0 - aim) * point.lam
        quiet = 0 if wanted.any() or len(new.away_from(known, HILL)) else quiet + 1
        if quiet == QUIET or (exact and not len(new)):
            dual = replace(dual, searches=MOST)  # as many as any claim takes
            break
    return dual, all_found.best_first()


def proven(
    space: Space, y: np.ndarray, point: Point, dual: Dual, found: Directions, tol: float, deadline: float
) -> tuple[Point, Dual, Directions]:
    """Return the point with a proven bound; the dual vector, without starts if that is within tol; what was found."""
    low, high = 0.0, 2.0 * point.lam  # of what a neuron may be worth for the gap to be within tol
    for _ in range(60):
        middle = 0.5 * (low + high)
        within = Dual(dual.vector, middle).gap(point.objective, y, point.lam) <= tol
        low, high = (middle, high) if within else (low, middle)
    proof = longest_feature(
        space.X,
        dual.vector,
        starts=found.take(np.arange(min(len(found), 100))).units,
        target=low,
        tol=CLOSER * tol,
        time_limit=max(deadline - time.perf_counter(), 0.0),
    )
    met = Directions.plain(proof.direction[None], np.array([proof.sign]))
    met = replace(met, values=np.array([proof.lower]))
    found = Directions.joined([found, met]).best_first()
    upper = Dual(dual.vector, proof.upper)
    point = replace(point, proven_bound=max(upper.bound(y, point.lam), 0.0))
    within = upper.gap(point.objective, y, point.lam) <= tol
    return point, upper if within else replace(dual, largest=max(dual.largest, proof.lower)), found


def judged(y: np.ndarray, point: Point, dual: Dual, tol: float, pool: Directions | None) -> Point:
    """Return the point with the bound that a dual vector supports.

    No search excludes what is just above what it found, so the gap that a searched bound leaves is tol at least.
    """
    bound = dual.bound(y, point.lam)
    if dual.starts:
        gap = dual.gap(point.objective, y, point.lam)
        conceded = max(gap / LEFT, tol) if dual.searches >= FEWEST else CUT * max(gap, tol)
        bound = point.objective * max(1.0 - conceded, 0.0)
    return replace(
        point,
        bound=bound,
        own_bound=bound,
        dual=dual.vector,
        largest=dual.largest * len(y),
        starts=dual.starts,
        pool=pool,
    )


def entering(neurons: Neurons) -> int:
    """Return how many may enter in a round close to the optimum: those that do not stay cost time."""
    return int(np.clip(len(neurons), FEW, ADDED))
