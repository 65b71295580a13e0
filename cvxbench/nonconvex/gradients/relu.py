"""The loss's gradient of ReLU networks: a product for each layer over all members of a seed."""

from __future__ import annotations

import torch

from cvxbench.nonconvex.gradients.products import fastest
from cvxbench.nonconvex.gradients.rows import Rows

CACHE = 2**21  # bytes of hidden layer at once: between products it should not leave a processor's cache
BLOCK = 2**19  # bytes of it that a product reads or writes: on digits with 4595 neurons, larger ones measured slower


class ReLU:
    """The networks of a batch in a step on b rows, in as few parts as `CACHE` allows; these use one space in turn.

    The hidden weights of a seed's members lie side by side as one d × (M·m) matrix; with it a mini-batch is multiplied.

    Parameters
    ----------
    weights, gradient : Tensor, shape (S, d + 1, M, m)
    b : int
    """

    def __init__(self, weights: torch.Tensor, gradient: torch.Tensor, b: int) -> None:
        seeds, _, members, m = weights.shape
        each = seeds * m * b
        parts = min(members, -(-each * members * weights.itemsize // CACHE))
        size = -(-members // parts)
        space = weights.new_empty(each * size)
        self._parts = [
            _Part(weights, gradient, slice(first, min(first + size, members)), space, b)
            for first in range(0, members, size)
        ]

    def differentiate(self, rows: Rows) -> None:
        """Write the gradient of each network's 1/(2b)·‖f(X) − y‖²."""
        for part in self._parts:
            part.differentiate(rows.X.mT, rows.y)


class _Part:
    """Some members of a batch: what a step reads and where it writes.

    These views are taken once: of a small table, one costs as much as a product.
    """

    def __init__(
        self, weights: torch.Tensor, gradient: torch.Tensor, members: slice, space: torch.Tensor, b: int
    ) -> None:
        self._members = members
        own, slopes = weights[:, :, members], gradient[:, :, members]
        seeds, d, count, m = own.shape[0], own.shape[1] - 1, *own.shape[2:]
        self._output = own[:, d]
        self._slopes, self._pull = slopes[:, :d], slopes[:, d]
        self._fired = space[: seeds * count * m * b].view(seeds, count, m, b)
        self._each, together = self._fired.view(-1, m, b), self._fired.view(seeds, count * m, b)
        self._each_T = self._each.mT
        size = -(-count * m // -(-together.nbytes // BLOCK))
        self._blocks = [
            (hidden, fired, fired.mT, slopes)
            for hidden, fired, slopes in zip(
                own[:, :d].flatten(2).mT.split(size, 1),
                together.split(size, 1),
                self._slopes.flatten(2).split(size, 2),
                strict=True,
            )
        ]
        self._multiply = fastest(own, d * size * b)
        self._residual = space.new_empty(seeds * count, 1, b)
        self._residuals = self._residual.view(seeds, count, 1, b)

    def differentiate(self, X: torch.Tensor, y: torch.Tensor) -> None:
        """With R = (f(X) − y)/b where a neuron fires and 0 elsewhere, its hidden weights' gradient is a·XᵀR.

        a is its output weight: members need no products of their own, since a comes last.
        """
        b = X.shape[2]
        for hidden, fired, _, _ in self._blocks:
            self._multiply(hidden, X, out=fired)
        self._fired.relu_()
        y = y[:, self._members].reshape(self._residual.shape)
        output = self._output.reshape(len(y), 1, -1)
        torch.baddbmm(y, output, self._each, beta=-1 / b, alpha=1 / b, out=self._residual)
        self._pull.copy_(torch.bmm(self._residual, self._each_T).view_as(self._pull))
        torch.mul(self._fired.sign_(), self._residuals, out=self._fired)
        for _, _, fired_T, slopes in self._blocks:
            self._multiply(X, fired_T, out=slopes)
        self._slopes.mul_(self._output[:, None])
