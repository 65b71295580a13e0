"""What convex theory promises of the last iterate under a schedule of step sizes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvxbench.nonconvex.schedules.schedule import Schedule


@dataclass(frozen=True)
class LastIterateBound:
    """Ω_T(γ) = t₁/γ + γ·(t₂ + t₃): how far above the minimum the loss can be after T steps at peak step γ.

    Defazio et al. (2023, arXiv 2310.07831) prove it for (sub)gradient descent on a convex loss; the three terms are
    those of a peak of 1.

    Parameters
    ----------
    distance_term : float
        t₁ = D²/(2 Σ η_t), in loss × step.
    average_term : float
        t₂ = Σ η_t²G_t² / (2 Σ η_t), in loss / step.
    last_term : float
        t₃, what the last iterate pays beyond the average, in loss / step.
    """

    distance_term: float
    average_term: float
    last_term: float

    def at(self, peak: float) -> float:
        """Return Ω_T at a peak step."""
        return self.distance_term / peak + peak * (self.average_term + self.last_term)

    @property
    def best_peak(self) -> float:
        """The peak step γ* at which the bound is lowest."""
        return float(np.sqrt(self.distance_term / (self.average_term + self.last_term)))

    @property
    def best(self) -> float:
        """The bound Ω* at γ*."""
        return self.at(self.best_peak)


def last_iterate_bound(
    factors: np.ndarray, gradients: np.ndarray | float = 1.0, distance: float = 1.0
) -> LastIterateBound:
    """Return the bound on the last iterate for any schedule, in O(T).

    Parameters
    ----------
    factors : ndarray, shape (T,)
        η_1 … η_T at a peak step of 1; positive.
    gradients : float or ndarray, shape (T,)
        G_t, the norm that the (sub)gradient of step t has at most.
    distance : float
        D, from the start to the minimiser.
    """
    squares = (factors * gradients) ** 2
    ahead = np.cumsum(factors[::-1])[::-1]  # Σ_{t≥k} η_t
    ahead_squares = np.cumsum(squares[::-1])[::-1]
    return LastIterateBound(
        distance_term=float(distance**2 / (2.0 * ahead[0])),
        average_term=float(ahead_squares[0] / (2.0 * ahead[0])),
        last_term=float(0.5 * np.sum(factors[:-1] / ahead[1:] * ahead_squares[:-1] / ahead[:-1])),
    )


def factors(schedule: Schedule, horizon: int) -> np.ndarray:
    """Return the factors of a schedule over `horizon` steps, shape (horizon,)."""
    return np.array([schedule(step, horizon, horizon) for step in range(horizon)])


def bound_along(
    factors: np.ndarray, peak: float, gradient: float = 1.0, distance: float = 1.0, points: int = 100
) -> list[tuple[int, float]]:
    """Return the bound on the iterate after t of the T steps as pairs (t, Ω_t), for about `points` geometric t.

    Parameters
    ----------
    factors : ndarray, shape (T,)
        With a peak of 1.
    peak, gradient, distance : float
        γ, G and D.
    """
    steps = np.unique(np.geomspace(1, len(factors), points).round().astype(int))
    return [(t, last_iterate_bound(factors[:t], gradient, distance).at(peak)) for t in steps.tolist()]


def matched(factors: np.ndarray, peak: float, excess: float) -> tuple[float, float]:
    """Return the G and D with which the bound is lowest at a measured best peak step, and there as high as measured.

    Parameters
    ----------
    factors : ndarray, shape (T,)
    peak : float
    excess : float
        Loss above its floor after T steps at that peak.

    Returns
    -------
    (G, D) : pair of float
    """
    unit = last_iterate_bound(factors)
    gradient = np.sqrt(excess / (2.0 * peak * (unit.average_term + unit.last_term)))
    distance = np.sqrt(excess * peak / (2.0 * unit.distance_term))
    return float(gradient), float(distance)
