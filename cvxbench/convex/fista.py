"""FISTA with backtracking, step growth and restarts, for a smooth function plus λ times a sum of column norms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

SHRINK, GROW, SLACK = 0.8, 1.25, 5.0  # backtracking and step growth of the published R-FISTA


@dataclass(frozen=True)
class Smooth:
    """The smooth part of an objective over weights of shape (d, P).

    Parameters
    ----------
    value : callable
        weights → float.
    gradient : callable
        weights → (value, gradient of shape (d, P)).
    """

    value: Callable[[np.ndarray], float]
    gradient: Callable[[np.ndarray], tuple[float, np.ndarray]]


@dataclass(frozen=True)
class Iterate:
    """Where the iteration stands: point, extrapolated point, momentum, step, and how far from stationary."""

    point: np.ndarray
    ahead: np.ndarray
    momentum: float = 1.0
    step: float = 1.0
    mapping: float = np.inf

    @classmethod
    def at(cls, point: np.ndarray, step: float = 1.0) -> Iterate:
        """Start afresh from `point`."""
        return cls(point=point, ahead=point, step=step)


def shrink(weights: np.ndarray, threshold: float) -> np.ndarray:
    """Return the proximal point of threshold·Σ‖column‖₂: every column shortened by `threshold`, or zero."""
    norms = np.linalg.norm(weights, axis=0)
    return weights * (np.maximum(norms - threshold, 0.0) / np.maximum(norms, np.finfo(float).tiny))


def advance(now: Iterate, smooth: Smooth, lam: float) -> Iterate:
    """Take one accelerated proximal gradient step, restarting the momentum when it points uphill.

    The rules are those of R-FISTA (Mishkin, Sahiner, Pilanci 2022): backtrack by 0.8 until the quadratic model holds,
    grow by 1.25 when it is five times too cautious, restart on ⟨w⁺ − w, v − w⁺⟩ > 0. `mapping` of the result is
    ‖v − w⁺‖²/η², which is zero only at a minimiser.
    """
    f_ahead, gradient = smooth.gradient(now.ahead)
    step = now.step
    while True:
        point = shrink(now.ahead - step * gradient, step * lam)
        change = point - now.ahead
        squared = float(np.vdot(change, change))
        linear = float(np.vdot(gradient, change))
        rise = smooth.value(point) - f_ahead - linear
        rounding = 1e-14 * abs(f_ahead)
        if not np.isfinite(rise) or 2.0 * step * (rise - rounding) <= squared:
            break
        step *= SHRINK
    mapping = squared / step**2
    if squared > SLACK * 2.0 * step * max(rise, 0.0):
        step *= GROW
    if np.vdot(point - now.point, now.ahead - point) > 0.0:
        return replace(Iterate.at(point, step), mapping=mapping)
    momentum = 0.5 * (1.0 + np.sqrt(1.0 + 4.0 * now.momentum**2))
    ahead = point + (now.momentum - 1.0) / momentum * (point - now.point)
    return Iterate(point, ahead, momentum, step, mapping)


def stationary(now: Iterate, smooth: Smooth, lam: float, tol: float) -> bool:
    """Return whether the squared norm of the smallest subgradient at the point is at most `tol`."""
    if now.mapping > 4.0 * tol:  # a cheap necessary sign, so that the extra gradient is rarely needed
        return False
    gradient = smooth.gradient(now.point)[1]
    norms = np.linalg.norm(now.point, axis=0)
    used = norms > 0.0
    at_used = gradient[:, used] + lam * now.point[:, used] / norms[used]
    at_zero = np.maximum(np.linalg.norm(gradient[:, ~used], axis=0) - lam, 0.0)
    return bool(np.sum(at_used**2) + np.sum(at_zero**2) <= tol)
