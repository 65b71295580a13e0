"""Time to the target of a solver that cannot be watched: the loosest tolerance whose answer is within it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.cases import Instance
from benchmarks.judge import TARGET, Answer, judge
from cvxbench.networks.gated_relu import GatedReLUNetwork

LOOSEST, TIGHTEST = 1e-1, 1e-14
CLOSE = 10.0  # a failure this many times above the target is not refined when ten times its tolerance is out of time
FINEST = 1.15  # stop refining when the longest failure and the shortest success are this close in time


@dataclass(frozen=True)
class Solved:
    """One call of a solver.

    Parameters
    ----------
    network : GatedReLUNetwork or None
        None if the solver gave no answer.
    seconds, wall_seconds : float
    """

    network: GatedReLUNetwork | None
    seconds: float
    wall_seconds: float


@dataclass(frozen=True)
class _Try:
    tolerance: float
    answer: Answer
    distance: float
    reached: bool


def cheapest(solve: Callable[[float], Solved], instance: Instance, limit: float) -> Answer:
    """Return the cheapest answer within the target, of calls at tolerances chosen by bisection.

    The tolerance falls tenfold until the target is met or the time limit is; between the last failure and the first
    success it is then bisected on a logarithmic scale, until their times differ by less than 15 % or the tolerances by
    less than 20 %. The tolerance of the fastest call that met the target is taken once more and that call counts: the
    least of several times is flattered by chance.

    Parameters
    ----------
    solve : function of a tolerance
    instance : Instance
    limit : float
        Seconds of processor time, of each call.
    """
    tries: list[_Try] = []

    def attempt(tolerance: float) -> _Try:
        solved = solve(tolerance)
        gap = math.inf
        if solved.network is not None:
            gap = judge(instance, solved.network).own_gap
        answer = Answer(solved.network, solved.seconds, solved.wall_seconds, f"tolerance {tolerance:.1e}")
        tries.append(_Try(tolerance, answer, gap, reached=gap <= TARGET and solved.seconds <= limit))
        return tries[-1]

    tight = attempt(LOOSEST)
    loose = tight
    while not tight.reached and tight.answer.seconds < limit and tight.tolerance > TIGHTEST:
        loose, tight = tight, attempt(tight.tolerance / 10)
    while not loose.reached and _worth_refining(loose, tight):
        middle = attempt(float(np.sqrt(loose.tolerance * tight.tolerance)))
        if middle.reached or middle.answer.seconds >= limit:
            tight = middle
        else:
            loose = middle
    reached = [one for one in tries if one.reached]
    if reached:
        fastest = min(reached, key=lambda one: one.answer.seconds)
        again = attempt(fastest.tolerance)
        return (again if again.reached else fastest).answer
    return max((one.answer for one in tries), key=lambda answer: (answer.network is not None, answer.seconds))


def _worth_refining(loose: _Try, tight: _Try) -> bool:
    if not tight.reached and loose.distance > CLOSE * TARGET:
        return False
    return tight.answer.seconds > FINEST * loose.answer.seconds and loose.tolerance > 1.2 * tight.tolerance
