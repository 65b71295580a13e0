"""Which of four linear systems solves a Newton step: the cheapest by a count of operations, the next if it fails."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from cvxbench.convex.dense import Solve
from cvxbench.convex.features import Features
from cvxbench.convex.gated import nystrom, row_space, weight_space
from cvxbench.convex.gated.jacobian import Answer, Jacobian, conjugate_gradients

FEW_ROWS = 150  # below, float32 gains nothing
MANY_ROWS = 400  # from here on, a low-rank approximation can pay
ACCEPTABLE = {"n32": 1e-1, "nystrom": 2e-1}  # relative residuals that still make a good Newton step
MANY_CALLS = 1e7  # what the small products of the low-rank approximation cost besides
LEAST_ITERATIONS = 3  # of conjugate gradients with it, expected before it was tried
FLOAT32 = 0.5  # the cost of an operation in float32, of one in float64
AGAIN, AGAIN_TOLERANCE = 5, 1e-2  # conjugate gradient steps, and their relative residual, with the last preconditioner


class Systems:
    """Solves Newton steps, and remembers what the last ones cost.

    Parameters
    ----------
    features : Features
    memory : float
        Bytes that one dense matrix and its copies may take.
    """

    def __init__(self, features: Features, memory: float = 8e9) -> None:
        n, _, _ = features.shape
        self._features = features
        self.gram = weight_space.Gram(features)
        self._memory = memory
        self._largest_rank = min(int(memory / (16 * n)), max(n // 2, 1)) if n else 1
        self._least_rank = min(n // 10, self._largest_rank)
        self.restart()

    def restart(self) -> None:
        """Forget what failed: a new lambda is a new problem."""
        self._limits = {"n32": math.inf, "nystrom": math.inf}
        self._rank = self._least_rank
        self._iterations = LEAST_ITERATIONS
        self._draws = 0
        self._last: tuple[float, np.ndarray, Solve] | None = None

    def step(self, jacobian: Jacobian, gradient: np.ndarray) -> np.ndarray | None:
        """Return a descent direction s with H s ≈ −gradient, shape (n,); None if no system gave one."""
        if not len(jacobian.groups):
            return -gradient / len(gradient)
        step = self._again(jacobian, gradient)
        if step is not None:
            return step
        for name in self._order(jacobian):
            step = self._solve(name, jacobian, gradient)
            if name != "nystrom":
                self._age()
            if step is not None and step @ gradient < 0.0:
                return step
        return None

    def _age(self) -> None:
        """Believe less of what the last low-rank approximation cost: one costly step must not rule it out for good."""
        self._rank = max(self._rank // 2, min(self._least_rank, self._rank))
        self._iterations = max(self._iterations // 2, LEAST_ITERATIONS)

    def _again(self, jacobian: Jacobian, gradient: np.ndarray) -> np.ndarray | None:
        """Return a descent direction by the last preconditioner, if it was of this σ and these groups, and serves."""
        last, self._last = self._last, None
        if last is None or last[0] != jacobian.sigma or not np.array_equal(last[1], jacobian.groups):
            return None
        answer = conjugate_gradients(jacobian.times, -gradient, last[2], AGAIN_TOLERANCE, AGAIN)
        if answer.error >= ACCEPTABLE["n32"] or answer.x @ gradient >= 0.0:
            return None
        self._last = last
        return answer.x

    def _solve(self, name: str, jacobian: Jacobian, gradient: np.ndarray) -> np.ndarray | None:
        if name == "weights":
            return weight_space.solve(jacobian, gradient, self.gram)
        if name == "n64":
            return row_space.solve64(jacobian, gradient)
        answer: Answer | None
        if name == "n32":
            answer = row_space.solve32(jacobian, gradient)
            if answer is None:
                self._limits["n32"] = jacobian.sigma
        else:
            self._draws += 1
            random = np.random.default_rng(self._draws)
            answer, self._rank = nystrom.solve(jacobian, gradient, self._largest_rank, random)
            if answer is not None:
                self._iterations = answer.iterations
            if answer is None or answer.error >= ACCEPTABLE["nystrom"]:
                self._limits["nystrom"] = jacobian.sigma
        if answer is None or answer.error >= ACCEPTABLE[name]:
            return None
        self._last = jacobian.sigma, jacobian.groups, answer.precondition
        return answer.x

    def _order(self, jacobian: Jacobian) -> Iterator[str]:
        """Yield the systems that fit into memory, cheapest first, then those that fail least."""
        costs = self._costs(jacobian)
        first = min(costs, key=lambda name: costs[name])
        yield first
        for name in ("n32", "n64", "weights", "nystrom"):
            if name != first and name in costs and not (first == "n64" and name == "n32"):
                yield name

    def _costs(self, jacobian: Jacobian) -> dict[str, float]:
        """Return system → operations in float64, for the systems that fit into memory."""
        n, r, _ = self._features.shape
        k = len(jacobian.groups)
        kr = float(k * r)
        rank, sigma = self._rank, jacobian.sigma
        costs = {}
        if 8.0 * kr * (4 * kr + 2 * n) <= self._memory:
            fresh = self.gram.missing(jacobian.groups) * r
            costs["weights"] = kr**3 / 3 + 40 * kr**2 + n * fresh * (2.0 * kr - fresh + 4)
        dense = 2.0 * n * n * k + n**3 / 3
        if 8 * 3.0 * n * n <= self._memory:
            costs["n64"] = dense + 60.0 * n * n
            if n >= FEW_ROWS and sigma < self._limits["n32"]:
                costs["n32"] = FLOAT32 * dense + 60.0 * n * n
        if n >= MANY_ROWS and sigma < self._limits["nystrom"]:
            build = FLOAT32 * 2.0 * n * rank * (2 * k + rank) + n * k * (k + 2.0 * r) + (k + rank) ** 3 / 3
            costs["nystrom"] = MANY_CALLS + build + self._iterations * 8.0 * n * (kr + k + rank)
        return costs or {"nystrom": 0.0}
