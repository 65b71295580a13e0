"""The weights of many runs side by side, and their gradients by one batched product for each layer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from cvxbench.networks.gated_relu import GatedReLUNetwork
from cvxbench.networks.relu import ReLUNetwork


@dataclass(frozen=True)
class Rows:
    """Mini-batches of M members, each its own rows of the table.

    Parameters
    ----------
    X : Tensor, shape (M, b, d)
    y : Tensor, shape (M, 1, b)
    active : Tensor, shape (M, b, m), or None
        1[X gates ≥ 0] of a gated network; None for ReLU, whose neurons gate themselves.
    """

    X: torch.Tensor
    y: torch.Tensor
    active: torch.Tensor | None


class Batch:
    """M single-output networks of width m on d columns, one a row of `weights`.

    Parameters
    ----------
    weights : Tensor, shape (M, (d + 1)·m)
        Of each member the hidden layer (d × m), then the output layer (m).
    lam : Tensor, shape (M, 1)
    d : int
    """

    def __init__(self, weights: torch.Tensor, lam: torch.Tensor, d: int) -> None:
        self.weights, self.lam = weights, lam
        self.gradient = torch.empty_like(weights)
        self._d = d
        self._space = weights.new_empty(0)
        self._hidden, self._output = self._layers(weights)
        self._hidden_gradient, self._output_gradient = self._layers(self.gradient)

    def _layers(self, flat: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        members, size = flat.shape
        m = size // (self._d + 1)
        return flat[:, : self._d * m].view(members, self._d, m), flat[:, self._d * m :].view(members, 1, m)

    def differentiate(self, rows: Rows, decay: bool) -> None:
        """Write the gradient of each member's 1/(2b)·‖f(X) − y‖², plus λ/2·‖weights‖² if `decay`, into `gradient`."""
        fired, back = self._scratch(rows)
        torch.bmm(rows.X, self._hidden, out=fired)
        if rows.active is None:
            fired.relu_()
        else:
            fired.mul_(rows.active)
        residual = torch.baddbmm(rows.y, self._output, fired.mT, beta=-1).div_(rows.y.shape[2])
        self._write(self._output_gradient, torch.bmm(residual, fired), self._output if decay else None)
        gate = fired.sign_() if rows.active is None else rows.active
        torch.mul(residual.mT, self._output, out=back).mul_(gate)
        self._write(self._hidden_gradient, torch.bmm(rows.X.mT, back), self._hidden if decay else None)

    def _scratch(self, rows: Rows) -> torch.Tensor:
        """Return two arrays of shape (M, b, m); fresh ones, at every step, would cost as much as the products."""
        members, b, _ = rows.X.shape
        shape = (2, members, b, self._output.shape[2])
        if self._space.numel() < math.prod(shape):
            self._space = self.weights.new_empty(math.prod(shape))
        return self._space[: math.prod(shape)].view(shape)

    def _write(self, gradient: torch.Tensor, product: torch.Tensor, decayed: torch.Tensor | None) -> None:
        if decayed is None:
            gradient.copy_(product)
        else:
            torch.addcmul(product, decayed, self.lam[:, :, None], out=gradient)

    def select(self, members: torch.Tensor) -> Batch:
        """Return a copy with these members only."""
        return Batch(self.weights[members], self.lam[members], self._d)

    def network(self, member: int, gates: np.ndarray | None) -> ReLUNetwork | GatedReLUNetwork:
        """Return a copy of one member in float64, as the referee scores it."""
        hidden = self._hidden[member].double().numpy(force=True).copy()
        output = self._output[member, 0].double().numpy(force=True).copy()
        return ReLUNetwork(hidden, output) if gates is None else GatedReLUNetwork(gates, hidden, output)


def start(outputs: int, d: int, m: int, seed: int) -> torch.Tensor:
    """Draw the weights of a run as `torch.nn.Linear` does: uniform on ±1/√fan-in, d and then m; float64.

    Returns
    -------
    weights : Tensor, shape (outputs, (d + 1)·m)
    """
    generator = torch.Generator().manual_seed(seed)

    def uniform(size: int, fan_in: int) -> torch.Tensor:
        bound = fan_in**-0.5
        return torch.empty(outputs, size, dtype=torch.float64).uniform_(-bound, bound, generator=generator)

    return torch.cat([uniform(d * m, d), uniform(m, m)], dim=1)
