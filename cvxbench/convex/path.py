"""A program solved at one lambda after the other, each from where the last one ended, its outputs together."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

import numpy as np

SAFETY = 0.9  # of the tolerance: what is left for rounding between here and the network that is returned
ROUNDING = 1e-13  # relative differences of objectives below this say nothing


class Ending(Enum):
    """Why the solver stopped. The value is the sentence that users see."""

    CERTIFIED = "solved: the relative gap between objective and lower bound is within tol"
    STALLED = "the gap stopped falling above tol, at the limit of rounding; raise tol, or scale the columns of X alike"
    TIME = "the time limit ended it; this is the best point so far"
    MEMORY = "memory ran out; this is the best point so far; use fewer gates or rows, or raise the limit"
    INTERRUPTED = "it was interrupted; this is the best point so far"


class Point(Protocol):
    """Weights of one output, and what they are worth."""

    @property
    def objective(self) -> float:
        """The program's objective."""
        ...

    @property
    def bound(self) -> float:
        """The best lower bound so far."""
        ...

    @property
    def relative_gap(self) -> float:
        """The relative gap between the objective and the bound that stands behind these weights."""
        ...

    @property
    def newton_steps(self) -> int:
        """Linear systems solved at this lambda."""
        ...


@dataclass(frozen=True)
class Certificate:
    """A lower bound, and what stands behind it.

    Parameters
    ----------
    lower_bound : float
    proven : float
        The best that is proven; the same where that is the lower bound.
    dual : ndarray, shape (n,)
        The vector whose best feasible multiple has this value in the dual.
    starts : int
        0 if the bound is proven; else the starts of a search that found nothing to contradict it.
    """

    lower_bound: float
    proven: float
    dual: np.ndarray
    starts: int = 0


class Program(Protocol):
    """A convex program that can be solved for any y (n,) and lambda."""

    def start(self, y: np.ndarray, lam: float, previous: Any) -> Any:
        """Return the point to start from: a point that was reached at another lambda, or zero, judged at this one."""
        ...

    def iterates(self, y: np.ndarray, point: Any, tol: float, deadline: float) -> Iterator[Any]:
        """Yield ever better points until one is within tol, they improve no more, or time is up."""
        ...

    def network(self, point: Any) -> Any:
        """Return the network of one output that a point stands for."""
        ...

    def certificate(self, point: Any, y: np.ndarray) -> Certificate:
        """Return the bound on the optimum that a point supports, by the residual of its network or one on the way."""
        ...


@dataclass
class Clock:
    """When to stop, and what happened when.

    Parameters
    ----------
    deadline : float
        On the clock of `time.perf_counter`.
    observe : callable
        Shown (Newton steps, points) after every proximal step; returns true to stop.
    """

    deadline: float = math.inf
    observe: Callable[[int, Sequence[Any]], bool] = lambda steps, points: False
    stopped: Ending | None = None
    began: float = field(default_factory=time.perf_counter)


@dataclass(frozen=True)
class Reached:
    """Where the solver ended at one lambda.

    Parameters
    ----------
    lam : float
    points : tuple
        One per output.
    stopped : Ending or None
        Why it was stopped, if from outside.
    seconds : float
    trace : tuple of (seconds, objective, bound)
        Summed over the outputs.
    """

    lam: float
    points: tuple[Any, ...]
    stopped: Ending | None
    seconds: float
    trace: tuple[tuple[float, float, float], ...]


def solve_path(program: Program, Y: np.ndarray, lams: Sequence[float], tol: float, clock: Clock) -> Iterator[Reached]:
    """Yield what is reached at each lambda, in the given order; descending lambdas warm-start well.

    After a stop the lambdas that are left are still yielded: the last weights, judged at them.

    Parameters
    ----------
    program : Program
    Y : ndarray, shape (n, k)
    lams : sequence of float
    tol : float
        Relative gap of every output.
    clock : Clock
    """
    points: list[Any] = [None] * Y.shape[1]
    since = clock.began
    for lam in lams:
        points = [program.start(y, lam, point) for y, point in zip(Y.T, points, strict=True)]
        trace = [_entry(points, since)]
        waiting = list(range(len(points)))
        while waiting and clock.stopped is None:
            output = waiting.pop(0)
            deadline = _share(clock.deadline, len(waiting) + 1)
            try:
                for point in program.iterates(Y[:, output], points[output], SAFETY * tol, deadline):
                    points[output] = _better(point, points[output], tol)
                    trace.append(_entry(points, since))
                    if clock.observe(sum(point.newton_steps for point in points), points):
                        clock.stopped = Ending.TIME
                        break
            except KeyboardInterrupt:
                clock.stopped = Ending.INTERRUPTED
            except MemoryError:
                clock.stopped = Ending.MEMORY
            now = time.perf_counter()
            if now >= clock.deadline:
                clock.stopped = clock.stopped or Ending.TIME
            elif now >= deadline:
                waiting.append(output)  # the others come first; it goes on in the time that they leave
        now = time.perf_counter()
        yield Reached(lam, tuple(points), clock.stopped, now - since, tuple(trace))
        since = now


def _better(point: Any, than: Any, tol: float) -> Any:
    """Return the lower point or, where tol does not tell them apart or proves one of them, that of the smaller gap."""
    proven = min(point.relative_gap, than.relative_gap) <= tol
    alike = max(0.1 * tol, ROUNDING) * than.objective
    if not proven and abs(point.objective - than.objective) > alike:
        return min(point, than, key=lambda one: one.objective)
    return min(point, than, key=lambda one: one.relative_gap)


def _share(deadline: float, outputs: int) -> float:
    """Return when the next output must end, so that those after it have as long."""
    now = time.perf_counter()
    return now + (deadline - now) / outputs


def _entry(points: Sequence[Point], since: float) -> tuple[float, float, float]:
    objective, bound = sum(point.objective for point in points), sum(point.bound for point in points)
    return time.perf_counter() - since, objective, bound
