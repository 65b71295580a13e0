"""What the ReLU network's program owes to the table and the patterns alone: outputs and lambdas share it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cvxbench.convex.cones.projection import Cones
from cvxbench.convex.features import Features


@dataclass(frozen=True)
class Groups:
    """The groups of min 1/(2n)‖Σ_g D_g X (v_g − w_g) − y‖² + λ Σ (‖v_g‖ + ‖w_g‖), every group in its pattern's cone.

    The P groups v come first, then the P groups w: G = 2P groups in all.

    Parameters
    ----------
    features : Features
        Of the gated program, which lacks the cones; r columns.
    cones : Cones
        In the coordinates of the features.
    memory : float
        Bytes that the dense matrices of one Newton step may take.
    """

    features: Features
    cones: Cones
    memory: float

    @classmethod
    def of(cls, X: np.ndarray, active: np.ndarray, memory: float) -> Groups:
        """Return the groups of a table X (n, d) and patterns `active` (n, P)."""
        features = Features.of(X, active)
        return cls(features, Cones.of(features.X, active), memory)

    @property
    def shape(self) -> tuple[int, int]:
        """Return G and r."""
        return len(self.which), self.features.X.shape[1]

    @property
    def unit(self) -> float:
        """The scale of a proximal step."""
        return len(self.features.X) / self.features.scale

    @cached_property
    def which(self) -> np.ndarray:
        """The pattern of each group, shape (G,)."""
        return np.tile(np.arange(len(self.features.active)), 2)

    @cached_property
    def signs(self) -> np.ndarray:
        """+1 for the groups v, −1 for w, shape (G,)."""
        return np.repeat([1.0, -1.0], len(self.features.active))

    def gates(self, patterns: np.ndarray) -> np.ndarray:
        """Return these patterns (k,), which may repeat, as floats, shape (k, n)."""
        return self.features.active[patterns].astype(float)

    def pulls(self, residual: np.ndarray) -> np.ndarray:
        """Return ±X'D_g r for every group, shape (G, r), for r of shape (n,)."""
        pulls = self.features.correlate(residual)
        return np.vstack([pulls, -pulls])

    def pulls_on(self, chosen: np.ndarray, residual: np.ndarray) -> np.ndarray:
        """Return ±X'D_g r for the groups `chosen`, shape (k, r)."""
        if 2 * len(chosen) > len(self.which):
            return self.pulls(residual)[chosen]
        pulls = self.gates(self.which[chosen]) @ (self.features.X * residual[:, None])
        return pulls * self.signs[chosen, None]

    def fitted(self, groups: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return Σ_g ±D_g X w_g, shape (n,), for weights (k, r) of some groups (k,)."""
        return self.features.combine(self.gates(self.which[groups]), weights * self.signs[groups, None])
