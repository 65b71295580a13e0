"""The weights of many runs side by side, and their gradients by few products for each seed."""

from __future__ import annotations

import numpy as np
import torch

from cvxbench.networks.gated_relu import GatedReLUNetwork
from cvxbench.networks.relu import ReLUNetwork
from cvxbench.nonconvex.gradients.gated import Gated
from cvxbench.nonconvex.gradients.relu import ReLU
from cvxbench.nonconvex.gradients.rows import Rows


class Batch:
    """S × M single-output networks of width m on d columns.

    What a seed's members share, rows and gates, comes once in every product.

    Parameters
    ----------
    weights : Tensor, shape (S, d + 1, M, m)
        The hidden layer's d rows, then the output layer.
    lam : Tensor, shape (M, 1)
    """

    def __init__(self, weights: torch.Tensor, lam: torch.Tensor) -> None:
        self.weights, self.lam = weights, lam
        self.gradient = torch.empty_like(weights)
        self._losses: dict[int, Gated | ReLU] = {}

    def differentiate(self, rows: Rows, decay: bool) -> None:
        """Write the gradient of each network's 1/(2b)·‖f(X) − y‖², plus λ/2·‖weights‖² if `decay`, into `gradient`."""
        b = rows.X.shape[1]
        if b not in self._losses:
            loss = ReLU if rows.active is None else Gated
            self._losses[b] = loss(self.weights, self.gradient, b)
        self._losses[b].differentiate(rows)
        if decay:
            self.gradient.addcmul_(self.weights, self.lam)

    def select(self, members: torch.Tensor) -> Batch:
        """Return a copy with these members only."""
        return Batch(self.weights[:, :, members], self.lam[members])

    def network(self, seed: int, member: int, gates: np.ndarray | None) -> ReLUNetwork | GatedReLUNetwork:
        """Return a copy of one network in float64, as the referee scores it."""
        weights = self.weights[seed, :, member].double().numpy(force=True)
        hidden, output = weights[:-1].copy(), weights[-1].copy()
        return ReLUNetwork(hidden, output) if gates is None else GatedReLUNetwork(gates, hidden, output)


def start(outputs: int, d: int, m: int, seed: int) -> torch.Tensor:
    """Draw the weights of a run as `torch.nn.Linear` does: uniform on ±1/√fan-in, d and then m; float64.

    Returns
    -------
    weights : Tensor, shape (d + 1, outputs, m)
        As `Batch` takes a seed's.
    """
    generator = torch.Generator().manual_seed(seed)

    def uniform(size: int, fan_in: int) -> torch.Tensor:
        bound = fan_in**-0.5
        return torch.empty(outputs, size, dtype=torch.float64).uniform_(-bound, bound, generator=generator)

    hidden, output = uniform(d * m, d), uniform(m, m)
    return torch.cat([hidden.view(outputs, d, m), output[:, None]], dim=1).movedim(0, 1).contiguous()
