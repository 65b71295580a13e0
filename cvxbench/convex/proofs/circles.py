"""The arrangement of rows seen from great circles: arcs between crossings, and the gradient of h along them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvxbench.convex.proofs.lines import EPS, Lines

ANGLE = 8.0 * EPS  # what the place of a crossing is wrong by, times the angle between the circle and the line


@dataclass(frozen=True)
class Circles:
    """Half of each of B great circles of the unit ball, cut into arcs where it crosses the planes x_k'u = 0.

    Arc j of a circle goes from its crossing j to the next, the last to the opposite of the first; the other half has
    the opposite arcs. On an arc e(u) = E'u, so the length of a feature is the larger of |(p + E)'u| and |(p − E)'u|.
    All vectors are in coordinates (first, second, normal) of the circle, shape (B, arcs, 3).

    Parameters
    ----------
    frames : ndarray, shape (B, 3, k)
        Orthonormal rows: two that span the circle, and its normal; k = 2 has no normal and a row of zeros.
    starts : ndarray, shape (B, arcs, 2)
        Unit vectors.
    even : ndarray, shape (B, arcs, 3)
        E.
    linear : ndarray, shape (B, 3)
        p.
    rows : ndarray, shape (B, arcs, 3)
        The row that is zero at the start of the arc, positive on the arc.
    narrowest : ndarray, shape (B,)
        The sine of the smallest angle between the circle and another plane.
    """

    frames: np.ndarray
    starts: np.ndarray
    even: np.ndarray
    linear: np.ndarray
    rows: np.ndarray
    narrowest: np.ndarray

    @classmethod
    def of(cls, lines: Lines, frames: np.ndarray, own: np.ndarray | None) -> Circles:
        """Cut circles at their crossings with all lines but their `own`, shape (B,).

        The signs before the first crossing come from the same numbers as the order of crossings; any other source
        contradicts it when a crossing is at the very start.
        """
        B, m = len(frames), len(lines.units)
        places = np.einsum("bik,mk->ibm", frames, lines.units, optimize=True)
        first, second, _ = places
        with np.errstate(divide="ignore", invalid="ignore"):
            order = np.where(first == 0.0, -np.inf, second / first)
        weights = np.broadcast_to(lines.weights, (B, m)).copy()
        if own is not None:
            order[np.arange(B), own] = np.inf
            weights[np.arange(B), own] = 0.0
        before = np.where((first > 0.0) | ((first == 0.0) & (second < 0.0)), 1.0, -1.0)
        signed = before * places
        total = np.einsum("ibm,bm->bi", signed, weights, optimize=True)
        sorting = np.argsort(order, axis=1)[:, : m if own is None else m - 1]
        crossed = np.stack([np.take_along_axis(part, sorting, axis=1) for part in signed], axis=2)
        flips = np.take_along_axis(weights, sorting, axis=1)[:, :, None] * crossed
        across = np.sqrt(crossed[:, :, 0] ** 2 + crossed[:, :, 1] ** 2)
        with np.errstate(divide="ignore", invalid="ignore"):
            starts = np.stack([-crossed[:, :, 1], crossed[:, :, 0]], axis=2) / across[:, :, None]
        return cls(
            frames=frames,
            starts=starts,
            even=total[:, None, :] - 2.0 * np.cumsum(flips, axis=1),
            linear=frames @ lines.linear,
            rows=-crossed,
            narrowest=across.min(axis=1, initial=1.0),
        )

    def longest(self) -> tuple[float, np.ndarray]:
        """Return the longest feature on these circles and a direction of it, in the coordinates of the frames."""
        crossings = np.einsum("bi,bji->bj", self.linear[:, :2], self.starts)
        crossings = np.abs(crossings) + np.abs(np.einsum("bji,bji->bj", self.even[:, :, :2], self.starts))
        place = np.unravel_index(crossings.argmax(), crossings.shape)
        best, direction = float(crossings[place]), self.starts[place] @ self.frames[place[0], :2]
        ends = self.ends()
        for sign in (1.0, -1.0):
            gradient = self.linear[:, None, :2] + sign * self.even[:, :, :2]
            peaks = (_turned(gradient, self.starts) > 0.0) != (_turned(gradient, ends) > 0.0)
            heights = np.where(peaks, np.einsum("bji,bji->bj", gradient, gradient), 0.0)
            place = np.unravel_index(heights.argmax(), heights.shape)
            height = float(np.sqrt(heights[place]))
            if height > best:
                best, direction = height, (gradient[place] / height) @ self.frames[place[0], :2]
        return best, direction

    def peaks_beside(self, weights: np.ndarray, above: float, allowed: float) -> np.ndarray:
        """Return directions of h's gradient in cells beside the arcs, shape (K, 3), that may lie in their own cell.

        Parameters
        ----------
        weights : ndarray, shape (B,)
            Of the circles' own lines.
        above : float
            Gradients that are no longer are left out: h is at most ‖gradient‖ on a cell.
        allowed : float
            Rounding of a row times a gradient.
        """
        following = np.concatenate([-self.rows[:, 1:], self.rows[:, :1]], axis=1)
        found = []
        for side in (1.0, -1.0):
            beside = self.even.copy()
            beside[:, :, 2] += side * weights[:, None]
            for sign in (1.0, -1.0):
                gradient = self.linear[:, None, :] + sign * beside
                b, j = np.nonzero(np.einsum("bji,bji->bj", gradient, gradient) > above**2)
                chosen = gradient[b, j]
                inside = np.stack(
                    [
                        side * chosen[:, 2],
                        np.einsum("ki,ki->k", chosen, self.rows[b, j]),
                        np.einsum("ki,ki->k", chosen, following[b, j]),
                    ]
                )
                kept = (inside >= -allowed).all(axis=0) | (inside <= allowed).all(axis=0)
                chosen = chosen[kept] / np.linalg.norm(chosen[kept], axis=1, keepdims=True)
                found.append(np.einsum("ki,kid->kd", chosen, self.frames[b[kept]]))
        return np.concatenate(found)

    def ends(self) -> np.ndarray:
        """Return where the arcs end, shape (B, arcs, 2)."""
        return np.concatenate([self.starts[:, 1:], -self.starts[:, :1]], axis=1)


def _turned(gradient: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return the derivative of gradient'u along the circle at the points."""
    return gradient[..., 1] * points[..., 0] - gradient[..., 0] * points[..., 1]
