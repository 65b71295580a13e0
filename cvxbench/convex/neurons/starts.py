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
    """Return neurons moved along whitened Gaussian vectors, which change Xu by ¼ to 2 of its length."""
    chosen = rng.integers(0, len(around), count)
    units = around.units[chosen]
    moves = rng.standard_normal(units.shape) / space.singular
    lengths = np.linalg.norm(units * space.singular, axis=1) / np.linalg.norm(moves * space.singular, axis=1)
    moves *= (2.0 ** rng.uniform(-2.0, 1.0, count) * lengths)[:, None]
    return Directions.plain(units + moves, around.signs[chosen])


def mixtures(around: Directions, others: Directions, count: int, rng: np.random.Generator) -> Directions:
    """Return u ± t·v, u of the ones, v of the others, t uniform on [0, 1]."""
    i, j = rng.integers(0, len(around), count), rng.integers(0, len(others), count)
    t = rng.choice([-1, 1, 1], (count, 1)) * rng.uniform(0.0, 1.0, (count, 1))
    return Directions.plain(around.units[i] + t * others.units[j], around.signs[i])


def random_signs(vectors: np.ndarray, rng: np.random.Generator) -> Directions:
    """Return vectors with signs drawn at random."""
    return Directions.plain(vectors, rng.choice([-1.0, 1.0], len(vectors)))


def both_signs(vectors: np.ndarray) -> Directions:
    """Return every vector with either sign."""
    return Directions.plain(np.vstack([vectors, vectors]), np.repeat([1.0, -1.0], len(vectors)))
