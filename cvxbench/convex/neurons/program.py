"""The ReLU network's program over all activation patterns as the path solver wants it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from cvxbench.convex.certificate import dual_bound
from cvxbench.convex.neurons import training
from cvxbench.convex.neurons.neurons import Neurons
from cvxbench.convex.neurons.oracle import Oracle
from cvxbench.convex.neurons.point import Point
from cvxbench.convex.neurons.space import Space
from cvxbench.convex.path import Certificate
from cvxbench.networks.relu import ReLUNetwork


@dataclass(frozen=True)
class NeuronProgram:
    """min over neurons w_j and signs s_j, any number of them, of 1/(2n)‖Σ s_j (Xw_j)₊ − y‖² + λ Σ‖w_j‖.

    That is the ReLU network's regularised objective (Neyshabur et al. 2015), convex in the measure Σ s_j‖w_j‖δ_{w_j}
    (Bach 2017), and equal to the program over all activation patterns (Pilanci and Ergen 2020). Outputs and lambdas
    share what depends on X.

    Parameters
    ----------
    table : ndarray, shape (n, d)
    space : Space
    seed : int
        Of every search.
    rounds : int or None
        After so many, what is reached is judged as it is.
    """

    table: np.ndarray
    space: Space
    seed: int
    rounds: int | None = None

    @classmethod
    def of(cls, table: np.ndarray, seed: int, memory: float, rounds: int | None = None) -> NeuronProgram:
        """Prepare the program on a table (n, d); its dense matrices may take `memory` bytes."""
        return cls(table, Space.of(table, memory), seed, rounds)

    def start(self, y: np.ndarray, lam: float, previous: Point | None) -> Point:
        """Return the zero network, or the one reached at another lambda, with its objective at this one."""
        if previous is None:
            return training.unjudged(self.space, y, lam, Neurons.none(self.space.shape[1]))
        return replace(training.unjudged(self.space, y, lam, previous.neurons), pool=previous.pool)

    def iterates(self, y: np.ndarray, point: Point, tol: float, deadline: float) -> Iterator[Point]:
        """Yield ever better points; see `training.iterates`."""
        oracle = Oracle(self.space, np.random.default_rng(self.seed), point.pool)
        return training.iterates(self.space, y, point, oracle, tol, deadline, self.rounds)

    def network(self, point: Point) -> ReLUNetwork:
        """Return the network that a point stands for."""
        weights = (point.neurons.weights @ self.space.basis).T
        positive = point.neurons.signs > 0
        return ReLUNetwork.from_program(weights[:, positive], weights[:, ~positive])

    def certificate(self, point: Point, y: np.ndarray) -> Certificate:
        """Return the bound that the point's dual vector supports; 0 if it has not been searched."""
        if point.dual is None:
            return Certificate(0.0, 0.0, y)
        bound = dual_bound(point.dual, y, point.largest, point.lam)
        proven = min(point.proven_bound, bound) if point.starts else bound
        return Certificate(max(min(bound, point.own_bound), 0.0), max(proven, 0.0), point.dual, point.starts)
