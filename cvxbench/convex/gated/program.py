"""The gated ReLU network's program as the path solver wants it: started, iterated, certified."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cvxbench.convex.certificate import dual_bound
from cvxbench.convex.features import Features
from cvxbench.convex.gated import proximal_point
from cvxbench.convex.gated.proximal_point import Point
from cvxbench.convex.gated.systems import Systems
from cvxbench.convex.path import Certificate
from cvxbench.networks.gated_relu import GatedReLUNetwork
from cvxbench.networks.patterns import Patterns


@dataclass(frozen=True)
class GatedProgram:
    """min_W 1/(2n)‖Σ_p D_p X w_p − y‖² + λ Σ_p ‖w_p‖ for any y and λ; outputs and lambdas share all that depends on X.

    Parameters
    ----------
    X : ndarray, shape (n, d)
    patterns : Patterns
    features : Features
    systems : Systems
    """

    X: np.ndarray
    patterns: Patterns
    features: Features
    systems: Systems

    @classmethod
    def of(cls, X: np.ndarray, patterns: Patterns, memory: float) -> GatedProgram:
        """Prepare the program; its dense matrices may take `memory` bytes."""
        features = Features.of(X, patterns.active)
        return cls(X, patterns, features, Systems(features, memory))

    def start(self, y: np.ndarray, lam: float, previous: Point | None) -> Point:
        """Return the point to start from, judged at `lam`."""
        self.systems.restart()
        return proximal_point.start(self.features, y, lam, previous)

    def iterates(self, y: np.ndarray, point: Point, tol: float, deadline: float) -> Iterator[Point]:
        """Yield ever better points; see `proximal_point.iterates`."""
        return proximal_point.iterates(self.features, self.systems, y, point, tol, deadline)

    def network(self, point: Point) -> GatedReLUNetwork:
        """Return the network that a point stands for."""
        return GatedReLUNetwork.from_program(
            self.patterns.gates[:, point.groups], (point.weights @ self.features.basis).T
        )

    def certificate(self, point: Point, y: np.ndarray) -> Certificate:
        """Return the bound that the residual of the point's network on X proves."""
        residual = y - self.network(point).predict(self.X)
        bound = dual_bound(residual, y, self.features.longest(residual, point.pulls), point.lam)
        return Certificate(bound, bound, residual)
