"""The clock and the judge: when a solver's weights come within the target, and what they prove themselves.

The clock is the processor's, of one thread: on an idle core the wall time, and on a shared one still the solver's own.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.cases import Instance
from cvxbench.bench import referee
from cvxbench.networks.gated_relu import GatedReLUNetwork
from cvxbench.networks.problem import Problem
from cvxbench.networks.relu import ReLUNetwork
from cvxbench.networks.separable import Separable

Network = GatedReLUNetwork | ReLUNetwork
TARGET = 1e-4  # relative gap
SPACING = 1.05  # a watched solver is looked at whenever its time has grown by this factor


@dataclass(frozen=True)
class Verdict:
    """What the referee says of a network.

    Parameters
    ----------
    objective : float
    lower_bound : float
        On the optimum, proven by the residual of this very network.
    """

    objective: float
    lower_bound: float

    @property
    def own_gap(self) -> float:
        """The relative gap that the network certifies itself."""
        return (self.objective - self.lower_bound) / self.objective


@dataclass(frozen=True)
class Answer:
    """How one solve ended.

    Parameters
    ----------
    network : GatedReLUNetwork, ReLUNetwork or None
        The first one seen within the target, else the last one; None if there was none.
    seconds, wall_seconds : float
        Processor and wall time until that network, without the judge's.
    detail : str
        Iterations or tolerance.
    """

    network: Network | None
    seconds: float
    wall_seconds: float
    detail: str = ""


class Finished(Exception):
    """Raised into a watched solver when it has reached the target or its time is up."""


class Watch:
    """Looks at the iterates of a running solver while its clock stands still.

    Parameters
    ----------
    build : function of weights
        Returns the network that they stand for.
    reached : function of weights
        Returns whether they are within the target.
    limit : float
        Seconds of processor time.

    Attributes
    ----------
    spent : float
        Seconds of processor time until the latest look.
    """

    def __init__(
        self, build: Callable[[np.ndarray], Network], reached: Callable[[np.ndarray], bool], limit: float
    ) -> None:
        self._build, self._reached, self._limit = build, reached, limit
        self._next = 0.0
        self._looks = 0
        self._weights: np.ndarray | None = None
        self.spent = self._spent_wall = 0.0
        self._since, self._since_wall = time.process_time(), time.perf_counter()

    def due(self) -> bool:
        """Return whether the judge wants to see the next iterate."""
        return self.spent + time.process_time() - self._since >= self._next

    def show(self, weights: np.ndarray) -> None:
        """Look at weights.

        Raises
        ------
        Finished
            If they are within the target, or the time is up.
        """
        self.spent += time.process_time() - self._since
        self._spent_wall += time.perf_counter() - self._since_wall
        self._next = self.spent * SPACING
        self._looks += 1
        self._weights = weights
        if self._reached(weights) or self.spent > self._limit:
            raise Finished
        self._since, self._since_wall = time.process_time(), time.perf_counter()

    def answer(self, detail: str) -> Answer:
        """Return what the last look saw."""
        network = None if self._weights is None else self._build(self._weights)
        return Answer(network, self.spent, self._spent_wall, f"{detail}, {self._looks} looks")


def gated_watch(instance: Instance, limit: float) -> Watch:
    """Return a watch on groups of shape (d, P), until their own residual proves the target."""
    return Watch(
        build=lambda weights: network_of(instance, weights),
        reached=lambda weights: judge(instance, network_of(instance, weights)).own_gap <= TARGET,
        limit=limit,
    )


def network_of(instance: Instance, weights: np.ndarray) -> GatedReLUNetwork:
    """Return the network of the groups `weights`, shape (d, P), in float64."""
    return GatedReLUNetwork.from_program(instance.gates, np.asarray(weights, dtype=float))


def above(objective: float, bound: float) -> float:
    """Return how far an objective can be above the optimum, relative to the objective."""
    return (objective - bound) / objective


def judge(instance: Instance, network: Network) -> Verdict:
    """Return the referee's objective and the bound that the network's residual proves, which is nan for ReLU."""
    kind = "gated-relu" if isinstance(network, GatedReLUNetwork) else "relu"
    problem = Problem(instance.X, instance.y[:, None], instance.lam, kind, instance.gates)
    parts = Separable((network,))
    claim = referee.lower_bound(problem, parts)
    return Verdict(referee.score(problem, parts), math.nan if claim is None else claim.lower_bound)
