"""Newton's method on a smoothed neuron, for many starts at once: the climb that sees past small kinks."""

from __future__ import annotations

import time

import numpy as np
from scipy.linalg import get_lapack_funcs

from cvxbench.convex.neurons.directions import Directions
from cvxbench.convex.neurons.space import Space

CHUNK = 3e5  # entries of a block of features: few enough for a cache
BACKTRACKS = 8
SHRINK = 0.4
ARMIJO = 1e-4
NEAR = 3e-3  # of the largest curvature of a row: what is below changes a step by a percent
SMALLEST = np.float32(1e-24)  # squared smoothing: the cube of what 1 is divided by is still a number in float32
LARGE = 20  # columns from which one call for each Cholesky factor takes less time than LU factors of all in one


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
    pull, concave = A @ X, np.maximum(-A, 0.0)
    for width in widths.astype(np.float32):
        squared = np.maximum(width * width * np.einsum("kn,kn->k", Z, Z)[:, None] / np.float32(Z.shape[1]), SMALLEST)
        root = _root(Z, squared)
        value = _smoothed(W, pull, A, root)
        # in place: what counts for large blocks is how often they pass through the cache
        inverse = np.reciprocal(root, out=root)
        pulled = np.multiply(Z, inverse, out=Z)
        pulled *= A
        gradient = W - 0.5 * (pull + pulled @ X)
        curved = np.multiply(inverse, inverse, out=pulled)
        curved *= 0.5 * squared
        curved *= inverse
        curved *= concave
        hessian = space.outer_sums(curved, NEAR)
        hessian.reshape(len(W), r * r)[:, :: r + 1] += 1.0
        step = -_solved(hessian, gradient)
        slope = np.einsum("kr,kr->k", step, gradient)
        reached, live, t = W.copy(), np.arange(len(W)), np.float32(1.0)
        trial, on, by = W + step, A, pull
        for _ in range(BACKTRACKS):
            smoothed = _smoothed(trial, by, on, _root(trial @ X.T, squared[live]))
            good = smoothed <= value[live] + ARMIJO * t * slope[live]
            reached[live[good]] = trial[good]
            live = live[~good]
            if not len(live):
                break
            t *= np.float32(SHRINK)
            trial, on, by = W[live] + t * step[live], A[live], pull[live]
        W = reached
        Z = W @ X.T  # not the sum of steps, whose rounding outlives a W that shrinks
        length = np.linalg.norm(W, axis=1)
        true = lengths * np.einsum("kn,kn->k", A, np.maximum(Z, 0.0)) / np.maximum(length, 1e-30)
        better = (true > best) & (length > 0)
        best[better], best_units[better] = true[better], W[better] / length[better, None]
    units = best_units.astype(float)
    return units / np.linalg.norm(units, axis=1, keepdims=True)


def _solved(matrices: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the solutions of positive definite systems (K, r, r), which are overwritten, and right sides (K, r)."""
    if right.shape[1] < LARGE:
        return np.linalg.solve(matrices, right[:, :, None])[:, :, 0]
    (posv,) = get_lapack_funcs(("posv",), (matrices,))
    return np.array(
        [posv(matrix.T, one, lower=1, overwrite_a=1)[1] for matrix, one in zip(matrices, right, strict=True)]
    )


def _root(Z: np.ndarray, squared: np.ndarray) -> np.ndarray:
    """Return √(Z² + squared)."""
    root = Z * Z
    root += squared
    return np.sqrt(root, out=root)


def _smoothed(W: np.ndarray, pull: np.ndarray, A: np.ndarray, root: np.ndarray) -> np.ndarray:
    """Return ½‖w‖² − Σ a·(z + root)/2, of which Σ a·z is w'pull."""
    return 0.5 * (np.einsum("kr,kr->k", W, W - pull) - np.einsum("kn,kn->k", A, root))
