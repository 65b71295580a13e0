"""What the convex engine returns: a network, and the certificate that anyone can recompute from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvxbench.convex.path import Ending
from cvxbench.networks.gated_relu import GatedReLUNetwork
from cvxbench.networks.relu import ReLUNetwork
from cvxbench.networks.separable import Separable


@dataclass(frozen=True)
class Solution:
    """A trained network at one lambda, and how far it can be from the optimum of its program.

    Parameters
    ----------
    network : GatedReLUNetwork, ReLUNetwork, or Separable
        Separable if y had columns. `network.predict(X)` has the shape of y.
    lam : float
    objective : float
        1/(2n)·‖f(X) − y‖² + λ/2·(‖hidden‖² + ‖output‖²), recomputed from the network on X as given, in float64.
    lower_bound : float
        On the optimum over the given patterns, or over all if none were given: the value of `dual`, scaled until it is
        feasible.
    proven_bound : float
        The lower bound itself if it is proven; else the best one that is, 0 if no proof was tried.
    starts : int
        0 if the lower bound is proven: a theorem and float64 arithmetic stand behind it. Else that the scaled vector
        is feasible was searched, from so many starts, and not contradicted.
    dual : ndarray, shape of y
        The network's residual on X or, for a ReLU network over all patterns, one between residuals met on the way.
    seconds : float
        Wall time at this lambda; the first of a path has the set-up in it.
    ending : Ending
    newton_steps : int
    trace : tuple of (seconds, objective, lower bound)
        After each proximal step; the bounds are the best so far.
    """

    network: GatedReLUNetwork | ReLUNetwork | Separable
    lam: float
    objective: float
    lower_bound: float
    proven_bound: float
    starts: int
    dual: np.ndarray
    seconds: float
    ending: Ending
    newton_steps: int
    trace: tuple[tuple[float, float, float], ...]

    @property
    def bound(self) -> str:
        """Return "proven" or "searched": what the lower bound is."""
        return "searched" if self.starts else "proven"

    @property
    def relative_gap(self) -> float:
        """Return (objective − lower_bound)/objective; 0 if both are 0."""
        return (self.objective - self.lower_bound) / self.objective if self.objective > 0.0 else 0.0

    @property
    def certified(self) -> bool:
        """Return whether the relative gap is within the tolerance that was asked for."""
        return self.ending is Ending.CERTIFIED

    @property
    def status(self) -> str:
        """Return in a sentence how training ended, with the gap and what stands behind it."""
        behind = f"searched from {self.starts} starts" if self.starts else "proven"
        return f"{self.ending.value} (relative gap {self.relative_gap:.1e}, {behind})"
