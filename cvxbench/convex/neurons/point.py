"""A network of one output as signed neurons, and what it is worth."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from cvxbench.convex.neurons.directions import Directions
from cvxbench.convex.neurons.neurons import Neurons


@dataclass(frozen=True)
class Point:
    """Neurons, their objective, and a lower bound on the optimum.

    Parameters
    ----------
    lam : float
    neurons : Neurons
        In the coordinates of the space.
    objective : float
        1/(2n)‖f(X) − y‖² + λΣ‖w_j‖.
    bound, own_bound : float
        The lower bound of the dual vector; 0, which is one, while the searches that it needs have not been made.
    dual : ndarray, shape (n,), or None
        The residual v, or one between residuals met on the way; None while the searches have not been made.
    largest : float
        max s·v'(Xu)₊ over the unit ball, as searched or proven.
    starts : int
        Of the searches that found nothing larger; 0 if `largest` is proven.
    proven_bound : float
        The best lower bound that is proven; 0, which is one, if no proof was tried.
    newton_steps : int
    pool : Directions or None
        Local maxima to begin the search at another lambda with.
    """

    lam: float
    neurons: Neurons
    objective: float
    bound: float = 0.0
    own_bound: float = 0.0
    dual: np.ndarray | None = field(default=None, repr=False)
    largest: float = math.inf
    starts: int = 0
    proven_bound: float = 0.0
    newton_steps: int = 0
    pool: Directions | None = field(default=None, repr=False)

    @property
    def relative_gap(self) -> float:
        """Return the relative gap between the objective and the bound."""
        return (self.objective - self.own_bound) / self.objective if self.objective > 0.0 else 0.0
