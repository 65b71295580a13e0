"""The referee: the one place that scores networks and checks bounds; methods are never believed."""

from __future__ import annotations

import math
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from cvxbench.attempt import Claim, Outcome, Status
from cvxbench.networks.patterns import distinct
from cvxbench.networks.problem import Problem
from cvxbench.networks.separable import Separable

SPACING = 1.2  # the referee looks at iterations 1, 2, …, and then at every sixth of what went before
DIVERGED = 10.0  # times the first objective
OVERDUE, LEEWAY = 1.08, 1.0  # times its limit, and seconds after it, that a method has to notice that time is up


class Clock:
    """The wall time of a method; it starts when it is made, and stands still while the referee looks.

    Parameters
    ----------
    limit : float
        Seconds after which every attempt that it times should end.
    """

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self._spent = 0.0
        self._since = time.perf_counter()
        self._deadline: float | None = None

    @contextmanager
    def enforced(self) -> Iterator[None]:
        """Have the system end this process with SIGALRM, whatever it is doing, if the clock goes well past its limit.

        The alarm stands still while the clock does.
        """
        self._deadline = max(OVERDUE * self.limit, self.limit + LEEWAY)
        self._alarm(self._deadline - self.seconds())
        try:
            yield
        finally:
            self._deadline = None
            self._alarm(0.0)

    def _alarm(self, seconds: float) -> None:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, seconds)

    def seconds(self) -> float:
        """Return the wall time of the method so far, without the referee's."""
        return self._spent + time.perf_counter() - self._since

    @contextmanager
    def stopped(self) -> Iterator[float]:
        """Stand still, at the seconds yielded."""
        seconds = self.seconds()
        if self._deadline is not None:
            self._alarm(0.0)
        try:
            yield seconds
        finally:
            self._spent, self._since = seconds, time.perf_counter()
            if self._deadline is not None:
                self._alarm(max(self._deadline - seconds, LEEWAY))


class RefereeWatch:
    """Scores the iterates that a method shows, in float64, while the method's clock stands still.

    Attempts that are trained in one batch share a clock. Iterate 0, if it is shown, sets the first objective; otherwise
    that of the zero network stands for it.
    """

    def __init__(self, problem: Problem, clock: Clock) -> None:
        self._problem, self._clock = problem, clock
        self._next = 1
        self.first = null_objective(problem.Y)
        self.worst = -math.inf
        self.trace: list[tuple[int, float, float]] = []

    def due(self, iteration: int) -> bool:
        """Return whether the referee wants to see this iterate."""
        return iteration >= self._next or self._clock.seconds() > self._clock.limit

    def see(self, iteration: int, network: Separable) -> Outcome | None:
        """Score an iterate; return the outcome to end with if it diverged or time is up."""
        with self._clock.stopped() as seconds:
            value = score(self._problem, network)
            self.trace.append((iteration, seconds, value))
            self._next = max(iteration + 1, math.ceil(iteration * SPACING))
            if iteration == 0:
                self.first = value
            self.worst = max(self.worst, value)
            if not value < DIVERGED * self.first:
                detail = f"objective {value:.2g} at iteration {iteration}, {self.first:.2g} at first"
                return Outcome(network, Status.DIVERGED, detail, iteration)
            if seconds > self._clock.limit:
                detail = f"time limit of {self._clock.limit:g} s"
                return Outcome(network, Status.BUDGET, detail, iteration)
            return None


def score(problem: Problem, network: Separable) -> float:
    """Return the network's objective on the problem's training rows; the largest float where it is not finite."""
    with np.errstate(all="ignore"):
        value = network.objective(problem.X, problem.Y, problem.lam)
    return value if math.isfinite(value) else sys.float_info.max


def null_objective(Y: np.ndarray) -> float:
    """Return the training objective of the zero network, Σ_k ‖Y_k‖²/(2n), for Y of shape (n, k)."""
    return float(0.5 * np.sum(Y**2) / len(Y))


def lower_bound(problem: Problem, network: Separable) -> Claim | None:
    """Return the bound that the network's residual proves on the optimum of a gated problem; None for ReLU.

    The residual, scaled until ‖X'D_p ν‖/n ≤ λ for every pattern p, is a feasible point of the group lasso's dual,
    max ν'y/n − ‖ν‖²/(2n); any feasible point bounds the optimum from below. The bounds of the outputs add up.
    A ReLU network may use patterns that nobody listed: what bounds it is a claim of its method (`Outcome.claim`).
    """
    if problem.network != "gated-relu":
        return None
    active = distinct(problem.X, problem.gates).active
    n = len(problem.X)
    bound = 0.0
    for y, fit in zip(problem.Y.T, network.predict(problem.X).T, strict=True):
        residual = y - fit
        pull = np.linalg.norm(problem.X.T @ (active * residual[:, None]), axis=0).max(initial=0.0)
        scale = np.clip(residual @ y / max(residual @ residual, 1e-300), 0.0, problem.lam * n / max(pull, 1e-300))
        dual = scale * residual
        bound += float((dual @ y - 0.5 * dual @ dual) / n)
    return Claim(bound, starts=0)


def held_out_score(task: str, network: Separable, X: np.ndarray, Y: np.ndarray) -> float:
    """Return the accuracy on test rows, or the mean squared error of a regression on the standardised target.

    Parameters
    ----------
    task : {"regression", "binary", "multiclass"}
    X : ndarray, shape (n, d)
    Y : ndarray, shape (n, k)
    """
    return score_of_fit(task, network.predict(X), Y)


def score_of_fit(task: str, fit: np.ndarray, Y: np.ndarray) -> float:
    """Return the score of outputs `fit` against Y, both of shape (n, k), as `held_out_score` has it."""
    if task == "regression":
        return float(np.mean((fit - Y) ** 2))
    if task == "binary":
        return float(np.mean((fit >= 0.0) == (Y > 0.0)))
    return float(np.mean(fit.argmax(axis=1) == Y.argmax(axis=1)))
