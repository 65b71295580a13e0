"""What weights of the ReLU network's program are worth, recomputed from nothing but the weights and the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvxbench.convex.cones.projection import Cones, Projections, project


@dataclass(frozen=True)
class Certificate:
    """A value of the program, a bound below its optimum, and by how much the weights leave their cones.

    Parameters
    ----------
    objective, lower_bound : float
    violation : float
        The largest −s_i x_i'v over rows i and groups v, in units of ‖x_i‖·‖v‖; 0 if there is none.
    """

    objective: float
    lower_bound: float
    violation: float

    @property
    def relative_gap(self) -> float:
        """(objective − lower_bound) / objective, or 0 if both are 0."""
        return (self.objective - self.lower_bound) / self.objective if self.objective > 0 else 0.0


def certify(
    X: np.ndarray, y: np.ndarray, active: np.ndarray, positive: np.ndarray, negative: np.ndarray, lam: float
) -> Certificate:
    """Evaluate weights of the program, and bound its optimum by their residual.

    The residual r, scaled until ‖proj_{C_g}(±X'D_g r)‖ ≤ λn for every group, is feasible in the dual
    max ν'y/n − ‖ν‖²/(2n). Lengths of projections are computed from above, so the bound holds whatever their accuracy.

    Parameters
    ----------
    X : ndarray, shape (n, d)
    y : ndarray, shape (n,)
    active : ndarray of bool, shape (n, P)
    positive, negative : ndarray, shape (d, P)
        The groups v_g and w_g.
    lam : float
    """
    n, P = active.shape
    cones = Cones.of(X, active)
    r = y - np.einsum("np,np->n", active, X @ (positive - negative))
    groups = np.hstack([positive, negative])
    lengths = np.linalg.norm(groups, axis=0)
    used = np.flatnonzero(lengths > 0)
    slack = cones.signs[used % P].T * (cones.rows @ (groups[:, used] / lengths[used]))
    pulls = active.T @ (X * r[:, None])
    z = np.vstack([pulls, -pulls])
    projections = project(cones, np.tile(np.arange(P), 2), z, Projections.none(*z.shape), lam * n)
    return Certificate(
        objective=float(r @ r / (2 * n) + lam * lengths.sum()),
        lower_bound=dual_value(y, r, float(projections.lengths().max(initial=0.0)), lam),
        violation=float(np.maximum(-slack, 0.0).max(initial=0.0)),
    )


def dual_value(y: np.ndarray, r: np.ndarray, length: float, lam: float) -> float:
    """Return the dual value of the best feasible multiple of r, never negative.

    Parameters
    ----------
    y, r : ndarray, shape (n,)
    length : float
        max_g ‖proj_{C_g}(±X'D_g r)‖, or more.
    lam : float
    """
    n = len(y)
    square, fit = float(r @ r), float(r @ y)
    if square == 0:
        return 0.0
    scale = max(fit / square, 0.0)
    if length > 0:
        scale = min(scale, lam * n / length)
    return (scale * fit - 0.5 * scale**2 * square) / n
