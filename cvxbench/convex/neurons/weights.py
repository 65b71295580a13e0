"""How long each neuron of a given direction should be: a lasso with nonnegative weights."""

from __future__ import annotations

import numpy as np

from cvxbench.convex.compiled import compiled

RIDGE = 1e-12  # of the Gram matrix, relative to its largest entry
OPTIMAL = 1e-9  # of λ: what a weight at zero may still ask for
ZERO = 1e-14  # of the largest weight: what is set to zero once a step should take it there
DEPENDENT = 1e-15  # of a feature's squared length: what is left of it off the span of the others, if it lies in that


def nonnegative_lasso(features: np.ndarray, y: np.ndarray, lam: float, start: np.ndarray) -> np.ndarray:
    """Return weights a ≥ 0 (m,) that minimise 1/(2n)‖features' a − y‖² + λ Σ a.

    An active set that grows one weight at a time (Lawson and Hanson, Solving Least Squares Problems, 1974, ch. 23) from
    the support of `start`; every change of it lowers the objective. The Cholesky factor is updated, not made anew.

    Parameters
    ----------
    features : ndarray, shape (m, n)
    y : ndarray, shape (n,)
    lam : float
    start : ndarray, shape (m,)
    """
    n, m = len(y), len(features)
    Q = features @ features.T / n
    Q[np.diag_indices(m)] += RIDGE * np.diag(Q).max(initial=0.0)
    c = features @ y / n - lam
    return _active_set(Q, c, OPTIMAL * lam, start)


def _active_set(Q: np.ndarray, c: np.ndarray, optimal: float, start: np.ndarray) -> np.ndarray:
    """Return a ≥ 0 that minimises ½a'Qa − c'a; none that is zero asks for more than `optimal`."""
    m, scale = len(c), np.sqrt(np.diag(Q))
    factor = np.zeros((m, m))  # upper, of Q over what is held
    held, weights, count = np.zeros(m, dtype=np.int64), np.zeros(m), 0  # the first `count` of either are in use
    free = np.ones(m, dtype=bool)  # to enter: neither held nor dependent on what is
    found = np.zeros(m)
    for j in np.flatnonzero(start > 0):
        if _entered(factor, count, Q, held, j):
            held[count], weights[count], free[j] = j, start[j], False
            count += 1
    for _ in range(20 * m + 100):
        while count:
            now, target = weights[:count], _solution(factor, count, c, held)
            falling = np.flatnonzero(target <= 0.0)
            if not len(falling):
                now[:] = target
                break
            steps = now[falling] / np.maximum(now[falling] - target[falling], 1e-300)
            first, largest = steps.argmin(), now.max()
            now += steps[first] * (target - now)
            now[falling[first]] = 0.0
            gone = falling[now[falling] <= ZERO * largest]
            for i in gone[::-1]:
                _leave(factor, count, i)
                count -= 1
            held[:count], weights[:count] = np.delete(held[: len(now)], gone), np.delete(now, gone)
            if steps[first] > 0.0:  # what leaves without a step would come back at once
                free[:] = True
                free[held[:count]] = False
        found[:] = 0.0
        found[held[:count]] = weights[:count]
        asked = c - Q @ found
        asking = np.flatnonzero(free & (asked > optimal))
        if not len(asking):
            break
        best = asking[np.argmax(asked[asking] / scale[asking])]
        free[best] = False
        if _entered(factor, count, Q, held, best):
            held[count], weights[count] = best, 0.0
            count += 1
    return found


@compiled("b1(f8[:, ::1], i8, f8[:, ::1], i8[::1], i8)")
def _entered(factor, count, Q, held, j):
    """Add the column of j to the upper factor R of R'R = Q over what is held; return whether it is independent."""
    left = Q[j, j]
    column = np.empty(count)
    for i in range(count):
        column[i] = Q[j, held[i]]
    for i in range(count):
        one = column[i] / factor[i, i]
        factor[i, count] = one
        left -= one * one
        for k in range(i + 1, count):
            column[k] -= factor[i, k] * one
    if left <= DEPENDENT * Q[j, j]:
        return False
    factor[count, count] = np.sqrt(left)
    return True


@compiled("void(f8[:, ::1], i8, i8)")
def _leave(factor, count, i):
    """Take column i out of the factor and rotate it back to a triangle."""
    for row in range(count):
        for k in range(max(i, row - 1), count - 1):
            factor[row, k] = factor[row, k + 1]
    for row in range(i, count - 1):
        a, b = factor[row, row], factor[row + 1, row]
        length = np.sqrt(a * a + b * b)
        cosine, sine = a / length, b / length
        for k in range(row, count - 1):
            upper, lower = factor[row, k], factor[row + 1, k]
            factor[row, k] = cosine * upper + sine * lower
            factor[row + 1, k] = cosine * lower - sine * upper


@compiled("f8[::1](f8[:, ::1], i8, f8[::1], i8[::1])")
def _solution(factor, count, c, held):
    """Return the solution of R'R a = c over what is held."""
    a = np.empty(count)
    for i in range(count):
        a[i] = c[held[i]]
    for i in range(count):
        a[i] /= factor[i, i]
        one = a[i]
        for k in range(i + 1, count):
            a[k] -= factor[i, k] * one
    for i in range(count - 1, -1, -1):
        total = a[i]
        for k in range(i + 1, count):
            total -= factor[i, k] * a[k]
        a[i] = total / factor[i, i]
    return a
