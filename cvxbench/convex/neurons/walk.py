"""The exact climb: from cell to cell of the arrangement of kinks, to a point that no neighbouring cell improves."""

from __future__ import annotations

import time

import numpy as np

from cvxbench.convex.cones.projection import Cones, Projections, on_facets, project
from cvxbench.convex.neurons.directions import Directions
from cvxbench.convex.neurons.space import Space

SLACK = 1e-9  # by which a facet's multiplier must exceed its kink, relative to the length of the gradient
ZERO = 1e-8  # length of a projection, over that of the gradient, that is rounding
TINY = 1e-14  # ridge of the equations for multipliers, whose rows have unit length
CHUNK = 4e6  # entries of a block of cells


def walk(space: Space, residual: np.ndarray, starts: Directions, steps: int, deadline: float = np.inf) -> Directions:
    """Return for each start the point where walking from cell to cell ends; values are exact.

    When time is up, only those of the blocks of starts that were begun before, and where their walks had come to.

    In a cell {u : sign Xu = S} the function s·r'(Xu)₊/n is linear, V'u; its largest value on the cell's part of the
    unit ball is the length of the projection of V on the cell's cone, attained there. A facet of row x on which the
    projection lies holds it back with a multiplier ρ ≥ 0. Crossing it adds or takes away a kink of |a|·|x'u|, a the
    row's weight: if the kink is convex, or weaker than ρ, the cell behind is better, and the walk goes on there.

    Parameters
    ----------
    space : Space
    residual : ndarray, shape (n,)
    starts : Directions
    steps : int
        Cells at most.
    deadline : float
        On the clock of `time.perf_counter`.
    """
    n = len(residual)
    found = []
    size = max(1, int(CHUNK / n))
    for begin in range(0, len(starts), size):
        if begin and time.perf_counter() > deadline:
            break
        block = starts.take(np.arange(begin, min(begin + size, len(starts))))
        found.append(_walk(space, residual / n, block, steps, deadline))
    return Directions.joined(found) if found else starts


def _walk(space: Space, weights: np.ndarray, starts: Directions, steps: int, deadline: float) -> Directions:
    signs = np.where(starts.units @ space.X.T > 0, 1, -1).astype(np.int8)
    facets = starts.facets.copy()
    points = starts.units.copy()
    live = np.arange(len(starts))
    for made in range(steps):
        if made and time.perf_counter() > deadline:
            break
        own, which = signs[live], np.arange(len(live))
        gradient = starts.signs[live, None] * (((own > 0) * weights) @ space.X)
        cones = Cones(space.rows, own)
        known = Projections(np.zeros_like(gradient), facets[live], np.zeros_like(gradient))
        projected = project(cones, which, gradient, known, exact=False)
        # where nothing in the cell is positive the projection is zero, and its rounding no direction
        positive = projected.lengths() > ZERO * np.linalg.norm(gradient, axis=1)
        points[live[positive]] = projected.points[positive]
        facets[live] = projected.facets
        held = projected.facets >= 0
        _, multipliers = on_facets(cones, which, projected.facets, -projected.pushes, TINY)
        kinks = -starts.signs[live, None] * weights[projected.facets] * space.lengths[projected.facets]
        crossed = held & (multipliers > np.maximum(kinks, 0.0) + SLACK * np.linalg.norm(gradient, axis=1)[:, None])
        k, place = np.nonzero(crossed)
        signs[live[k], projected.facets[k, place]] *= -1
        facets[live] = _without(projected.facets, crossed)
        live = live[crossed.any(axis=1)]
        if not len(live):
            break
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    points /= np.where(lengths > 0, lengths, 1.0)
    values = starts.signs * (np.maximum(points @ space.X.T, 0.0) @ weights)
    return Directions(points, starts.signs, values, facets)


def _without(facets: np.ndarray, dropped: np.ndarray) -> np.ndarray:
    """Return facets with the dropped ones taken out and the padding moved to the end."""
    left = np.where(dropped, -1, facets)
    return np.take_along_axis(left, np.argsort(left < 0, axis=1, kind="stable"), axis=1)
