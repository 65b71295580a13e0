"""Sliding: all neurons of a network moved together by Newton's method on a smoothed objective."""

from __future__ import annotations

import time

import numpy as np

from cvxbench.convex.dense import cholesky, inner, outer
from cvxbench.convex.neurons.space import Space

BACKTRACKS = 12
ARMIJO = 1e-4
SHORTEST = 1e-7  # length of a neuron, of the longest, at which it is dropped
CURVED = 0.999  # of the norm's curvature along a neuron that is taken away: what is left keeps the blocks definite
RADIAL, TURN = 0.9, 2.0  # of its length: how much a neuron may lose, and how far it may move, in a step


def slide(
    space: Space,
    y: np.ndarray,
    W: np.ndarray,
    signs: np.ndarray,
    lam: float,
    width: float,
    steps: int,
    rtol: float,
    deadline: float = np.inf,
) -> tuple[np.ndarray, np.ndarray, int]:
    """Return neurons (m', r) and signs after damped Newton steps on 1/(2n)‖Σ s_j φ(Xw_j) − y‖² + λΣ‖w_j‖; and how many.

    φ smooths the kink over `width` times the root mean square of each neuron's Xw. The Newton matrix is that of
    Gauss and Newton plus, neuron by neuron, the positive curvature of the kinks and of the norm.

    Parameters
    ----------
    space : Space
    y : ndarray, shape (n,)
    W : ndarray, shape (m, r)
    signs : ndarray, shape (m,)
    lam, width : float
    steps : int
    rtol : float
        Gradient of a neuron, of λ, at which to stop.
    deadline : float
        On the clock of `time.perf_counter`.
    """
    n, r = space.shape
    squared = width**2 * np.mean((W @ space.X.T) ** 2, axis=1)[:, None]
    now = _Smoothed.at(space, y, W, signs, lam, squared)
    damping, kink, made = 1e-8, 0.3, 0
    while made < steps and time.perf_counter() < deadline:
        made += 1
        half = 0.5 * (1.0 + now.Z / now.root)
        gradient = signs[:, None] * ((half * now.error) @ space.X) / n + lam * W / now.lengths[:, None]
        if np.linalg.norm(gradient, axis=1).max() <= rtol * lam:
            break
        pulled = np.maximum(signs[:, None] * now.error, 0.0) * (0.5 / n)
        blocks = space.outer.matrices(space.outer.sums(pulled * np.maximum(squared / now.root**3, kink / now.root)))
        along = W / now.lengths[:, None]
        bend = lam / now.lengths
        blocks -= (CURVED * bend)[:, None, None] * along[:, :, None] * along[:, None, :]
        blocks[:, range(r), range(r)] += ((1.0 + damping) * bend)[:, None]
        step = _newton(space, half * signs[:, None], blocks, gradient)
        if step is None:
            damping = max(100.0 * damping, 1e-6)
            continue
        scale = _limits(step, W, now.lengths)
        full, step = step, step * scale[:, None]
        slope = float(np.sum(gradient * step))
        if slope >= 0.0:
            step = full * scale.min()
            slope = float(np.sum(gradient * step))
        t, reached, turn = 1.0, None, 0
        for turn in range(BACKTRACKS):
            trial = _Smoothed.at(space, y, W + t * step, signs, lam, squared)
            if trial.value <= now.value + ARMIJO * t * slope + 1e-15 * now.value:
                reached = trial
                break
            if turn == 3:
                step, t = full * scale.min(), 1.0
                slope = float(np.sum(gradient * step))
                continue
            t *= 0.5 if turn < 6 else 0.2
        if reached is None:
            break
        kink = 0.3 * kink if turn == 0 else min(1.0, max(kink, 1e-3) * (4.0 if t < 0.3 else 1.5))
        fell, W, now = now.value - reached.value, W + t * step, reached
        held = now.lengths > SHORTEST * now.lengths.max()
        if not held.all():
            W, signs, squared = W[held], signs[held], squared[held]
            now = _Smoothed.at(space, y, W, signs, lam, squared)
        if fell < 1e-10 * now.value:
            break
    return W, signs, made


class _Smoothed:
    """The smoothed objective and its parts at one set of neurons."""

    def __init__(self, value: float, Z: np.ndarray, root: np.ndarray, error: np.ndarray, lengths: np.ndarray):
        self.value, self.Z, self.root, self.error, self.lengths = value, Z, root, error, lengths

    @classmethod
    def at(
        cls, space: Space, y: np.ndarray, W: np.ndarray, signs: np.ndarray, lam: float, squared: np.ndarray
    ) -> _Smoothed:
        Z = W @ space.X.T
        root = np.sqrt(Z * Z + squared)
        error = 0.5 * (signs @ (Z + root)) - y
        lengths = np.linalg.norm(W, axis=1)
        return cls(0.5 * float(error @ error) / len(y) + lam * float(lengths.sum()), Z, root, error, lengths)


def _limits(step: np.ndarray, W: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return for each neuron the share of its step that neither all but removes it nor turns it around."""
    radial = np.einsum("mr,mr->m", step, W) / lengths**2
    moved = np.linalg.norm(step, axis=1) / lengths
    scale = np.ones(len(W))
    scale = np.where(radial < -RADIAL, np.minimum(scale, RADIAL / np.maximum(-radial, RADIAL)), scale)
    return np.where(moved > TURN, np.minimum(scale, TURN / np.maximum(moved, TURN)), scale)


def _newton(space: Space, slopes: np.ndarray, blocks: np.ndarray, gradient: np.ndarray) -> np.ndarray | None:
    """Return −H⁻¹ gradient, H = J'J/n + blocks, J the slopes (m, n) times X; None if H is not positive definite.

    The smaller of H itself and, by Woodbury's identity, an n × n matrix is factored.
    """
    n, r = space.shape
    m = len(blocks)
    try:
        factors = np.linalg.cholesky(blocks)
    except np.linalg.LinAlgError:
        return None
    if m * r <= 1.2 * n:
        rows = (slopes[:, None, :] * space.X.T[None]).reshape(m * r, n)
        rows /= np.sqrt(n)
        H = inner(rows)
        for j in range(m):
            place = slice(j * r, (j + 1) * r)
            H[place, place] += blocks[j]
        solve = cholesky(H)
        return None if solve is None else -solve(gradient.ravel()).reshape(m, r)
    inverse = np.linalg.inv(factors)
    rows = ((inverse @ space.X.T[None]) * slopes[:, None, :]).reshape(m * r, n)
    turned = (inverse @ gradient[:, :, None]).reshape(m * r)
    K = outer(rows)
    K[np.diag_indices(n)] += n
    solve = cholesky(K)
    if solve is None:
        return None
    left = turned - rows @ solve(rows.T @ turned)
    return -(inverse.transpose(0, 2, 1) @ left.reshape(m, r, 1))[:, :, 0]
