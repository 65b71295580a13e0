"""Layered networks: affine maps with activations between them, of any depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cvxbench.errors import CvxbenchError
from cvxbench.networks.gated_relu import GatedReLUNetwork
from cvxbench.networks.relu import ReLUNetwork
from cvxbench.networks.separable import Separable
from cvxbench.relaxation.activations import RELU, Activation


@dataclass(frozen=True)
class Affine:
    """x ↦ weights x + bias.

    Parameters
    ----------
    weights : ndarray, shape (m, n)
    bias : ndarray, shape (m,)
    """

    weights: np.ndarray
    bias: np.ndarray

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """Return the images, shape (..., m), of X of shape (..., n)."""
        return X @ self.weights.T + self.bias

    def after(self, first: Affine) -> Affine:
        """Return the map that applies `first`, then this one."""
        return Affine(self.weights @ first.weights, self(first.bias))


@dataclass(frozen=True)
class LayeredNetwork:
    """f = output ∘ σ_L ∘ affine_L ∘ … ∘ σ_1 ∘ affine_1.

    Parameters
    ----------
    hidden : tuple of (Affine, Activation)
        At least one.
    output : Affine
    """

    hidden: tuple[tuple[Affine, Activation], ...]
    output: Affine

    @property
    def inputs(self) -> int:
        """The number of inputs n."""
        return self.hidden[0][0].weights.shape[1]

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return f(X), shape (..., k), for X of shape (..., n)."""
        for affine, activation in self.hidden:
            X = activation.value(affine(X))
        return self.output(X)

    def gradient(self, X: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return the gradient, shape (B, n), of output `outputs[b]` at each row of X, shape (B, n)."""
        slopes = []
        for affine, activation in self.hidden:
            z = affine(X)
            slopes.append(activation.slope(z))
            X = activation.value(z)
        gradient = self.output.weights[outputs]
        for (affine, _), slope in zip(reversed(self.hidden), reversed(slopes), strict=True):
            gradient = (gradient * slope) @ affine.weights
        return gradient

    def combined(self, weights: np.ndarray) -> LayeredNetwork:
        """Return the network x ↦ weights f(x), for weights of shape (j, k)."""
        return LayeredNetwork(self.hidden, Affine(weights, np.zeros(len(weights))).after(self.output))


def layered(steps: Sequence[Affine | Activation]) -> LayeredNetwork:
    """Chain affine maps and activations; maps that follow each other become one.

    Raises
    ------
    CvxbenchError
        If there is no activation, sizes do not fit, or a weight is not finite.
    """
    sizes = [step.weights.shape for step in steps if isinstance(step, Affine)]
    if not sizes or not any(isinstance(step, Activation) for step in steps):
        raise CvxbenchError("the network needs a linear layer and an activation at least")
    if any(after[1] != before[0] for before, after in pairwise(sizes)):
        raise CvxbenchError(
            f"the layers do not fit together: their weights have the shapes {', '.join(map(str, sizes))}"
        )
    if not all(
        np.isfinite(step.weights).all() and np.isfinite(step.bias).all() for step in steps if isinstance(step, Affine)
    ):
        raise CvxbenchError("the network has weights that are not finite; train it again with a smaller step")
    hidden: list[tuple[Affine, Activation]] = []
    pending = _identity(sizes[0][1])
    for step in steps:
        if isinstance(step, Affine):
            pending = step.after(pending)
        else:
            hidden.append((pending, step))
            pending = _identity(len(pending.bias))
    return LayeredNetwork(tuple(hidden), pending)


def from_trained(network: ReLUNetwork | GatedReLUNetwork | Separable) -> LayeredNetwork:
    """Return a trained ReLU network as layers: its neurons side by side, and each output's weights on its own ones.

    Raises
    ------
    CvxbenchError
        If it is gated: its gates make it jump, and no envelope covers that.
    """
    parts = network.parts if isinstance(network, Separable) else (network,)
    if any(isinstance(part, GatedReLUNetwork) for part in parts):
        raise CvxbenchError("a gated network is not continuous and cannot be bounded this way; train network='relu'")
    hidden = np.hstack([part.hidden for part in parts]).T
    owner = np.repeat(np.arange(len(parts)), [part.output.size for part in parts])
    output = np.concatenate([part.output for part in parts]) * (np.arange(len(parts))[:, None] == owner)
    return LayeredNetwork(((Affine(hidden, np.zeros(len(hidden))), RELU),), Affine(output, np.zeros(len(parts))))


def _identity(n: int) -> Affine:
    return Affine(np.eye(n), np.zeros(n))
