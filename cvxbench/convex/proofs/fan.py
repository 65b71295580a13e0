"""Simplicial cones of directions, cut ever finer, with upper bounds of a difference of convex functions on each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cvxbench.convex.proofs.lines import EPS
from cvxbench.convex.proofs.terms import Terms

TURNS = 2  # further tangents tried on a cone
MIXTURES = np.linspace(0.0, 1.0, 9)  # of the tangent so far and another one
FLAT = 1e-12  # cosine below which a cone is too wide for a bound


@dataclass(frozen=True)
class Fan:
    """K cones {Σ c_j p_j, c ≥ 0} and upper bounds of f on the unit vectors in them.

    Parameters
    ----------
    corners : ndarray, shape (K, k, k)
        The p_j, of unit length, row by row.
    raised : ndarray, shape (K, k)
        `Terms.raised` at the corners: p'u + Σ |c_i'u|, whichever lines are in p.
    upper : ndarray, shape (K,)
    depth : ndarray of int, shape (K,)
        Cuts since the first cones.
    """

    corners: np.ndarray
    raised: np.ndarray
    upper: np.ndarray
    depth: np.ndarray

    @classmethod
    def of(cls, corners: np.ndarray, terms: Terms, upper: float) -> Fan:
        """Return cones of corners (K, k, k), all with one bound."""
        K = len(corners)
        return cls(corners, terms.raised(corners), np.full(K, upper), np.zeros(K, dtype=int))

    @classmethod
    def joined(cls, fans: Sequence[Fan]) -> Fan:
        """Return the cones of all as one fan."""
        return cls(
            np.concatenate([fan.corners for fan in fans]),
            np.concatenate([fan.raised for fan in fans]),
            np.concatenate([fan.upper for fan in fans]),
            np.concatenate([fan.depth for fan in fans]),
        )

    def __len__(self) -> int:
        """Return K."""
        return len(self.upper)

    def chosen(self, which: np.ndarray | slice) -> Fan:
        """Return some of the cones."""
        return Fan(self.corners[which], self.raised[which], self.upper[which], self.depth[which])

    def bisected(self, metric: np.ndarray, terms: Terms) -> tuple[Fan, np.ndarray]:
        """Cut each cone through the middle of its edge of the largest angle.

        Parameters
        ----------
        metric : ndarray, shape (k, k)
            Angles are those between the vectors u @ metric. It must be the same for all cuts: edges then shrink.
        terms : Terms

        Returns
        -------
        Fan
            2K cones, the two of a cone adjacent.
        ndarray, shape (K, k)
            The corners that are new.
        """
        each = np.arange(len(self))
        measured = self.corners @ metric
        sizes = np.linalg.norm(measured, axis=2)
        measured /= sizes[:, :, None]
        first, second = np.triu_indices(self.corners.shape[1], 1)
        edges = measured[:, first] - measured[:, second]
        longest = np.einsum("kej,kej->ke", edges, edges).argmax(axis=1)
        i, j = first[longest], second[longest]
        middle = self.corners[each, i] * sizes[each, j][:, None] + self.corners[each, j] * sizes[each, i][:, None]
        middle /= np.linalg.norm(middle, axis=1, keepdims=True)
        raised_there = terms.raised(middle)
        corners, raised = np.repeat(self.corners, 2, axis=0), np.repeat(self.raised, 2, axis=0)
        for half, end in ((2 * each, i), (2 * each + 1, j)):
            corners[half, end], raised[half, end] = middle, raised_there
        return Fan(corners, raised, np.repeat(self.upper, 2), np.repeat(self.depth + 1, 2)), middle

    def bounded(self, terms: Terms, enough: float, rounding: float) -> Fan:
        """Return the cones with bounds that are no larger, and smaller where they can be.

        On u = Σ c_j p_j the convex part is at most Σ c_j times its values at the corners, and the concave part at most
        g'u for any convex combination g of its tangents; so f(u) ≤ Σ c_j v_j. With a the unit vector along Σ p_j,
        ‖u‖ = 1 makes Σ c_j ≤ 1/min_j a'p_j. A cone whose bound with the tangent at a is too large moves the point of
        tangency towards its worst corner, and mixes the tangents; at last it is bounded by the norm of a linear
        function, which is exact where no line crosses.

        Parameters
        ----------
        terms : Terms
        enough : float
            Bounds need not be smaller.
        rounding : float
            Of a value v_j.
        """
        axes = self.corners.sum(axis=1)
        axes /= np.linalg.norm(axes, axis=1, keepdims=True)
        cosines = np.maximum(np.einsum("kij,kj->ki", self.corners, axes).min(axis=1) - 16.0 * EPS, FLAT)
        values = self._values(terms, axes)
        upper = np.minimum(self.upper, np.maximum(values.max(axis=1) + rounding, 0.0) / cosines)
        left, fan, points = np.arange(len(self)), self, axes
        for turn in range(TURNS + 1):
            still = upper[left] > enough
            left, fan, points, values = left[still], fan.chosen(still), points[still], values[still]
            if not len(left):
                break
            if turn == TURNS:
                near = values.max(axis=1) <= enough  # no bound is below a value at a corner
                left = left[near]
                by_norm = _by_norm(fan.corners[near], values[near], cosines[left], rounding)
                upper[left] = np.fmin(upper[left], by_norm)
                break
            worst = fan.corners[np.arange(len(left)), values.argmax(axis=1)]
            points = points + (worst - points) * (0.5 / (turn + 1))
            change = fan._values(terms, points) - values
            worst_of = (values.T[:, None] + MIXTURES[:, None] * change.T[:, None]).max(axis=0)
            values = values + MIXTURES[worst_of.argmin(axis=0)][:, None] * change
            upper[left] = np.minimum(upper[left], np.maximum(values.max(axis=1) + rounding, 0.0) / cosines[left])
        return replace(self, upper=upper)

    def _values(self, terms: Terms, points: np.ndarray) -> np.ndarray:
        return self.raised + np.einsum("kij,kj->ki", self.corners, terms.tangents(points))


def _by_norm(corners: np.ndarray, values: np.ndarray, cosines: np.ndarray, rounding: float) -> np.ndarray:
    """Bound Σ c_j v_j by ‖z‖ for the z with p_j'z = v_j, whatever its accuracy: what it misses is added."""
    try:
        z = np.linalg.solve(corners, values[:, :, None])[:, :, 0]
    except np.linalg.LinAlgError:  # a cone that rounding made flat
        return np.full(len(values), np.inf)
    sizes = np.linalg.norm(z, axis=1)
    missed = np.maximum(values - np.einsum("kij,kj->ki", corners, z), 0.0).max(axis=1)
    return sizes + (missed + rounding + 16.0 * EPS * sizes) / cosines
