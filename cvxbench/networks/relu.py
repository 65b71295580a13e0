"""The two-layer ReLU network with one output, and its objective."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ReLUNetwork:
    """f(x) = Σ_j output_j · max(0, hidden_j'x).

    Parameters
    ----------
    hidden : ndarray, shape (d, m)
    output : ndarray, shape (m,)
    """

    hidden: np.ndarray
    output: np.ndarray

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return f(X), shape (n,), for X of shape (n, d)."""
        return np.maximum(X @ self.hidden, 0.0) @ self.output

    def penalty(self) -> float:
        """Return ‖hidden‖² + ‖output‖²."""
        return float(np.sum(self.hidden**2) + np.sum(self.output**2))

    @classmethod
    def from_program(cls, positive: np.ndarray, negative: np.ndarray) -> ReLUNetwork:
        """Build the network that a solution of the convex program stands for.

        A group v is one neuron, split so that both layers pay the same: hidden v/√‖v‖, output ±√‖v‖. The network's
        objective is then that of the program (Mishkin et al. 2022); zero groups are dropped.

        Parameters
        ----------
        positive, negative : ndarray, shape (d, P)
            The groups v_i and w_i, column by column.
        """
        groups = np.hstack([positive, negative])
        signs = np.repeat([1.0, -1.0], [positive.shape[1], negative.shape[1]])
        norms = np.linalg.norm(groups, axis=0)
        used = norms > 0
        scale = np.sqrt(norms[used])
        return cls(hidden=groups[:, used] / scale, output=signs[used] * scale)

    def to_program(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the groups (positive, negative), shapes (d, ·): each neuron's hidden·|output|, by output sign."""
        groups = self.hidden * np.abs(self.output)
        return groups[:, self.output > 0], groups[:, self.output < 0]
