"""`longest_feature`: a proven bound on how much any neuron correlates with a residual, over all activation patterns."""

from __future__ import annotations

import math
import time

import numpy as np

from cvxbench.convex.proofs import branch, exact
from cvxbench.convex.proofs.climb import climb
from cvxbench.convex.proofs.lines import EPS, Lines
from cvxbench.convex.proofs.proof import Ending, Longest, Proof


def longest_feature(
    X: np.ndarray,
    r: np.ndarray,
    *,
    starts: np.ndarray | None = None,
    target: float = 0.0,
    tol: float = 1e-4,
    time_limit: float = math.inf,
    node_limit: float = math.inf,
) -> Proof:
    """Bound M = max over ‖u‖ ≤ 1 and s = ±1 of s·r'(Xu)₊/n.

    With r the residual of any two-layer ReLU network, t·r is feasible for t ≤ lam/M in the dual of its training
    problem over all activation patterns (Pilanci and Ergen 2020), so an upper bound of M proves how far the network
    can be from the optimum. Rank 1 to 3 is exact: see `exact.exact`. Higher ranks are searched by branch and bound,
    and so is rank 3 if the time does not suffice: see `branch.branch_and_bound`; beyond rank 6 or so expect little.

    Parameters
    ----------
    X : ndarray, shape (n, d)
    r : ndarray, shape (n,)
    starts : ndarray, shape (K, d), optional
        Directions that a search has found. The longest is a lower bound, and the search for others starts there.
    target : float
        An upper bound that is small enough, if it can be had; (1 + tol)·M is asked for otherwise.
    tol : float
        Relative distance of the bounds to stop at.
    time_limit : float
        Seconds, kept to within one batch of cones; the bound at the end of it is as valid.
    node_limit : float
        Cones to bound at most, to within one batch.

    Returns
    -------
    Proof
        `upper` is at most ‖X‖₂‖r‖/n, whatever the limits.
    """
    began = time.perf_counter()
    deadline = began + time_limit
    n, d = X.shape
    lines = Lines.of(X, r)
    trivial = float(np.linalg.norm(X, 2) * np.linalg.norm(r)) / n * (1.0 + 16 * (n + d) * EPS)
    trivial = min(trivial, lines.mass * (1.0 + 4 * (n + d) * EPS))
    rank = lines.shape[1]
    if trivial == 0.0 or rank == 0:
        return Proof(trivial, 0.0, np.zeros(d), 1.0, 0, time.perf_counter() - began, Ending.EXACT)
    given = np.zeros((0, d)) if starts is None else starts
    direction = climb(lines, given @ lines.basis.T)
    found = exact.exact(lines, direction, deadline) if rank <= exact.LARGEST else None
    if found is None and rank <= branch.LARGEST:
        found = branch.branch_and_bound(
            lines,
            direction,
            trivial=trivial,
            target=target - lines.slack,
            tol=tol,
            deadline=deadline,
            node_limit=node_limit,
        )
    if found is None:
        found = Longest(trivial, direction, 0, Ending.RANK)
    lower, direction, sign = _attained(X, r, found.direction @ lines.basis)
    upper = min(trivial, found.upper + lines.slack)
    return Proof(upper, lower, direction, sign, found.nodes, time.perf_counter() - began, found.ending)


def _attained(X: np.ndarray, r: np.ndarray, direction: np.ndarray) -> tuple[float, np.ndarray, float]:
    """Return the longer feature of a direction and its opposite, which of them it is, and the sign."""
    direction = direction / np.linalg.norm(direction)
    both = np.stack([direction, -direction])
    lengths = r @ np.maximum(X @ both.T, 0.0) / len(r)
    place = int(np.abs(lengths).argmax())
    return abs(float(lengths[place])), both[place], 1.0 if lengths[place] >= 0.0 else -1.0
