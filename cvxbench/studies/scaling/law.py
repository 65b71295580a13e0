"""The scaling law of the loss in horizon and step size, its form with free exponents, and how both are fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize, nnls

ROUNDS, SETTLED = 20, 1e-7  # of reweighting: how many at most, and the relative change that ends them
EXPONENTS = (0.05, 6.0)  # where free exponents are looked for
SIMPLEX = 0.2 * np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])  # the first, in their logarithms, around a start


@dataclass(frozen=True)
class Law:
    """L(T, η) = L∞ + a·(Tη)^−α + b·η^β; with α = β = 1 it is the law of Bu, Xu and Mao (2026, arXiv 2602.07145).

    Parameters
    ----------
    floor : float
        L∞, in units of the loss.
    a, b : float
        q₁² and q₂² of the law.
    alpha, beta : float
    """

    floor: float
    a: float
    b: float
    alpha: float = 1.0
    beta: float = 1.0

    @property
    def q1(self) -> float:
        """√a."""
        return float(np.sqrt(self.a))

    @property
    def q2(self) -> float:
        """√b."""
        return float(np.sqrt(self.b))

    @property
    def slope(self) -> float:
        """The power of T that the best step falls by: −½ in the law."""
        return -self.alpha / (self.alpha + self.beta)

    @property
    def decay(self) -> float:
        """The power of T that the best loss falls to its floor by: −½ in the law."""
        return self.beta * self.slope

    @property
    def bends(self) -> bool:
        """Whether the loss has a best step at all: both terms are there."""
        return self.a > 0.0 and self.b > 0.0

    def loss(self, horizon: np.ndarray | float, step: np.ndarray | float) -> np.ndarray:
        """Return L(T, η) of horizons and steps that broadcast."""
        horizon, step = np.asarray(horizon, dtype=float), np.asarray(step, dtype=float)
        return self.floor + self.a * (horizon * step) ** -self.alpha + self.b * step**self.beta

    def best_step(self, horizon: float) -> float:
        """Return η*(T), which is q₁/(q₂√T) in the law; infinite if no step is too large for it."""
        if self.b == 0.0:
            return float("inf")
        ratio = self.alpha * self.a / (self.beta * self.b)
        return float((ratio * horizon**-self.alpha) ** (1.0 / (self.alpha + self.beta)))

    def best_loss(self, horizon: float) -> float:
        """Return L*(T), which is L∞ + 2q₁q₂/√T in the law; the floor if one term is missing."""
        if not self.bends:
            return self.floor
        return float(self.loss(horizon, self.best_step(horizon)))


def fit_law(
    horizon: np.ndarray,
    step: np.ndarray,
    loss: np.ndarray,
    weights: np.ndarray | None = None,
    floor: float | None = None,
) -> Law:
    """Fit the law by relative errors: a gamma regression with identity link and coefficients that are not negative.

    Parameters
    ----------
    horizon, step, loss : ndarray, shape (R,)
        Of R runs; all positive.
    weights : ndarray, shape (R,), optional
        How often each run counts.
    floor : float, optional
        L∞, where it is known; the errors are then relative to the loss above it.
    """
    return _fit(horizon, step, loss, _ones(loss, weights), floor, (1.0, 1.0))[0]


def fit_free(
    horizon: np.ndarray,
    step: np.ndarray,
    loss: np.ndarray,
    weights: np.ndarray | None = None,
    floor: float | None = None,
    start: Sequence[float] = (1.0, 1.0),
) -> Law:
    """Fit the form with free exponents as `fit_law` fits the law; exponents are sought in [0.05, 6] from `start`."""
    counted = _ones(loss, weights)

    def misfit(exponents: np.ndarray) -> float:
        return _fit(horizon, step, loss, counted, floor, np.exp(exponents))[1]

    first = np.log(start)
    found = minimize(
        misfit,
        first,
        method="Nelder-Mead",
        bounds=[tuple(np.log(EXPONENTS))] * 2,
        options={"initial_simplex": first + SIMPLEX, "xatol": 5e-3, "fatol": 1e-8},
    )
    return _fit(horizon, step, loss, counted, floor, np.exp(found.x))[0]


def r_squared(law: Law, horizon: np.ndarray, step: np.ndarray, loss: np.ndarray) -> float:
    """Return the share of the variance of the loss that the law explains; negative if a constant does better."""
    return float(1.0 - np.sum((loss - law.loss(horizon, step)) ** 2) / np.sum((loss - loss.mean()) ** 2))


def _ones(loss: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    return np.ones(len(loss)) if weights is None else weights


def _fit(
    horizon: np.ndarray,
    step: np.ndarray,
    loss: np.ndarray,
    weights: np.ndarray,
    floor: float | None,
    exponents: Sequence[float] | np.ndarray,
) -> tuple[Law, float]:
    """Return the law at given exponents and its deviance."""
    alpha, beta = float(exponents[0]), float(exponents[1])
    columns = [(horizon * step) ** -alpha, step**beta]
    above = loss if floor is None else np.maximum(loss - floor, np.finfo(float).tiny)
    if floor is None:
        columns.insert(0, np.ones(len(loss)))
    A = np.column_stack(columns)
    scale = A.mean(axis=0)
    A = A / scale
    expected = above
    coefficients = np.zeros(A.shape[1])
    for _ in range(ROUNDS):
        weight = np.sqrt(weights) / expected
        before, (coefficients, _) = coefficients, nnls(A * weight[:, None], above * weight)
        expected = np.maximum(A @ coefficients, 1e-9 * above)
        if np.abs(coefficients - before).max() <= SETTLED * coefficients.max():
            break
    ratio = above / expected
    deviance = float(2.0 * np.sum(weights * (ratio - 1.0 - np.log(ratio))) / np.sum(weights))
    found = (coefficients / scale).tolist()
    at = found.pop(0) if floor is None else floor
    return Law(at, found[0], found[1], alpha, beta), deviance
