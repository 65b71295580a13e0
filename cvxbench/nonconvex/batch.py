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
    y : Tensor, shape (S, M, b)
        Of each member's output.
    active : Tensor, shape (S, m, b), or None
        1[X gates ≥ 0]ᵀ of a gated network; None for ReLU, whose neurons gate themselves.
    """

    X: torch.Tensor
    y: torch.Tensor
    active: torch.Tensor | None = None


CACHE = 2**21  # bytes of hidden layer at once: between products it should not leave a processor's cache


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
        self._parts: dict[int, list[_Part]] = {}

    def differentiate(self, rows: Rows, decay: bool) -> None:
        """Write the gradient of each network's 1/(2b)·‖f(X) − y‖², plus λ/2·‖weights‖² if `decay`, into `gradient`."""
        b = rows.X.shape[1]
        if b not in self._parts:
            self._parts[b] = self._split(b)
        for part in self._parts[b]:
            part.differentiate(rows)
        if decay:
            self.gradient.addcmul_(self.weights, self.lam)

    def _split(self, b: int) -> list[_Part]:
        """Return as few parts as `CACHE` allows on b rows; they write to the same space, in turn."""
        seeds, _, members, m = self.weights.shape
        each = seeds * m * b
        parts = min(members, -(-each * members * self.weights.itemsize // CACHE))
        size = -(-members // parts)
        space = self.weights.new_empty(each * size)
        return [
            _Part(self.weights, self.gradient, slice(first, min(first + size, members)), space, b)
            for first in range(0, members, size)
        ]

    def select(self, members: torch.Tensor) -> Batch:
        """Return a copy with these members only."""
        return Batch(self.weights[:, :, members], self.lam[members])

    def network(self, seed: int, member: int, gates: np.ndarray | None) -> ReLUNetwork | GatedReLUNetwork:
        """Return a copy of one network in float64, as the referee scores it."""
        weights = self.weights[seed, :, member].double().numpy(force=True)
        hidden, output = weights[:-1].copy(), weights[-1].copy()
        return ReLUNetwork(hidden, output) if gates is None else GatedReLUNetwork(gates, hidden, output)


class _Part:
    """Some members of a batch in a step on b rows: what it reads and where it writes.

    These views are taken once: of a small table, one costs as much as a product.
    """

    def __init__(
        self, weights: torch.Tensor, gradient: torch.Tensor, members: slice, space: torch.Tensor, b: int
    ) -> None:
        self._members = members
        own, slopes = weights[:, :, members], gradient[:, :, members]
        seeds, d, count, m = own.shape[0], own.shape[1] - 1, *own.shape[2:]
        self._hidden, self._output = own[:, :d].flatten(2).mT, own[:, d]
        self._slopes, self._pull = slopes[:, :d], slopes[:, d]
        self._together_slopes = self._slopes.flatten(2)
        self._fired = space[: seeds * count * m * b].view(seeds, count, m, b)
        self._each, self._together = self._fired.view(-1, m, b), self._fired.view(seeds, count * m, b)
        self._each_T, self._together_T = self._each.mT, self._together.mT
        self._residual = space.new_empty(seeds * count, 1, b)
        self._residuals = self._residual.view(seeds, count, 1, b)

    def differentiate(self, rows: Rows) -> None:
        """Write the gradient of the loss.

        With R = (f(X) − y)/b where a neuron fires and 0 elsewhere, the gradient of its hidden weights is a·XᵀR, a being
        its output weight: one product for a whole seed, since a comes last.
        """
        X, b = rows.X.mT, rows.X.shape[1]
        gate = None if rows.active is None else rows.active[:, None]
        torch.bmm(self._hidden, X, out=self._together)
        if gate is None:
            self._fired.relu_()
        else:
            self._fired.mul_(gate)
        y = rows.y[:, self._members].reshape(self._residual.shape)
        output = self._output.reshape(len(y), 1, -1)
        torch.baddbmm(y, output, self._each, beta=-1 / b, alpha=1 / b, out=self._residual)
        self._pull.copy_(torch.bmm(self._residual, self._each_T).view_as(self._pull))
        torch.mul(self._fired.sign_() if gate is None else gate, self._residuals, out=self._fired)
        torch.bmm(X, self._together_T, out=self._together_slopes)
        self._slopes.mul_(self._output[:, None])


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
