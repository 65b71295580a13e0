"""An iterate of the gated program: weights, dual variable, and what they are worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvxbench.convex.features import Pulls


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
    pulls : Pulls
        A'v for v = −nξ or for what comes to be the same, the residual.
    sigma : float
    objective : float
    bound : float
        The best lower bound of the iterates so far at this lambda.
    own_bound : float
        The lower bound that v proves.
    newton_steps : int
        So far at this lambda.
    """

    lam: float
    groups: np.ndarray
    weights: np.ndarray
    xi: np.ndarray
    pulls: Pulls
    sigma: float
    objective: float
    bound: float
    own_bound: float
    newton_steps: int = 0

    @property
    def pulled(self) -> np.ndarray:
        """Return A'ξ, shape (P, r), to single precision and as near as v is to −nξ."""
        return self.pulls.rows / -len(self.xi)

    @property
    def relative_gap(self) -> float:
        """Return the relative gap between the objective and the bound that v proves."""
        return (self.objective - self.own_bound) / self.objective if self.objective > 0.0 else 0.0
