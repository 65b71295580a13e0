"""The loss's gradient of gated networks: products over the gates, which are fixed and the same for all members."""

from __future__ import annotations

import torch

from cvxbench.nonconvex.gradients.products import fastest
from cvxbench.nonconvex.gradients.rows import Rows

CACHE = 2**18  # bytes of a few columns of hidden weights, which then stay in a core's own cache


class Gated:
    """The networks of a batch in a step on b rows: what it reads and where it writes.

    The gates of a seed's mini-batch meet the weights of all its members as one (d·M) × m matrix. These views are taken
    once: of a small table, one costs as much as a product.

    Parameters
    ----------
    weights, gradient : Tensor, shape (S, d + 1, M, m)
    b : int
    """

    def __init__(self, weights: torch.Tensor, gradient: torch.Tensor, b: int) -> None:
        seeds, d, members, m = weights.shape[0], weights.shape[1] - 1, *weights.shape[2:]
        self._hidden, self._output = weights[:, :d], weights[:, d:]
        self._slopes, self._pull = gradient[:, :d], gradient[:, d]
        self._together = self._slopes.flatten(1, 2)
        self._spread = weights.new_empty(seeds, d, members, b)
        self._spread_together = self._spread.flatten(1, 2)
        self._multiply = fastest(weights, d * members * m * b)
        self._residual = weights.new_empty(seeds, members, b)
        self._residuals = self._residual[:, None]
        size = min(d, max(1, CACHE // self._pull.nbytes))
        self._products = weights.new_empty(seeds, size, members, m)
        self._parts = [
            (hidden, slopes, self._products[:, : hidden.shape[1]])
            for hidden, slopes in zip(self._hidden.split(size, 1), self._slopes.split(size, 1), strict=True)
        ]

    def differentiate(self, rows: Rows) -> None:
        """Write the gradient of each network's 1/(2b)·‖f(X) − y‖².

        With g_ip whether gate p lets row i through, f(x_i) = Σ_c x_ic Σ_p g_ip a_p u_pc: one product over the gates
        and no hidden layer. With S_pc = Σ_i g_ip r_i x_ic / b, r = f(X) − y, another one, the gradient of the hidden
        weight u_pc is a_p S_pc, and that of the output weight a_p is Σ_c u_pc S_pc.
        """
        columns, active = rows.X.mT[:, :, None], rows.active
        assert active is not None
        torch.mul(self._hidden, self._output, out=self._slopes)
        self._multiply(self._together, active, out=self._spread_together)
        torch.sum(self._spread.mul_(columns), 1, out=self._residual).sub_(rows.y[:, : self._residual.shape[1]])
        torch.mul(columns, self._residuals.div_(len(rows.X[0])), out=self._spread)
        self._multiply(self._spread_together, active.mT, out=self._together)
        self._products.zero_()
        for hidden, slopes, products in self._parts:
            products.addcmul_(hidden, slopes)
            slopes.mul_(self._output)
        torch.sum(self._products, 1, out=self._pull)
