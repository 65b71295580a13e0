"""The longest feature of a table of rank at most 3, exactly up to rounding: every cell of the arrangement is walked."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import numpy as np

from cvxbench.convex.proofs.circles import ANGLE, Circles
from cvxbench.convex.proofs.lines import Lines
from cvxbench.convex.proofs.proof import Ending, Longest

ENTRIES = 1e5  # crossings cut at a time
LARGEST = 3  # rank


def exact(lines: Lines, direction: np.ndarray, deadline: float = math.inf) -> Longest | None:
    """Return the longest feature of lines of rank 1 to 3, or None if that takes longer than until the deadline.

    h is linear on each cell of the arrangement of planes x_i'u = 0, with gradient g; on the unit ball its maximum over
    the cell is ‖g‖ if g lies inside, else it is on the cell's edges. In rank 3 edges are arcs of the great circles of
    the lines; sorting the crossings of each circle gives all of them, and the two cells beside each, with one sum
    update a crossing (O(m² log m) for m lines). Gradients that pass the three constraints known there are tried.

    What is proven despite rounding: crossings are wrong by at most eps over the angle of the planes, where the row
    is as good as zero, so every arc's maximum is right up to `Lines.rounding`. A cell is missed only if each of its
    edges is shorter than the errors of the crossings on its circle; all of them add up to a length s, and a cell of
    perimeter s has its maximum within t, 2π sin t = s, of its edges, where h is still cos t times as large.

    Parameters
    ----------
    lines : Lines
    direction : ndarray, shape (k,)
        A unit vector that is nearly the longest; a better start leaves fewer gradients to try.
    deadline : float
        On the clock of `time.perf_counter`.
    """
    best = float(lines.lengths(direction[None])[0])
    lines = _with_two_lines(lines)
    if lines.shape[1] < LARGEST:
        found = _planar(lines)
        return replace(found, upper=max(best, found.upper) + lines.rounding)
    m = lines.shape[0]
    step = max(1, int(ENTRIES / m))
    arcs, short = 0, 0.0
    began = time.perf_counter()
    for start in range(0, m, step):
        own = np.arange(start, min(start + step, m))
        circles = Circles.of(lines, _frames(lines.units[own]), own)
        length, there = circles.longest()
        if length > best:
            best, direction = length, there
        tried = circles.peaks_beside(lines.weights[own], best, lines.rounding)
        if len(tried):
            lengths = lines.lengths(tried)
            if lengths.max() > best:
                best, direction = float(lengths.max()), tried[lengths.argmax()]
        short += float(np.sum(2.0 * ANGLE / circles.narrowest))
        arcs += len(own) * (m - 1)
        passed = time.perf_counter() - began
        if began + passed * m / (own[-1] + 1) > deadline:
            return None
    sine = short / (2.0 * math.pi)
    upper = (best + lines.rounding) / math.sqrt(1.0 - sine**2) if sine < 1.0 else math.inf
    return Longest(upper, direction, arcs, Ending.EXACT)


def _planar(lines: Lines) -> Longest:
    """Walk the one circle of rank 2, or look at both points of rank 1."""
    if lines.shape[1] == 1:
        one = np.ones((1, 1))
        return Longest(float(lines.lengths(one)[0]), one[0], 1, Ending.EXACT)
    frame = np.array([[[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]])
    circle = Circles.of(lines, frame, None)
    upper, direction = circle.longest()
    return Longest(upper, direction, len(lines.units), Ending.EXACT)


def _with_two_lines(lines: Lines) -> Lines:
    """Return the lines, with lines of no weight among them if they are fewer than two: no circle stays uncut."""
    m, k = lines.shape
    if m >= 2 or k == 1:
        return lines
    across = np.linalg.qr(np.vstack([lines.units, np.eye(k)]).T)[0].T[m:2]
    return replace(
        lines,
        units=np.vstack([lines.units, across]),
        weights=np.concatenate([lines.weights, np.zeros(2 - m)]),
    )


def _frames(normals: np.ndarray) -> np.ndarray:
    """Return orthonormal frames (first, second, normal), shape (B, 3, 3), of unit normals (B, 3)."""
    axes = np.eye(3)[np.abs(normals).argmin(axis=1)]
    first = axes - np.einsum("bi,bi->b", axes, normals)[:, None] * normals
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    return np.stack([first, np.cross(normals, first), normals], axis=1)
