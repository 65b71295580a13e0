"""Exact projection of many points onto the cones {v : (2D_g − I) X v ≥ 0} of activation patterns."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cvxbench.convex.compiled import compiled

ROUGH = 1e-9  # times √d and the length of the point: rows may fail by this much on normal equations
FEASIBLE = 2e-14  # the same on QR factors, where it is rounding
RIDGE = 1e-13  # of the normal equations, whose rows have unit length
DEPENDENT = 1e-12  # distance of a unit row to the span of others that no longer counts
VANISHED = 1e-14  # length of a projection, over that of the point, that is rounding
TURNS = 20  # times d + 5: far above what any projection has needed
CHUNK = 512  # points in lock-step; those of one chunk begin with facets of about one size


@dataclass(frozen=True)
class Cones:
    """The cones of P patterns on one table.

    Parameters
    ----------
    rows : ndarray, shape (n, d)
        The rows of X at unit length; zero rows stay zero.
    signs : ndarray of int8, shape (P, n)
        +1 where the pattern is active, −1 elsewhere.
    """

    rows: np.ndarray
    signs: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray, active: np.ndarray) -> Cones:
        """Return the cones of X (n, d) and the patterns `active` (n, P)."""
        lengths = np.linalg.norm(X, axis=1, keepdims=True)
        rows = np.divide(X, lengths, out=np.zeros_like(X), where=lengths > 0)
        return cls(np.ascontiguousarray(rows), np.where(np.ascontiguousarray(active.T), 1, -1).astype(np.int8))


Solver = Callable[[Cones, np.ndarray, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Projections:
    """Points of cones and the facets they lie on.

    Parameters
    ----------
    points : ndarray, shape (G, d)
    facets : ndarray of int, shape (G, d)
        The rows with a positive multiplier, linearly independent, padded with −1 at the end.
    pushes : ndarray, shape (G, d)
        points − z, a nonnegative combination of signed rows.
    """

    points: np.ndarray
    facets: np.ndarray
    pushes: np.ndarray

    @classmethod
    def none(cls, G: int, d: int) -> Projections:
        """Return the start that knows nothing, for G points of dimension d."""
        return cls(np.zeros((G, d)), np.full((G, d), -1), np.zeros((G, d)))

    def of(self, chosen: np.ndarray) -> Projections:
        """Return those of the groups `chosen`."""
        return Projections(self.points[chosen], self.facets[chosen], self.pushes[chosen])

    @classmethod
    def joined(cls, parts: Sequence[Projections]) -> Projections:
        """Return the parts as one."""
        return cls(
            np.concatenate([part.points for part in parts]),
            np.concatenate([part.facets for part in parts]),
            np.concatenate([part.pushes for part in parts]),
        )

    def moved(self, z: np.ndarray) -> np.ndarray:
        """Return z moved along these pushes to where it is shortest, shape (G, d): no shorter than its projection."""
        dots = np.einsum("gd,gd->g", z, self.pushes)
        squares = np.einsum("gd,gd->g", self.pushes, self.pushes)
        scales = np.maximum(np.divide(-dots, squares, out=np.zeros_like(dots), where=squares > 0), 0.0)
        return z + scales[:, None] * self.pushes

    def lengths(self) -> np.ndarray:
        """Return ‖points‖, shape (G,)."""
        return np.sqrt(np.einsum("gd,gd->g", self.points, self.points))


def project(
    cones: Cones,
    which: np.ndarray,
    z: np.ndarray,
    warm: Projections,
    threshold: float = 0.0,
    deadline: float = math.inf,
    exact: bool = True,
) -> Projections:
    """Project each point onto its cone.

    The multipliers ρ ≥ 0 of v = z + Σ ρ_i s_i x_i solve a nonnegative least-squares problem, by Lawson and Hanson's
    active set (Solving Least Squares Problems, 1974, ch. 23), run in lock-step over the points: first on normal
    equations with a ridge, then on QR factors from the facets found so. The projection is the shortest of all
    z + Σ ρ_i s_i x_i, so every iterate's length bounds its own from above; a point stops as soon as that bound is at
    most `threshold`.

    Parameters
    ----------
    cones : Cones
    which : ndarray of int, shape (G,)
        The pattern of each point.
    z : ndarray, shape (G, d)
    warm : Projections
        Of nearby points onto the same cones: their facets start the search.
    threshold : float
        Points whose projection is no longer than this need not be projected: theirs is some z + Σ ρ_i s_i x_i with
        ρ ≥ 0 and at most this length.
    deadline : float
        On the clock of `time.perf_counter`; points that are left then are some z + Σ ρ_i s_i x_i, ρ ≥ 0.
    exact : bool
        Whether rows may fail by rounding alone; if not, by `ROUGH`, in half the time.
    """
    passes = ((_by_gram, ROUGH), (_by_qr, FEASIBLE)) if exact else ((_by_gram, ROUGH),)
    points = warm.moved(z)
    facets = warm.facets.copy()
    todo = np.flatnonzero(np.linalg.norm(points, axis=1) > threshold)
    todo = todo[np.argsort((facets[todo] >= 0).sum(axis=1))]
    for start in range(0, len(todo), CHUNK):
        chunk = todo[start : start + CHUNK]
        for solver, slack in passes:
            points[chunk], facets[chunk] = _lockstep(
                cones, which[chunk], z[chunk], facets[chunk], threshold, solver, slack * np.sqrt(z.shape[1]), deadline
            )
            chunk = chunk[np.linalg.norm(points[chunk], axis=1) > threshold]
    return Projections(points, facets, points - z)


def signed_rows(cones: Cones, which: np.ndarray, facets: np.ndarray) -> np.ndarray:
    """Return the rows s_i x_i of facets (G, k), shape (G, k, d), zero where padded."""
    signs = np.where(facets >= 0, cones.signs[which[:, None], facets], 0)
    return cones.rows[facets] * signs[:, :, None]


def _lockstep(
    cones: Cones,
    which: np.ndarray,
    z: np.ndarray,
    facets: np.ndarray,
    threshold: float,
    solver: Solver,
    slack: float,
    deadline: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return points and facets; rows may fail by `slack` times the length of the point."""
    G, d = z.shape
    points, facets, multipliers = z.copy(), facets.copy(), np.zeros((G, d))
    entering = np.full(G, -1)
    floor = np.maximum(threshold, VANISHED * np.linalg.norm(z, axis=1))
    live = np.arange(G)
    for _ in range(TURNS * (d + 5)):
        if not len(live) or time.perf_counter() > deadline:
            break
        held = facets[live] >= 0
        k = max(1, int(held.sum(axis=1).max(initial=0)))
        held = held[:, :k]
        v, target, dependent = solver(cones, which[live], facets[live, :k], z[live])
        bad = dependent | (held & (target <= 0))
        wrong = bad.any(axis=1)
        behind, ahead = live[wrong], live[~wrong]
        facets[behind, :k], multipliers[behind, :k] = _retreat(
            facets[behind, :k], multipliers[behind, :k], target[wrong], bad[wrong], dependent[wrong]
        )
        multipliers[ahead, :k] = target[~wrong]
        v = v[~wrong]
        lengths = np.linalg.norm(v, axis=1)
        v[lengths <= VANISHED * np.linalg.norm(z[ahead], axis=1)] = 0.0
        points[ahead] = v
        refused = (entering[ahead] >= 0) & ~(facets[ahead] == entering[ahead, None]).any(axis=1)
        full = (facets[ahead] >= 0).all(axis=1)
        more = (lengths > floor[ahead]) & ~refused & ~full
        ahead = ahead[more]
        worst = _most_violated(cones, which[ahead], v[more], facets[ahead], slack * lengths[more])
        entering[ahead] = worst
        ahead = ahead[worst >= 0]
        facets[ahead, (facets[ahead] >= 0).sum(axis=1)] = entering[ahead]
        live = np.concatenate([behind, ahead])
    return points, facets


