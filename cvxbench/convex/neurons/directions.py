"""Unit vectors with a sign: the neurons a search finds, best first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cvxbench.convex.neurons.space import Space

BLOCK = 512  # directions compared at a time


@dataclass(frozen=True)
class Directions:
    """Unit vectors u and signs s, and what s·r'(Xu)₊/n is for the residual they were found at.

    Parameters
    ----------
    units : ndarray, shape (K, r)
    signs, values : ndarray, shape (K,)
    facets : ndarray of int, shape (K, r)
        Rows of X on whose kink the vector lies, padded with −1.
    """

    units: np.ndarray
    signs: np.ndarray
    values: np.ndarray
    facets: np.ndarray

    @classmethod
    def plain(cls, vectors: np.ndarray, signs: np.ndarray) -> Directions:
        """Return vectors (K, r) at unit length, with no value and no kink known."""
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        units = vectors / np.where(lengths > 0, lengths, 1.0)
        return cls(units, signs, np.full(len(units), -np.inf), np.full(units.shape, -1))

    @classmethod
    def none(cls, r: int) -> Directions:
        """Return no direction of r coordinates."""
        return cls.plain(np.zeros((0, r)), np.zeros(0))

    def __len__(self) -> int:
        return len(self.signs)

    def take(self, chosen: np.ndarray) -> Directions:
        """Return the chosen ones, in that order."""
        return Directions(self.units[chosen], self.signs[chosen], self.values[chosen], self.facets[chosen])

    def valued(self, space: Space, residual: np.ndarray) -> Directions:
        """Return them with the values they have for a residual (n,)."""
        values = self.signs * (np.maximum(self.units @ space.X.T, 0.0) @ residual) / len(residual)
        return Directions(self.units, self.signs, values, self.facets)

    def best_first(self) -> Directions:
        """Return them in descending order of value."""
        return self.take(np.argsort(-self.values, kind="stable"))

    def distinct(self, cosine: float, most: int) -> Directions:
        """Return the first at most `most`, leaving out what is within `cosine` of an earlier one of its sign."""
        kept = self.take(np.zeros(0, dtype=int))
        for begin in range(0, len(self), BLOCK):
            block = self.take(np.arange(begin, min(begin + BLOCK, len(self)))).away_from(kept, cosine)
            alike = np.tril(block._alike(block, cosine), -1)
            free = np.asarray(~alike.any(axis=1))
            for k in np.flatnonzero(~free):
                free[k] = not (alike[k, :k] & free[:k]).any()
            kept = Directions.joined([kept, block.take(np.flatnonzero(free))])
            if len(kept) >= most:
                break
        return kept.take(np.arange(min(most, len(kept))))

    def away_from(self, others: Directions, cosine: float) -> Directions:
        """Return those that are not within `cosine` of one of `others` of the same sign."""
        if not len(others) or not len(self):
            return self
        return self.take(np.flatnonzero(~self._alike(others, cosine).any(axis=1)))

    def _alike(self, others: Directions, cosine: float) -> np.ndarray:
        """Return which pairs are within `cosine` and of one sign."""
        # the signs as one more coordinate: their product moves the cosines of the two kinds of pairs apart
        ours, theirs = (np.column_stack([one.units, one.signs]) for one in (self, others))
        return ours @ theirs.T >= 1.0 + cosine

    @classmethod
    def joined(cls, parts: Sequence[Directions]) -> Directions:
        """Return the parts as one."""
        return cls(
            np.concatenate([part.units for part in parts]),
            np.concatenate([part.signs for part in parts]),
            np.concatenate([part.values for part in parts]),
            np.concatenate([part.facets for part in parts]),
        )
