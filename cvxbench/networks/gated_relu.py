"""The two-layer gated ReLU network with one output: a linear neuron behind each fixed gate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class GatedReLUNetwork:
    """f(x) = Σ_j output_j · 1[gate_j'x ≥ 0] · hidden_j'x; the gates are not trained and not penalised.

    Parameters
    ----------
    gates, hidden : ndarray, shape (d, m)
    output : ndarray, shape (m,)
    """

    gates: np.ndarray
    hidden: np.ndarray
    output: np.ndarray

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return f(X), shape (n,), for X of shape (n, d)."""
        return ((X @ self.hidden) * (X @ self.gates >= 0)) @ self.output

    def penalty(self) -> float:
        """Return ‖hidden‖² + ‖output‖²."""
        return float(np.sum(self.hidden**2) + np.sum(self.output**2))

    @classmethod
    def from_program(cls, gates: np.ndarray, weights: np.ndarray) -> GatedReLUNetwork:
        """Build the network that a solution of the group lasso stands for: hidden w/√‖w‖, output √‖w‖.

        Its objective is that of the program (Mishkin et al. 2022); zero groups are dropped with their gates.

        Parameters
        ----------
        gates, weights : ndarray, shape (d, P)
        """
        norms = np.linalg.norm(weights, axis=0)
        used = norms > 0
        scale = np.sqrt(norms[used])
        return cls(gates=gates[:, used], hidden=weights[:, used] / scale, output=scale)

    def to_program(self) -> np.ndarray:
        """Return the groups w_j = hidden_j · output_j, shape (d, m)."""
        return self.hidden * self.output
