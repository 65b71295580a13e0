"""A search for the inputs of a box at which a network's outputs are small: signed gradients from many starts."""

from __future__ import annotations

import numpy as np

from cvxbench.relaxation.network import LayeredNetwork


def attack(
    network: LayeredNetwork, lower: np.ndarray, upper: np.ndarray, *, seed: int, restarts: int = 20, steps: int = 40
) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest point found in each box, shape (B, n), and the least output there, shape (B,).

    Parameters
    ----------
    network : LayeredNetwork
    lower, upper : ndarray, shape (B, n)
        Boxes of inputs.
    seed : int
        Of the starts, which are uniform in each box but for the first, its centre.
    restarts, steps : int
        Step k moves every input by 1/(2 + k) of its range, at most.
    """
    rng = np.random.default_rng(seed)
    low, high = (np.repeat(side, restarts, axis=0) for side in (lower, upper))
    X = rng.uniform(low, high)
    X[::restarts] = 0.5 * (lower + upper)
    best, least = X.copy(), network.predict(X).min(axis=1)
    for step in range(steps):
        outputs = np.argmin(network.predict(X), axis=1)
        X = np.clip(X - (high - low) / (2.0 + step) * np.sign(network.gradient(X, outputs)), low, high)
        values = network.predict(X).min(axis=1)
        better = values < least
        best[better], least[better] = X[better], values[better]
    winners = np.arange(len(lower)) * restarts + np.argmin(least.reshape(-1, restarts), axis=1)
    return best[winners], least[winners]
