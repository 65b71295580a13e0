"""The trainable weights of a network of free width: their start, gradient and meaning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from cvxbench.networks.gated_relu import GatedReLUNetwork
from cvxbench.networks.relu import ReLUNetwork
from cvxbench.networks.separable import Separable


@dataclass(frozen=True)
class Weights:
    """Both layers of k single-output networks of width m, with their gradients in `.grad`.

    Parameters
    ----------
    hidden : Tensor, shape (k, d, m)
    output : Tensor, shape (k, m, 1)
    gates : ndarray, shape (d, m), or None for ReLU
    """

    hidden: torch.Tensor
    output: torch.Tensor
    gates: np.ndarray | None

    def network(self) -> Separable:
        """Return a copy as the network the referee scores."""
        parts = []
        for hidden, output in zip(self.hidden.numpy(force=True), self.output.numpy(force=True), strict=True):
            hidden, output = hidden.astype(float), output[:, 0].astype(float)
            parts.append(
                ReLUNetwork(hidden, output) if self.gates is None else GatedReLUNetwork(self.gates, hidden, output)
            )
        return Separable(tuple(parts))


def initial(k: int, d: int, m: int, gates: np.ndarray | None, seed: int) -> Weights:
    """Draw weights as `torch.nn.Linear` does: uniform on ±1/√fan-in, fan-in d for the hidden layer and m after it."""
    generator = torch.Generator().manual_seed(seed)

    def uniform(shape: tuple[int, int, int], fan_in: int) -> torch.Tensor:
        bound = fan_in**-0.5
        drawn = torch.empty(shape, dtype=torch.float64).uniform_(-bound, bound, generator=generator)
        drawn.grad = torch.zeros_like(drawn)
        return drawn

    return Weights(uniform((k, d, m), d), uniform((k, m, 1), m), gates)


def set_gradient(weights: Weights, X: torch.Tensor, Y: torch.Tensor, active: torch.Tensor | None, lam: float) -> None:
    """Write the gradient of 1/(2b)·‖f(X) − Y‖² + λ/2·(‖hidden‖² + ‖output‖²) into `weights`' `.grad`.

    Parameters
    ----------
    X : Tensor, shape (b, d)
    Y : Tensor, shape (k, b, 1)
    active : Tensor, shape (b, m), or None
        1[X gates ≥ 0] of a gated network; None for ReLU, whose neurons gate themselves.
    """
    fired = torch.matmul(X, weights.hidden)
    gate = fired.relu_().sign() if active is None else active
    fired.mul_(gate)
    residual = torch.baddbmm(Y, fired, weights.output, beta=-1).div_(len(X))
    torch.baddbmm(weights.output, fired.transpose(1, 2), residual, beta=lam, out=weights.output.grad)
    back = residual.mul(weights.output.transpose(1, 2)).mul_(gate)
    torch.add(torch.matmul(X.T, back), weights.hidden, alpha=lam, out=weights.hidden.grad)
