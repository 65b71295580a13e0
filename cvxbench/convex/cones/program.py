"""The ReLU network's program over given patterns as the path solver wants it: started, iterated, certified."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np

from cvxbench.convex.certificate import dual_bound
from cvxbench.convex.cones import proximal_point
from cvxbench.convex.cones.certificate import longest
from cvxbench.convex.cones.groups import Groups
from cvxbench.convex.cones.point import Point
from cvxbench.convex.cones.projection import Cones, Projections
from cvxbench.convex.path import Certificate
from cvxbench.networks.patterns import Patterns
from cvxbench.networks.relu import ReLUNetwork

BLOCK = 2e6  # entries of the patterns whose bounds are computed at a time


@dataclass(frozen=True)
class ConeProgram:
    """min 1/(2n)‖Σ_p D_p X (v_p − w_p) − y‖² + λ Σ_p (‖v_p‖ + ‖w_p‖) with (2D_p − I)X v_p ≥ 0, and so for w_p.

    It is solved for any y and λ; outputs and lambdas share all that depends on X (Pilanci and Ergen 2020, eq. 8).

    Parameters
    ----------
    X : ndarray, shape (n, d)
    groups : Groups
    cones : Cones
        In the coordinates of X, for the certificate.
    """

    X: np.ndarray
    groups: Groups
    cones: Cones

    @classmethod
    def of(cls, X: np.ndarray, patterns: Patterns, memory: float) -> ConeProgram:
        """Prepare the program; its dense matrices may take `memory` bytes."""
        return cls(X, Groups.of(X, patterns.active, memory), Cones.of(X, patterns.active))

    def start(self, y: np.ndarray, lam: float, previous: Point | None) -> Point:
        """Return the point to start from, judged at `lam`."""
        return proximal_point.start(self.groups, y, lam, previous)

    def iterates(self, y: np.ndarray, point: Point, tol: float, deadline: float) -> Iterator[Point]:
        """Yield ever better points; see `proximal_point.iterates`."""
        return proximal_point.iterates(self.groups, y, point, tol, deadline)

    def network(self, point: Point) -> ReLUNetwork:
        """Return the network that a point stands for."""
        weights = (point.weights @ self.groups.features.basis).T
        positive = self.groups.signs[point.groups] > 0
        return ReLUNetwork.from_program(weights[:, positive], weights[:, ~positive])

    def certificate(self, point: Point, y: np.ndarray) -> Certificate:
        """Return the bound that the residual of the point's network proves."""
        network = self.network(point)
        bound = self.lower_bound(network, y, point.lam)
        return Certificate(bound, bound, y - network.predict(self.X))

    def lower_bound(self, network: ReLUNetwork, y: np.ndarray, lam: float) -> float:
        """Return the bound on the optimum that the network's own residual r on X proves.

        r is scaled until ‖proj(±X'D_p r)‖ ≤ λn on the cone of every pattern, which is feasible in the dual. Lengths of
        projections are computed from above, so the bound holds whatever their accuracy.
        """
        n, P = self.X.shape[0], len(self.cones.signs)
        residual = y - network.predict(self.X)
        weighted = self.X * residual[:, None]
        largest = 0.0
        for block in np.array_split(np.arange(P), ceil(n * P / BLOCK)):
            pulls = self.groups.gates(block) @ weighted
            z = np.vstack([pulls, -pulls])
            nothing, limit = Projections.none(*z.shape), max(lam * n, largest)
            found, _ = longest(self.cones, np.tile(block, 2), z, nothing, limit)
            largest = max(largest, found)
        return dual_bound(residual, y, largest, lam)
