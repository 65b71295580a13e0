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

from cvxbench.convex.neurons.claim import (
    ADDED,
    ERROR,
    FEWEST,
    LEFT,
    MISSING,
    MOST,
    STRONG,
    claimed,
    entering,
    judged,
    proven,
)
from cvxbench.convex.neurons.directions import Directions
from cvxbench.convex.neurons.dual import Dual
from cvxbench.convex.neurons.master import optimum
from cvxbench.convex.neurons.neurons import Neurons
from cvxbench.convex.neurons.oracle import COARSE, Oracle
from cvxbench.convex.neurons.point import Point
from cvxbench.convex.neurons.slide import slide
from cvxbench.convex.neurons.space import Space

FAR, FURTHER, MANY = 0.3, 5.0, 100  # violation above which the search is rough; and once there are so many neurons
CLOSE, NEARING = 0.06, 0.4  # violations below which the program is solved rather than neurons slid; and if they stall
HOMOTOPY = 0.3  # of what the residual wants most: the least lambda of a round
PLENTY = 600  # neurons found far from the optimum, from which on searches need not try harder
DISTINCT = 1.0 - 1e-7  # cosine from which two of them are one
SLOW = 0.5  # of the gap before: while a round leaves more than this, searches try harder
HARDER, HARDEST = 1.5, 8.0  # factor of a search's effort, and its limit
HELD = 0.2  # share of the best dual vector so far in the one that the next search is for
THOROUGH = 4.0  # effort from which on rounds search as a claim does; at once where that takes less than the program
LAST = 0.2  # of the time limit at most: left at its end for searches as long as those of the round before
PROVABLE = 5  # rank up to which a proof is tried
PROOF_SECONDS = 20.0
FINISH = 1e-8  # relative gap on its own patterns of a network that makes a claim
STALLED = 6e-3  # of the gap: what a round lowers the objective by at least if neurons are to be slid
INEXACT = 0.1  # of the gap known of a residual: that of the round's program
INEXACT_COARSE, LEFT_ALONE = 0.25, 1.0  # the same where no neuron is walked; and there while weighing them does as well
WELL = 4e-3  # of the gap: what weighing neurons lowers the objective by, in a round, if it does
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
    """Yield a point per round until strong searches leave a dual vector no gap above half of tol, or time is up.

    Far from the optimum the vector is the residual. Close to it successive residuals differ in what they want, and it
    is a mixture with the best vector so far (in-out separation: Wentges 1997; Ben-Ameur and Neto 2007). Only the last
    point, whose vector strong searches have judged, carries a bound.

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
        yield replace(point, bound=point.objective, own_bound=point.objective, dual=y, largest=0.0)
        return
    aim = LEFT * tol
    violation, effort, width, before, lam_now = np.inf, 1.0, WIDEST, np.inf, np.inf
    searching = solving = 0.0  # seconds of the last search, over its effort, and of the last round's program
    found = Directions.none(space.shape[1])
    best: Dual | None = None
    objective, close = np.inf, False
    thorough = False  # close to the optimum: rounds search as a claim does
    ending = LAST * (deadline - time.perf_counter())
    searches = int(np.clip(4 * space.shape[1], FEWEST, MOST))
    provable = space.shape[1] <= PROVABLE
    for made in count(1):
        began = time.perf_counter()
        residual = neurons.residual(space, y)
        point = unjudged(space, y, lam, neurons, steps)
        if thorough and best is not None:
            mixed = Dual(best.mixed(residual, HELD, lam))
            tried, found = claimed(space, y, point, mixed, oracle, tol, FEWEST, deadline, solving)
            best = max(best.knowing(space, found), tried, key=lambda dual: dual.bound(y, lam))
            claiming = time.perf_counter() - began
        else:
            if violation > (FAR if len(neurons) < MANY else FURTHER):
                found = oracle.rough(residual, neurons.directions(), deadline)
            else:
                error = ERROR * max(violation, tol)
                found, _ = oracle.search(residual, neurons.directions(), effort, error, deadline)
            best = Dual(residual, float(found.values[0]))
            searching = (time.perf_counter() - began) / effort
            claiming = FEWEST * STRONG * searching
        yield point
        gap = best.gap(point.objective, y, lam)
        last = made == rounds or time.perf_counter() + min(claiming, ending) > deadline
        if last or gap <= aim:
            best, more_found = claimed(space, y, point, best, oracle, tol, 1 if provable else searches, deadline)
            found = Directions.joined([more_found, found])
            gap = best.gap(point.objective, y, lam)
            if last or gap <= aim:
                neurons, more = optimum(space, y, lam, neurons, Directions.none(space.shape[1]), FINISH, deadline)
                steps += more
                point = unjudged(space, y, lam, neurons, steps)
            if gap <= aim and provable:
                until = min(deadline, time.perf_counter() + PROOF_SECONDS)
                point, best, found = proven(space, y, point, best, found, tol, until)
                if best.starts:
                    if time.perf_counter() < deadline:
                        best, more_found = claimed(space, y, point, best, oracle, tol, searches, deadline)
                        found = Directions.joined([more_found, found])
                    gap = best.gap(point.objective, y, lam)
            if last or gap <= aim:
                yield judged(y, point, best, tol, oracle.pool)
                return
            thorough = True
        began = time.perf_counter()
        residual = neurons.residual(space, y)
        found = found.valued(space, residual).best_first()
        largest = float(found.values[0])
        violation = largest / lam - 1.0
        progress = 1.0 - point.objective / objective
        objective = point.objective
        close = violation < CLOSE or (violation < NEARING and (close or progress < STALLED * gap))
        lam_now = min(lam_now, max(lam, HOMOTOPY * largest))
        asking = found.values > lam_now * (1.0 + MISSING * aim)
        scarce = close or np.count_nonzero(asking) < PLENTY
        effort = min(effort * HARDER, HARDEST) if scarce and gap > SLOW * before else max(effort / HARDER, 1.0)
        before = gap
        most = entering(neurons) if close else ADDED
        wanted = found.take(np.flatnonzero(asking)[: 6 * ADDED]).distinct(DISTINCT, most)
        neurons = neurons.refitted(space, y, lam_now, wanted)
        if close:
            own = Dual(residual, largest).gap(neurons.objective(space, y, lam), y, lam)
            inexact = INEXACT_COARSE if progress < WELL * gap else LEFT_ALONE
            rtol = (INEXACT if ERROR * tol < COARSE else inexact) * max(min(own, CLOSE), aim)
            neurons, more = optimum(space, y, lam, neurons, wanted, rtol, deadline)
        else:
            neurons = neurons.joined_by_cell(space)
            neurons, width, more = _slid(
                space, y, neurons, lam_now, lam_now == lam, width, largest / lam_now - 1.0, deadline
            )
        steps += more
        solving = time.perf_counter() - began
        thorough = close and (thorough or effort >= THOROUGH or STRONG * searching < solving)


def unjudged(space: Space, y: np.ndarray, lam: float, neurons: Neurons, steps: int = 0) -> Point:
    """Return neurons as a point that has an objective and no bound."""
    return Point(lam, neurons, neurons.objective(space, y, lam), newton_steps=steps)


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
