"""An iterate of the ReLU network's program: weights in their cones, dual variable, and what they are worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvxbench.convex.cones.projection import Projections


@dataclass(frozen=True)
class Point:
    """An iterate, with what the next step or the next lambda starts from.

    Parameters
    ----------
    lam : float
    groups : ndarray of int, shape (k,)
    weights : ndarray, shape (k, r)
        The nonzero groups, in the coordinates of the features.
    xi : ndarray, shape (n,)
    sigma : float
        Of the proximal step that led here; of the first one, at the start.
    near : Projections
        Of points close to the next ones that are projected: where the search for facets begins.
    objective : float
    bound : float
        The best lower bound of the iterates so far at this lambda.
    own_bound : float
        The lower bound that the residual of these weights proves; 0, which is one, while it is not worth computing.
    newton_steps : int
        So far at this lambda.
    """

    lam: float
    groups: np.ndarray
    weights: np.ndarray
    xi: np.ndarray
    sigma: float
    near: Projections
    objective: float
    bound: float
    own_bound: float
    newton_steps: int = 0

    @property
    def relative_gap(self) -> float:
        """Return the relative gap between the objective and the bound that the residual proves."""
        return (self.objective - self.own_bound) / self.objective if self.objective > 0.0 else 0.0

    def dense(self, G: int) -> np.ndarray:
        """Return the weights of all G groups, shape (G, r)."""
        W = np.zeros((G, self.weights.shape[1]))
        W[self.groups] = self.weights
        return W
