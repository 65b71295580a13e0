"""Training over all activation patterns: neurons are searched for, and weighed, until none is missing.

A conditional-gradient method on measures over neurons (Bach, JMLR 2017; Boyd, Schiebinger and Recht, SIAM J. Optim.
2017). Far from the optimum neurons are weighed by a lasso and slid by Newton's method (Denoyelle et al., Inverse
Problems 2020); close to it the convex program on their activation patterns is solved.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import numpy as np

from cvxbench.convex.certificate import dual_bound
from cvxbench.convex.neurons.directions import Directions
from cvxbench.convex.neurons.master import optimum
from cvxbench.convex.neurons.neurons import Neurons
from cvxbench.convex.neurons.oracle import COPY, HILL, Oracle
from cvxbench.convex.neurons.point import Point
from cvxbench.convex.neurons.slide import slide
from cvxbench.convex.neurons.space import Space
from cvxbench.convex.proofs.longest import longest_feature

FAR = 0.3  # violation above which the search is rough
CLOSE = 0.1  # violation below which the program is solved rather than neurons slid
HOMOTOPY = 0.3  # of what the residual wants most: the least lambda of a round
ADDED, FEW = 200, 40  # neurons that enter in a round at most; close to the optimum as many as there are, or these few
PLENTY = 600  # neurons found far from the optimum, from which on searches need not try harder
DISTINCT = 1.0 - 1e-7  # cosine from which two of them are one
MISSING = 0.2  # of the gap that a claim allows: neurons that are worth so much more than λ enter
SLOW = 0.5  # of the gap before: while a round leaves more than this, searches try harder
HARDER, HARDEST = 1.5, 8.0  # factor of a search's effort, and its limit
THOROUGH = 4.0  # effort from which on rounds search as a claim does; at once where that takes less than the program
ERROR = 0.2  # of the violation before, or the tolerance if that is more: of the values that a search finds
STRONG = 4.0  # effort of the searches that a claim must survive
FEWEST, MOST = 16, 96  # how many of them, twice the rank if that is between
QUIET = 16  # so many in a row that meet nothing new near λ are enough
HIGH = 0.99  # of λ: maxima from there up are looked at for new ones
LEFT = 0.5  # of the tolerance: what a search must leave unfound for a claim; the gap claimed is the tolerance
CUT = 3.0  # times what searches found: the gap claimed where they found more, or time was up before the fewest
LAST = 0.2  # of the time limit at most: left at its end to solve the program once more and for the fewest searches
PROVABLE = 5  # rank up to which a proof is tried
PROOF_SECONDS = 20.0
CLOSER = 0.1  # of the tolerance: a proof goes on to its target where what was found leaves room for it
FINISH = 1e-8  # relative gap on its own patterns of a network that makes a claim
INEXACT = 0.1  # of the gap so far: that of a round's program
SLIDING = 2e11  # operations that the linear systems of a slide may take
STEPS, STEPS_CLOSE = 6, 12  # of a slide at a lambda on the way, far from its optimum and close; at the last, one
WIDTH, WIDEST, NARROWEST = 0.03, 0.1, 1e-7  # smoothing of a slide, of the violation; and its limits


def iterates(
    space: Space,
    y: np.ndarray,
    point: Point,
    oracle: Oracle,
    tol: float,
    deadline: float,
    rounds: int | None = None,
) -> Iterator[Point]:
    """Yield a point per round until strong searches at its residual find no gap above half of tol, or time is up.

    Only the last point, which strong searches have judged, carries a bound. No search excludes what is just above
    what it found, so the gap claimed is tol at least, and larger where the searches were cut short.

    Parameters
    ----------
    space : Space
    y : ndarray, shape (n,)
    point : Point
        Where to start.
    oracle : Oracle
    tol : float
    deadline : float
        On the clock of `time.perf_counter`.
    rounds : int or None
        After so many the point is judged as it is.
    """
    lam, neurons, steps = point.lam, point.neurons, point.newton_steps
    if not space.shape[1] or not y.any():
        point = unjudged(space, y, lam, Neurons.none(space.shape[1]))
        yield replace(point, bound=point.objective, own_bound=point.objective, largest=0.0)
        return
    aim = LEFT * tol
    violation, effort, width, before, lam_now = np.inf, 1.0, WIDEST, np.inf, np.inf
    searching = solving = 0.0  # seconds of the last search, over its effort, and of the last round's program
    found = Directions.none(space.shape[1])
    thorough = False  # close to the optimum: rounds search as a claim does
    ending = LAST * (deadline - time.perf_counter())
    for made in count(1):
        began = time.perf_counter()
        residual = neurons.residual(space, y)
        point = unjudged(space, y, lam, neurons, steps)
        if thorough:
            _, found = claimed(space, y, point, oracle, tol, FEWEST, deadline, solving)
        else:
            if violation > FAR:
                found = oracle.rough(residual, neurons.directions(), deadline)
            else:
                error = ERROR * max(violation, tol)
                found, _ = oracle.search(residual, neurons.directions(), effort, error, deadline)
            searching = (time.perf_counter() - began) / effort
        yield point
        gap = gap_of(space, y, point, float(found.values[0]))
        needed = min(solving + (2 if thorough else 1) * FEWEST * STRONG * searching, ending)
        last = made == rounds or time.perf_counter() + needed > deadline
        if last or gap <= aim:
            until = deadline - STRONG * searching
            neurons, more = optimum(space, y, lam, neurons, Directions.none(space.shape[1]), FINISH, until)
            steps += more
            most = int(np.clip(2 * space.shape[1], FEWEST, MOST))
            provable = space.shape[1] <= PROVABLE
            point = unjudged(space, y, lam, neurons, steps)
            point, found = claimed(space, y, point, oracle, tol, 1 if provable else most, deadline)
            gap = gap_of(space, y, point, float(found.values[0]))
            if gap <= aim and provable:
                point, found = proven(space, y, point, found, tol, min(deadline, time.perf_counter() + PROOF_SECONDS))
                gap = gap_of(space, y, point, float(found.values[0]))
                if gap <= aim and point.starts and time.perf_counter() < deadline:
                    point, found = claimed(space, y, point, oracle, tol, most, deadline)
                    gap = gap_of(space, y, point, float(found.values[0]))
            if last or gap <= aim:
                yield point
                return
            thorough = True
        began = time.perf_counter()
        largest = float(found.values[0])
        violation = largest / lam - 1.0
        close = violation < CLOSE
        lam_now = min(lam_now, max(lam, HOMOTOPY * largest))
        asking = found.values > lam_now * (1.0 + MISSING * aim)
        scarce = close or np.count_nonzero(asking) < PLENTY
        effort = min(effort * HARDER, HARDEST) if scarce and gap > SLOW * before else max(effort / HARDER, 1.0)
        before = gap
        most = entering(neurons) if close else ADDED
        wanted = found.take(np.flatnonzero(asking)[: 6 * ADDED]).distinct(DISTINCT, most)
        neurons = neurons.refitted(space, y, lam_now, wanted)
        if close:
            rtol = INEXACT * max(min(gap, CLOSE), aim)
            neurons, more = optimum(space, y, lam, neurons, wanted, rtol, deadline)
        else:
            neurons = neurons.joined_by_cell(space)
            neurons, width, more = _slid(
                space, y, neurons, lam_now, lam_now == lam, width, largest / lam_now - 1.0, deadline
            )
        steps += more
        solving = time.perf_counter() - began
        thorough = close and (thorough or effort >= THOROUGH or STRONG * searching < solving)


def claimed(
    space: Space,
    y: np.ndarray,
    point: Point,
    oracle: Oracle,
    tol: float,
    most: int,
    deadline: float,
    least: float = 0.0,
) -> tuple[Point, Directions]:
    """Return the point judged by at most `most` searches, until one leaves a gap above half of tol; and what was found.

    Each begins around what the ones before it met, so many small ones find more than a large one. Every other one has
    forgotten what training met: among a thousand known hills, one that stands alone is hardly found. One that meets
    nothing new near λ is the last, and so is the sixteenth in a row that meets nothing nearly wanted and no new hill.
    Also where the gap is too large they go on for `least` seconds, unless as many are missing as may enter at once.
    """
    until = min(time.perf_counter() + least, deadline)
    aim = LEFT * tol
    residual = point.neurons.residual(space, y)
    all_found, largest, gap, cut, starts, quiet = Directions.none(space.shape[1]), 0.0, 0.0, False, 0, 0
    forgetful = Oracle(space, oracle.rng)
    for made in range(1, most + 1):
        neurons = point.neurons.directions()
        known = forgetful.known(oracle.known(neurons))
        searching = oracle if made % 2 else forgetful
        found, tried = searching.search(residual, neurons, STRONG, ERROR * tol, deadline)
        all_found = Directions.joined([all_found, found])
        largest, starts = max(largest, float(found.values[0])), starts + tried
        gap = gap_of(space, y, point, largest)
        cut = gap > aim or (time.perf_counter() > deadline and made < FEWEST)
        plenty = np.count_nonzero(found.values > point.lam * (1.0 + MISSING * aim)) >= entering(point.neurons)
        if time.perf_counter() > (deadline if gap <= aim else 0.0 if plenty else until):
            break
        new = found.take(np.flatnonzero(found.values > HIGH * point.lam)).away_from(known, COPY)
        wanted = new.values > (1.0 - aim) * point.lam
        quiet = 0 if wanted.any() or len(new.away_from(known, HILL)) else quiet + 1
        if not len(new) or quiet == QUIET:
            break
    conceded = (CUT if cut else 1.0) * max(gap, tol)
    bound = point.objective * max(1.0 - conceded, 0.0)
    judged = replace(point, bound=bound, own_bound=bound, largest=largest * len(y), starts=starts, pool=oracle.pool)
    return judged, all_found.best_first()


def proven(
    space: Space, y: np.ndarray, point: Point, found: Directions, tol: float, deadline: float
) -> tuple[Point, Directions]:
    """Return the point with a proven bound if one within tol can be had in time, and what was found with that met."""
    residual = point.neurons.residual(space, y)
    proof = longest_feature(
        space.X,
        residual,
        starts=found.take(np.arange(min(len(found), 100))).units,
        target=_tolerable(space, y, point, tol),
        tol=CLOSER * tol,
        time_limit=max(deadline - time.perf_counter(), 0.0),
    )
    met = Directions.plain(proof.direction[None], np.array([proof.sign]))
    met = replace(met, values=np.array([proof.lower]))
    found = Directions.joined([found, met]).best_first()
    bound = dual_bound(residual, y, proof.upper * len(y), point.lam)
    point = replace(point, proven_bound=max(bound, 0.0))
    if bound < point.objective * (1.0 - tol):
        return point, found
    return replace(point, bound=bound, own_bound=bound, largest=proof.upper * len(y), starts=0), found


def _tolerable(space: Space, y: np.ndarray, point: Point, tol: float) -> float:
    """Return what a residual may want of a neuron at most for the gap to be within tol, by bisection."""
    low, high = 0.0, 2.0 * point.lam
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if gap_of(space, y, point, middle) <= tol else (low, middle)
    return low


def entering(neurons: Neurons) -> int:
    """Return how many may enter in a round close to the optimum: those that do not stay cost time."""
    return int(np.clip(len(neurons), FEW, ADDED))


def unjudged(space: Space, y: np.ndarray, lam: float, neurons: Neurons, steps: int = 0) -> Point:
    """Return neurons as a point that has an objective and no bound."""
    return Point(lam, neurons, neurons.objective(space, y, lam), newton_steps=steps)


def gap_of(space: Space, y: np.ndarray, point: Point, largest: float) -> float:
    """Return the relative gap that a search with the result `largest` leaves."""
    bound = dual_bound(point.neurons.residual(space, y), y, largest * len(y), point.lam)
    return (point.objective - bound) / point.objective if point.objective > 0.0 else 0.0


def _slid(
    space: Space,
    y: np.ndarray,
    neurons: Neurons,
    lam: float,
    final: bool,
    width: float,
    gap: float,
    deadline: float,
) -> tuple[Neurons, float, int]:
    """Return the neurons slid, with less smoothing while that does not lower the objective; the smoothing; steps."""
    before = neurons.objective(space, y, lam)
    width = min(5.0 * width, WIDEST, max(NARROWEST, WIDTH * gap)) if final else WIDTH
    n, r = space.shape
    smaller, larger = sorted((n, r * len(neurons)))
    affordable = int(SLIDING / max(smaller**2 * larger, 1))
    most = min(affordable, 1 if final else STEPS_CLOSE if gap < CLOSE else STEPS)
    steps = 0
    for _ in range(3 if affordable else 0):
        weights, signs, made = slide(
            space,
            y,
            neurons.weights,
            neurons.signs,
            lam,
            width,
            steps=most,
            rtol=min(0.05, max(0.1 * gap, 1e-7)),
            deadline=deadline,
        )
        steps += made
        moved = Neurons(weights, signs).joined_by_cell(space).refitted(space, y, lam, Directions.none(space.shape[1]))
        if len(moved) and moved.objective(space, y, lam) <= before * (1.0 + 1e-12):
            return moved.joined_if_close(space, y, lam), width, steps
        width = max(0.1 * width, NARROWEST)
    return neurons, width, steps
