"""The weights of many runs side by side, and their gradients by two products for each seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from cvxbench.networks.gated_relu import GatedReLUNetwork
from cvxbench.networks.relu import ReLUNetwork


@dataclass(frozen=True)
class Rows:
    """A mini-batch for each of S seeds, which all M members of the seed share.

    Parameters
    ----------
    X : Tensor, shape (S, b, d)
    y : Tensor, shape (S, k, b)
        Of the k outputs, which the members take in turn.
    active : Tensor, shape (S, m, b), or None
        1[X gates ≥ 0]ᵀ of a gated network; None for ReLU, whose neurons gate themselves.
    """

    X: torch.Tensor
    y: torch.Tensor
    active: torch.Tensor | None


class Batch:
    """S × M single-output networks of width m on d columns.

    What the seeds and members share comes once in every product: the hidden weights of a seed's members lie side by
    side as one d × (M·m) matrix, and with it a mini-batch is multiplied.

    Parameters
    ----------
    weights : Tensor, shape (S, d + 1, M, m)
        The hidden layer's d rows, then the output layer.
    lam : Tensor, shape (M, 1)
    """

    def __init__(self, weights: torch.Tensor, lam: torch.Tensor) -> None:
        self.weights, self.lam = weights, lam
        self.gradient = torch.empty_like(weights)
        self._space = weights.new_empty(0)

    def differentiate(self, rows: Rows, decay: bool) -> None:
        """Write the gradient of each network's 1/(2b)·‖f(X) − y‖², plus λ/2·‖weights‖² if `decay`, into `gradient`.

        With R = (f(X) − y)/b where a neuron fires and 0 elsewhere, the gradient of its hidden weights is a·XᵀR, a being
        its output weight: one product for a whole seed, since a comes last.
        """
        seeds, b, d = rows.X.shape
        members, m = self.weights.shape[2:]
        hidden, output = self.weights[:, :d], self.weights[:, d]
        slopes = self.gradient[:, :d]
        gate = None if rows.active is None else rows.active[:, None]
        fired = self._scratch(seeds, members, m, b)
        each, together = fired.view(seeds * members, m, b), fired.view(seeds, members * m, b)
        torch.bmm(hidden.flatten(2).mT, rows.X.mT, out=together)
        fired.relu_() if gate is None else fired.mul_(gate)
        y = rows.y.repeat(1, members // rows.y.shape[1], 1).view(seeds * members, 1, b)
        residual = torch.baddbmm(y, output.reshape(seeds * members, 1, m), each, beta=-1 / b, alpha=1 / b)
        self.gradient[:, d] = torch.bmm(residual, each.mT).view(seeds, members, m)
        torch.mul(fired.sign_() if gate is None else gate, residual.view(seeds, members, 1, b), out=fired)
        torch.bmm(rows.X.mT, together.mT, out=slopes.view(seeds, d, members * m))
        slopes.mul_(output[:, None])
        if decay:
            self.gradient.addcmul_(self.weights, self.lam)

    def _scratch(self, *shape: int) -> torch.Tensor:
        """Return an array; a fresh one, at every step, would cost as much as the products."""
        if self._space.shape != shape:
            self._space = self.weights.new_empty(shape)
        return self._space

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
