"""A direction whose feature is long: random starts, the best of them moved at random by ever less."""

from __future__ import annotations

import numpy as np

from cvxbench.convex.proofs.lines import Lines

STARTS = 2000
KEPT = 8
TRIALS = 32  # around each that is kept
RADII = np.geomspace(0.5, 1e-8, 40)


def climb(lines: Lines, starts: np.ndarray) -> np.ndarray:
    """Return a unit vector, shape (k,), no shorter a feature than any of `starts` (K, k); deterministic."""
    rng = np.random.default_rng(0)
    k = lines.shape[1]
    spread = np.linalg.norm(lines.units * np.sqrt(np.abs(lines.weights))[:, None], axis=0)
    widest = spread.max(initial=0.0)
    drawn = rng.standard_normal((STARTS, k)) * (1.0 if widest == 0.0 else widest / np.maximum(spread, 1e-3 * widest))
    directions = _units(np.vstack([starts, lines.linear, drawn]))
    lengths = lines.lengths(directions)
    best = np.argsort(-lengths, kind="stable")[:KEPT]
    directions, lengths = directions[best], lengths[best]
    for radius in RADII:
        trials = directions[:, None, :] + radius * rng.standard_normal((len(directions), TRIALS, k))
        trials = _units(trials.reshape(-1, k))
        found = lines.lengths(trials).reshape(-1, TRIALS)
        place = found.argmax(axis=1)
        longer = found.max(axis=1) > lengths
        directions[longer] = trials.reshape(-1, TRIALS, k)[longer, place[longer]]
        lengths = np.maximum(lengths, found.max(axis=1))
    return directions[lengths.argmax()]


def _units(vectors: np.ndarray) -> np.ndarray:
    sizes = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, sizes, out=np.zeros_like(vectors), where=sizes > 0.0)
