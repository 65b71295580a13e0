"""Newton's method on a smoothed neuron, for many starts at once: the climb that sees past small kinks."""

from __future__ import annotations

import time

import numpy as np

from cvxbench.convex.neurons.directions import Directions
from cvxbench.convex.neurons.space import Space

CHUNK = 2e6  # entries of a block of features
BACKTRACKS = 8
SHRINK = 0.4
ARMIJO = 1e-4


def climb(
    space: Space, residual: np.ndarray, starts: Directions, widths: np.ndarray, deadline: float = np.inf
) -> Directions:
    """Return for each start the best point met by Newton steps on ½‖w‖² − s·r'φ(Xw)/n, one step per width.

    φ(z) = (z + √(z² + μ²))/2, μ a width times the root mean square of Xw. At a minimum ‖w‖ is the value of
    s·r'(Xu)₊/n, u = w/‖w‖, so no sphere is needed. Of the curvature only the positive part is kept. In float32.
    When time is up, only the blocks of starts that were begun before are returned.

    Parameters
    ----------
    space : Space
    residual : ndarray, shape (n,)
    starts : Directions
    widths : ndarray
        Descending.
    deadline : float
        On the clock of `time.perf_counter`.
    """
    n = len(residual)
    scale = max(float(np.abs(residual).max()), 1e-300)
    weights = (residual / scale).astype(np.float32)
    units, values = starts.units.copy(), np.empty(len(starts))
    size = max(1, int(CHUNK / n))
    done = 0
    for begin in range(0, len(starts), size):
        if begin and time.perf_counter() > deadline:
            break
        done = min(begin + size, len(starts))
        block = slice(begin, done)
        A = starts.signs[block, None].astype(np.float32) * weights
        units[block] = _climb(space, A, starts.units[block].astype(np.float32), widths)
        features = np.maximum(units[block] @ space.X.T, 0.0)
        values[block] = starts.signs[block] * (features @ residual) / n
    return Directions(units, starts.signs, values, np.full(units.shape, -1)).take(np.arange(done))


def _climb(space: Space, A: np.ndarray, U: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """Climb from unit vectors U (K, r) with weights A (K, n) of the rows; return the best unit vectors met."""
    X, r = space.X32, U.shape[1]
    Z = U @ X.T
    values = np.einsum("kn,kn->k", A, np.maximum(Z, 0.0))
    best, best_units = values.copy(), U.copy()
    # starts of no value climb at unit weight: there is nothing to scale them by
    lengths = np.where(values > 0, values, 1.0)
    # w is kept in units of the start's value, so that float32 does for residuals of any size
    A = A / lengths[:, None]
    W = U.copy()
    concave = np.maximum(-A, 0.0)
    for width in widths.astype(np.float32):
        squared = width * width * np.einsum("kn,kn->k", Z, Z)[:, None] / np.float32(Z.shape[1])
        root = np.sqrt(Z * Z + squared)
        root = np.maximum(root, np.float32(1e-12))  # whose cube float32 still holds
        value = _smoothed(W, A, Z, root)
        gradient = W - 0.5 * (A * (1.0 + Z / root)) @ X
        hessian = space.outer_sums(0.5 * concave * squared / root**3)
        hessian[:, range(r), range(r)] += 1.0
        step = -np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
        slope = np.einsum("kr,kr->k", step, gradient)
        moved = step @ X.T
        t, live = np.ones(len(W), dtype=np.float32), np.arange(len(W))
        for _ in range(BACKTRACKS):
            trial_W, trial_Z = W[live] + t[live, None] * step[live], Z[live] + t[live, None] * moved[live]
            trial = _smoothed(trial_W, A[live], trial_Z, np.sqrt(trial_Z * trial_Z + squared[live]))
            good = trial <= value[live] + ARMIJO * t[live] * slope[live]
            W[live[good]], Z[live[good]] = trial_W[good], trial_Z[good]
            live = live[~good]
            if not len(live):
                break
            t[live] *= SHRINK
        Z = W @ X.T  # not the sum of steps, whose rounding outlives a W that shrinks
        length = np.linalg.norm(W, axis=1)
        true = lengths * np.einsum("kn,kn->k", A, np.maximum(Z, 0.0)) / np.maximum(length, 1e-30)
        better = (true > best) & (length > 0)
        best[better], best_units[better] = true[better], W[better] / length[better, None]
    units = best_units.astype(float)
    return units / np.linalg.norm(units, axis=1, keepdims=True)


def _smoothed(W: np.ndarray, A: np.ndarray, Z: np.ndarray, root: np.ndarray) -> np.ndarray:
    return 0.5 * np.einsum("kr,kr->k", W, W) - 0.5 * np.einsum("kn,kn->k", A, Z + root)
