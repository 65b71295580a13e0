"""The Newton matrix of the dual: n·I + σ Σ_g D_g X (a_g I + b_g u_g u_g') X' D_g, b = 1 − a, over the active groups."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cvxbench.convex.dense import Solve
from cvxbench.convex.features import Features


@dataclass(frozen=True)
class Jacobian:
    """The matrix at one point, as its parts; k active groups.

    Parameters
    ----------
    features : Features
    groups : ndarray of int, shape (k,)
    patterns : ndarray, shape (k, n)
    shrink : ndarray, shape (k,)
        a = 1 − τ/‖v_g‖.
    directions : ndarray, shape (k, r)
        u = v_g/‖v_g‖.
    sigma : float
    """

    features: Features
    groups: np.ndarray
    patterns: np.ndarray
    shrink: np.ndarray
    directions: np.ndarray
    sigma: float

    def times(self, v: np.ndarray) -> np.ndarray:
        """Return the matrix times v, shape (n,)."""
        X, U = self.features.X, self.directions
        pulled = self.patterns @ (X * v[:, None])
        along = np.einsum("ij,ij->i", U, pulled)
        pushed = self.shrink[:, None] * pulled + ((1.0 - self.shrink) * along)[:, None] * U
        return len(v) * v + self.sigma * self.features.combine(self.patterns, pushed)

    @cached_property
    def along(self) -> np.ndarray:
        """Return the columns √(σ b_g) D_g X u_g as rows, shape (k, n)."""
        weights = self.directions * np.sqrt(self.sigma * (1.0 - self.shrink))[:, None]
        return self.patterns * (weights @ self.features.X.T)


@dataclass(frozen=True)
class Answer:
    """What conjugate gradients reached.

    Parameters
    ----------
    x : ndarray
    iterations : int
    error : float
        ‖b − Hx‖/‖b‖ by the recurrence.
    precondition : callable
        What they were preconditioned with.
    """

    x: np.ndarray
    iterations: int
    error: float
    precondition: Solve


def conjugate_gradients(times: Solve, b: np.ndarray, precondition: Solve, tol: float, limit: int) -> Answer:
    """Solve H x = b for a positive definite H given as a product, in float64, until the residual is `tol` ‖b‖."""
    x, residual = np.zeros_like(b), b.copy()
    step = precondition(residual)
    along = float(residual @ step)
    norm, error, iterations = float(np.linalg.norm(b)), 1.0, 0
    while iterations < limit:
        product = times(step)
        curvature = float(step @ product)
        if not (curvature > 0.0 and along > 0.0):
            break
        iterations += 1
        x += (along / curvature) * step
        residual -= (along / curvature) * product
        error = float(np.linalg.norm(residual)) / norm
        if error < tol:
            break
        preconditioned = precondition(residual)
        before, along = along, float(residual @ preconditioned)
        step = preconditioned + (along / before) * step
    return Answer(x, iterations, error, precondition)
