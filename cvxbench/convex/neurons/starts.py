"""Where climbs begin: random in the table's own metric, differences of rows, known neurons and mixtures of them."""

from __future__ import annotations

import numpy as np

from cvxbench.convex.neurons.directions import Directions
from cvxbench.convex.neurons.space import Space


def gaussian(space: Space, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return Gaussian vectors (count, r) in the metric S^−a, a = ½ or 1: the second cuts the rows evenly."""
    power = rng.choice([0.5, 1.0, 1.0], (count, 1))
    return rng.standard_normal((count, len(space.singular))) * (space.singular[0] / space.singular) ** power


def differences(space: Space, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return whitened x_i − t·x_j, t = 0, ½ or 1: kinks between two rows."""
    n, r = space.shape
    i, j = rng.integers(0, n, (2, count))
    t = rng.choice([0.0, 0.5, 1.0], (count, 1))
    return (space.X[i] - t * space.X[j]) / space.singular**2 + 1e-12 * rng.standard_normal((count, r))


def perturbed(around: Directions, count: int, smallest: float, rng: np.random.Generator) -> Directions:
    """Return neurons moved by Gaussian vectors of length 10^smallest to 1, some with the other sign."""
    chosen = rng.integers(0, len(around), count)
    r = around.units.shape[1]
    size = 10 ** rng.uniform(smallest, 0.0, (count, 1)) / np.sqrt(r)
    flips = rng.choice([1, 1, 1, 1, 1, -1], count)
    return Directions.plain(around.units[chosen] + size * rng.standard_normal((count, r)), around.signs[chosen] * flips)


def moved(space: Space, around: Directions, count: int, rng: np.random.Generator) -> Directions:
    """Return neurons moved by ½ to 2 along whitened Gaussian vectors: some of their kinks stay, many are crossed."""
    chosen = rng.integers(0, len(around), count)
    size = 2.0 ** rng.uniform(-1.0, 1.0, (count, 1))
    moves = rng.standard_normal((count, len(space.singular))) / space.singular
    moves /= np.linalg.norm(moves, axis=1, keepdims=True)
    return Directions.plain(around.units[chosen] + size * moves, around.signs[chosen])


def mixtures(around: Directions, count: int, rng: np.random.Generator) -> Directions:
    """Return u_i ± t·u_j of pairs of known neurons, t uniform on [0, 1]."""
    i, j = rng.integers(0, len(around), (2, count))
    t = rng.choice([-1, 1, 1], (count, 1)) * rng.uniform(0.0, 1.0, (count, 1))
    return Directions.plain(around.units[i] + t * around.units[j], around.signs[i])


def random_signs(vectors: np.ndarray, rng: np.random.Generator) -> Directions:
    """Return vectors with signs drawn at random."""
    return Directions.plain(vectors, rng.choice([-1.0, 1.0], len(vectors)))


def both_signs(vectors: np.ndarray) -> Directions:
    """Return every vector with either sign."""
    return Directions.plain(np.vstack([vectors, vectors]), np.repeat([1.0, -1.0], len(vectors)))
