"""Newton's method on a smoothed neuron, for many starts at once: the climb that sees past small kinks."""

from __future__ import annotations

import time

import numpy as np

from cvxbench.convex.compiled import compiled
from cvxbench.convex.neurons.directions import Directions
from cvxbench.convex.neurons.outer import Outer
from cvxbench.convex.neurons.space import Space

CHUNK = 3e5  # entries of a block of features: few enough for a cache
BACKTRACKS = 8
SHRINK = 0.4
ARMIJO = 1e-4
NEAR = 3e-3  # of the largest curvature of a row: what is below changes a step by a percent
SMALLEST = np.float32(1e-24)  # squared smoothing: the cube of what 1 is divided by is still a number in float32
LANES = 64  # Newton systems factored at a time: the same entry of each lies side by side


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
    # of each sign, with the rows first whose kinks are concave
    rows = {sign: np.argsort(sign * weights >= 0.0, kind="stable") for sign in (1.0, -1.0)}
    concave = {sign: int(np.count_nonzero(sign * weights < 0.0)) for sign in rows}
    outer = {sign: space.outer.take(rows[sign]) for sign in rows}
    units, values = starts.units.copy(), np.empty(len(starts))
    size = max(1, int(CHUNK / n))
    done = 0
    for begin in range(0, len(starts), size):
        if begin and time.perf_counter() > deadline:
            break
        done = min(begin + size, len(starts))
        block = slice(begin, done)
        for sign in rows:
            chosen = begin + np.flatnonzero(starts.signs[block] == sign)
            if len(chosen):
                units[chosen] = _climb(
                    outer[sign], concave[sign], sign * weights[rows[sign]], units[chosen].astype(np.float32), widths
                )
        features = np.maximum(units[block] @ space.X.T, 0.0)
        values[block] = starts.signs[block] * (features @ residual) / n
    return Directions(units, starts.signs, values, np.full(units.shape, -1)).take(np.arange(done))