def on_facets(
    cones: Cones, which: np.ndarray, facets: np.ndarray, z: np.ndarray, ridge: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the points nearest to z (G, d) at which the rows of facets (G, k) vanish, and the rows' multipliers.

    By normal equations with a ridge on the multipliers, whose rows have unit length.
    """
    return _on_facets(cones.rows, cones.signs, which, np.ascontiguousarray(facets), np.ascontiguousarray(z), ridge)


@compiled("Tuple((f8[:, ::1], f8[:, ::1]))(f8[:, ::1], i1[:, ::1], i8[::1], i8[:, ::1], f8[:, ::1], f8)")
def _on_facets(table, signs, which, facets, z, ridge):
    (G, k), d = facets.shape, z.shape[1]
    points, multipliers = z.copy(), np.zeros((G, k))
    rows, factor, right = np.empty((k, d)), np.empty((k, k)), np.empty(k)
    for g in range(G):
        count = 0
        while count < k and facets[g, count] >= 0:
            row = facets[g, count]
            for e in range(d):
                rows[count, e] = signs[which[g], row] * table[row, e]
            count += 1
        for i in range(count):
            for j in range(i + 1):
                total = ridge if i == j else 0.0
                for e in range(d):
                    total += rows[i, e] * rows[j, e]
                for h in range(j):
                    total -= factor[i, h] * factor[j, h]
                factor[i, j] = np.sqrt(max(total, ridge)) if i == j else total / factor[j, j]
            total = 0.0
            for e in range(d):
                total -= rows[i, e] * z[g, e]
            for h in range(i):
                total -= factor[i, h] * right[h]
            right[i] = total / factor[i, i]
        for i in range(count - 1, -1, -1):
            multiplier = right[i] / factor[i, i]
            for h in range(i):
                right[h] -= factor[i, h] * multiplier
            for e in range(d):
                points[g, e] += multiplier * rows[i, e]
            multipliers[g, i] = multiplier
    return points, multipliers


def _by_gram(
    cones: Cones, which: np.ndarray, facets: np.ndarray, z: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Solve as `_by_qr` does, several times as fast, with a ridge on the multipliers."""
    v, target = on_facets(cones, which, facets, z, RIDGE)
    return v, target, np.zeros(facets.shape, dtype=bool)


def _by_qr(
    cones: Cones, which: np.ndarray, facets: np.ndarray, z: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return z less its part in the rows' span, the rows' multipliers there, and which rows add nothing."""
    rows, held = signed_rows(cones, which, facets), facets >= 0
    basis, R = np.linalg.qr(rows.transpose(0, 2, 1))
    diagonal = np.abs(np.einsum("gkk->gk", R))
    dependent = held & (diagonal <= DEPENDENT)
    basis = basis * (held & ~dependent)[:, None, :]
    i = np.arange(R.shape[1])
    R[:, i, i] = np.where(held & ~dependent, R[:, i, i], 1.0)
    inside = basis.transpose(0, 2, 1) @ z[:, :, None]
    v = z[:, :, None] - basis @ inside
    # a second pass makes v orthogonal to the rows relative to its own length
    v = v - basis @ (basis.transpose(0, 2, 1) @ v)
    return v[:, :, 0], -np.linalg.solve(R, inside)[:, :, 0], dependent


def _retreat(
    facets: np.ndarray, multipliers: np.ndarray, target: np.ndarray, bad: np.ndarray, dependent: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Move the multipliers towards their targets until one is zero; return the facets and multipliers without it."""
    fall = multipliers - target
    ratio = np.divide(multipliers, fall, out=np.zeros_like(fall), where=bad & (fall > 0))
    ratio[~bad] = np.inf
    unclear = np.any(dependent, axis=1)
    step = np.where(unclear, 0.0, ratio.min(axis=1))[:, None]
    leave = np.where(unclear[:, None], dependent, ratio <= step)
    order = np.argsort(leave, axis=1, kind="stable")
    multipliers = np.where(leave, 0.0, multipliers - step * fall)
    return (
        np.take_along_axis(np.where(leave, -1, facets), order, axis=1),
        np.take_along_axis(multipliers, order, axis=1),
    )


def _most_violated(
    cones: Cones, which: np.ndarray, v: np.ndarray, facets: np.ndarray, allowed: np.ndarray
) -> np.ndarray:
    """Return the row that each point violates most, −1 where none by more than allowed (G,)."""
    slack = (v @ cones.rows.T) * cones.signs[which]
    g, j = np.nonzero(facets >= 0)
    slack[g, facets[g, j]] = np.inf
    worst = slack.argmin(axis=1)
    return np.where(slack[np.arange(len(v)), worst] < -allowed, worst, -1)
