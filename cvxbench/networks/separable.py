"""Networks with several outputs whose hidden neurons each feed one output, and the one objective all are judged by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvxbench.networks.gated_relu import GatedReLUNetwork
from cvxbench.networks.relu import ReLUNetwork


@dataclass(frozen=True)
class Separable:
    """One single-output network per column of the target; regression and binary tasks have one.

    Parameters
    ----------
    parts : tuple of networks, length k
    """

    parts: tuple[ReLUNetwork | GatedReLUNetwork, ...]

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return f(X), shape (n, k), for X of shape (n, d)."""
        return np.column_stack([part.predict(X) for part in self.parts])

    def objective(self, X: np.ndarray, Y: np.ndarray, lam: float) -> float:
        """Return Σ_k 1/(2n)·‖f_k(X) − Y_k‖² + λ/2·(‖hidden_k‖² + ‖output_k‖²) in float64.

        Parameters
        ----------
        X : ndarray, shape (n, d)
        Y : ndarray, shape (n, k)
        lam : float
        """
        residual = self.predict(X) - Y
        penalty = sum(part.penalty() for part in self.parts)
        return float(0.5 * np.sum(residual**2) / len(X) + 0.5 * lam * penalty)

    def neurons(self) -> int:
        """Return the largest number of neurons that any one output has."""
        return max(part.output.size for part in self.parts)