def _climb(outer: Outer, concave: int, a: np.ndarray, U: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """Climb from unit vectors U (K, r); return the best unit vectors met.

    Of the rows, whose weights are a (n,), the first `concave` ones are those of negative weight.
    """
    X, curves = outer.X, outer.take(slice(concave))
    Z = U @ X.T
    values, squares = _active(a, Z)
    best, best_units = values.copy(), U.copy()
    # starts of no value climb at unit weight: there is nothing to scale them by
    lengths = np.where(values > 0, values, np.float32(1.0))
    # w is kept in units of the start's value, so that float32 does for residuals of any size
    W = U.copy()
    pull = (a @ X) / lengths[:, None]
    pulled, curved = np.empty_like(Z), np.empty((len(Z), concave), np.float32)
    for width in widths.astype(np.float32):
        squared = np.maximum(width * width * squares / np.float32(Z.shape[1]), SMALLEST)
        value = _smoothed(W, pull, _bent(a, lengths, Z, squared, pulled, curved))
        gradient = W - 0.5 * (pull + (pulled @ X) / lengths[:, None])
        step = _newton_steps(curves.sums(curved, NEAR), gradient, LANES)
        slope = np.einsum("kr,kr->k", step, gradient)
        reached, live, t = W.copy(), np.arange(len(W)), np.float32(1.0)
        trial = W + step
        for _ in range(BACKTRACKS):
            smoothed = _smoothed(trial, pull[live], _roots(a, lengths[live], trial @ X.T, squared[live]))
            good = smoothed <= value[live] + ARMIJO * t * slope[live]
            reached[live[good]] = trial[good]
            live = live[~good]
            if not len(live):
                break
            t *= np.float32(SHRINK)
            trial = W[live] + t * step[live]
        W = reached
        Z = W @ X.T  # not the sum of steps, whose rounding outlives a W that shrinks
        length = np.linalg.norm(W, axis=1)
        active, squares = _active(a, Z)
        true = active / np.maximum(length, 1e-30)
        better = (true > best) & (length > 0)
        best[better], best_units[better] = true[better], W[better] / length[better, None]
    units = best_units.astype(float)
    return units / np.linalg.norm(units, axis=1, keepdims=True)


def _smoothed(W: np.ndarray, pull: np.ndarray, roots: np.ndarray) -> np.ndarray:
    """Return ½‖w‖² − Σ a·(z + √(z² + squared))/2, of which Σ a·z is w'pull."""
    return 0.5 * (np.einsum("kr,kr->k", W, W - pull) - roots)


@compiled("Tuple((f4[::1], f4[::1]))(f4[::1], f4[:, ::1])")
def _active(a, Z):
    """Return Σ a·z₊ and Σ z² of each row of Z (K, n)."""
    sums, squares = np.empty(len(Z), np.float32), np.empty(len(Z), np.float32)
    for k in range(len(Z)):
        total = square = np.float32(0.0)
        for i in range(len(a)):
            z = Z[k, i]
            total += a[i] * max(z, np.float32(0.0))
            square += z * z
        sums[k], squares[k] = total, square
    return sums, squares


@compiled("f4[::1](f4[::1], f4[::1], f4[:, ::1], f4[::1])")
def _roots(a, lengths, Z, squared):
    """Return Σ a·√(z² + squared), over the length, of each row of Z (K, n)."""
    sums = np.empty(len(Z), np.float32)
    for k in range(len(Z)):
        total, add = np.float32(0.0), squared[k]
        for i in range(len(a)):
            total += a[i] * np.sqrt(Z[k, i] * Z[k, i] + add)
        sums[k] = total / lengths[k]
    return sums


@compiled("f4[::1](f4[::1], f4[::1], f4[:, ::1], f4[::1], f4[:, ::1], f4[:, ::1])")
def _bent(a, lengths, Z, squared, pulled, curved):
    """Return what `_roots` does; `pulled` becomes a·z/root, `curved` half of −a·root'' over the length."""
    sums = np.empty(len(Z), np.float32)
    concave = curved.shape[1]
    for k in range(len(Z)):
        total, add = np.float32(0.0), squared[k]
        half = np.float32(-0.5) * add / lengths[k]
        for i in range(len(a)):
            pulled[k, i] = np.sqrt(Z[k, i] * Z[k, i] + add)
        for i in range(len(a)):
            total += a[i] * pulled[k, i]
        for i in range(len(a)):
            pulled[k, i] = np.float32(1.0) / pulled[k, i]
        for i in range(concave):
            curved[k, i] = half * a[i] * pulled[k, i] * pulled[k, i] * pulled[k, i]
        for i in range(len(a)):
            pulled[k, i] *= a[i] * Z[k, i]
        sums[k] = total / lengths[k]
    return sums


@compiled("f4[:, ::1](f4[:, ::1], f4[:, ::1], i8)")
def _newton_steps(sums, gradient, lanes):
    """Return −(I + H)⁻¹ gradient, shape (K, r), for K lower triangles H in columns (r(r+1)/2, K), row after row.

    `lanes` systems are factored at a time.
    """
    K, r = gradient.shape
    steps = np.empty((K, r), np.float32)
    factor, total = np.zeros((len(sums), lanes), np.float32), np.empty(lanes, np.float32)
    right, scale = np.zeros((r, lanes), np.float32), np.empty((r, lanes), np.float32)
    for begin in range(0, K, lanes):
        many = min(lanes, K - begin)
        for entry in range(len(sums)):
            for k in range(many):
                factor[entry, k] = sums[entry, begin + k]
        for i in range(r):
            for k in range(many):
                right[i, k] = gradient[begin + k, i]
        for i in range(r):
            row = i * (i + 1) // 2
            for j in range(i + 1):
                other = j * (j + 1) // 2
                for k in range(lanes):
                    total[k] = factor[row + j, k]
                for h in range(j):
                    for k in range(lanes):
                        total[k] -= factor[row + h, k] * factor[other + h, k]
                if j < i:
                    for k in range(lanes):
                        factor[row + j, k] = total[k] * scale[j, k]
                        right[i, k] -= factor[row + j, k] * right[j, k]
            for k in range(lanes):
                scale[i, k] = np.float32(1.0) / np.sqrt(total[k] + np.float32(1.0))
                right[i, k] *= scale[i, k]
        for i in range(r - 1, -1, -1):
            row = i * (i + 1) // 2
            for k in range(lanes):
                right[i, k] *= scale[i, k]
            for j in range(i):
                for k in range(lanes):
                    right[j, k] -= factor[row + j, k] * right[i, k]
        for i in range(r):
            for k in range(many):
                steps[begin + k, i] = -right[i, k]
    return steps
