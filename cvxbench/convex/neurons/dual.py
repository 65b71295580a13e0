"""A vector of the dual: what it bounds the optimum by, as far as the neurons that it wants most are known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cvxbench.convex.certificate import TINY, dual_bound
from cvxbench.convex.neurons.directions import Directions
from cvxbench.convex.neurons.space import Space


@dataclass(frozen=True)
class Dual:
    """A vector, and the largest value that searches have found for it; scaled by that it is feasible.

    Parameters
    ----------
    vector : ndarray, shape (n,)
    largest : float
        max s·v'(Xu)₊/n over the unit ball, as found so far.
    starts, searches : int
        That a claim has made at it.
    """

    vector: np.ndarray
    largest: float = 0.0
    starts: int = 0
    searches: int = 0

    def bound(self, y: np.ndarray, lam: float) -> float:
        """Return the lower bound on the optimum, if nothing larger is there to be found."""
        return dual_bound(self.vector, y, self.largest * len(y), lam)

    def gap(self, objective: float, y: np.ndarray, lam: float) -> float:
        """Return the relative gap between an objective and the bound."""
        return (objective - self.bound(y, lam)) / objective if objective > 0.0 else 0.0

    def knowing(self, space: Space, found: Directions) -> Dual:
        """Return it with what neurons found elsewhere are worth to it."""
        return replace(self, largest=max(self.largest, float(found.valued(space, self.vector).values.max())))

    def searched(self, largest: float, starts: int) -> Dual:
        """Return it after one more search, of so many starts."""
        return Dual(self.vector, max(self.largest, largest), self.starts + starts, self.searches + 1)

    def mixed(self, residual: np.ndarray, share: float, lam: float) -> np.ndarray:
        """Return the mixture of a residual with a share of the vector, scaled until nothing known exceeds λ."""
        return share * min(lam / max(self.largest, TINY), 1.0) * self.vector + (1.0 - share) * residual
