"""The proximal map onto the cones of the ReLU network's program, and the Newton direction from its Jacobian."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import get_blas_funcs, get_lapack_funcs

from cvxbench.convex.cones.groups import Program
from cvxbench.convex.cones.projection import Projections, signed_rows


@dataclass(frozen=True)
class Prox:
    """The groups that (1 − τ/‖p‖)₊ p leaves nonzero, p their projections onto the cones.

    Parameters
    ----------
    groups : ndarray of int, shape (k,)
        Their places among the projections.
    weights : ndarray, shape (k, d)
        (1 − τ/‖p‖) p.
    units : ndarray, shape (k, d)
        p/‖p‖.
    shrink : ndarray, shape (k,)
        1 − τ/‖p‖.
    facets : ndarray of int, shape (k, d)
        As in the projections.
    """

    groups: np.ndarray
    weights: np.ndarray
    units: np.ndarray
    shrink: np.ndarray
    facets: np.ndarray

    @classmethod
    def of(cls, projections: Projections, tau: float) -> Prox:
        """Evaluate the proximal map of τ‖·‖ on the cones."""
        lengths = projections.lengths()
        groups = np.flatnonzero(lengths > tau)
        points, shrink = projections.points[groups], 1.0 - tau / lengths[groups]
        units = points / lengths[groups, None]
        return cls(groups, points * shrink[:, None], units, shrink, projections.facets[groups])


def direction(program: Program, patterns: np.ndarray, prox: Prox, sigma: float, gradient: np.ndarray) -> np.ndarray:
    """Solve (n I + σ Σ_g D_g X J_g X' D_g) s = −gradient, J_g the generalised Jacobian of the proximal map.

    With Q an orthonormal basis of the facet's rows, N of their complement, u = p/‖p‖ and a = 1 − τ/‖p‖,
    J = a N N' + (1 − a) u u' = a (I − Q Q') + (1 − a) u u'. The square roots of all J_g together have as many columns
    as all N; when these are fewer than n the system is solved in their coefficients, else in Rⁿ.

    Parameters
    ----------
    program : Program
    patterns : ndarray of int, shape (k,)
        The pattern of each group of `prox`.
    prox : Prox
    sigma : float
    gradient : ndarray, shape (n,)
    """
    n, d = program.X.shape
    if not len(patterns):
        return -gradient / n
    # Householder's complete basis: the first columns span the facet's rows, the others their complement
    rows = signed_rows(program.cones, patterns, prox.facets)
    bases = np.linalg.qr(rows.transpose(0, 2, 1), mode="complete")[0]
    tied = (prox.facets >= 0).sum(axis=1)
    free = int((d - tied).sum())
    if free < n:
        return _by_coefficients(_root(program, patterns, prox, bases, tied) * np.sqrt(sigma), gradient)
    if free <= int((tied + 2).sum()):
        H = _syrk(sigma, _root(program, patterns, prox, bases, tied))
    else:
        H = _by_hadamard(program, patterns, prox, bases, tied, sigma)
    H[np.diag_indices(n)] += n
    return -_cholesky_solve(_cholesky(H), gradient)


def _root(program: Program, patterns: np.ndarray, prox: Prox, bases: np.ndarray, tied: np.ndarray) -> np.ndarray:
    """Return F, shape (n, free), with F F' = Σ_g D_g X J_g X' D_g."""
    root = np.sqrt(prox.shrink)
    inside = np.einsum("gde,gd->ge", bases, prox.units)
    bases = root[:, None, None] * bases + ((1.0 - root)[:, None] * prox.units)[:, :, None] * inside[:, None, :]
    return _features(program, patterns, bases, np.arange(bases.shape[2]) >= tied[:, None])


def _by_hadamard(
    program: Program, patterns: np.ndarray, prox: Prox, bases: np.ndarray, tied: np.ndarray, sigma: float
) -> np.ndarray:
    """Return σ[K ∘ (D diag(a) D') + Z diag(1 − a) Z' − Σ_g a_g D_g X Q_g Q_g' X' D_g], lower triangle."""
    gates = program.gates[patterns]
    H = _syrk(sigma, (gates * np.sqrt(prox.shrink)[:, None]).T)
    H = np.multiply(H, program.K.T, out=H)
    along = gates * ((prox.units * np.sqrt(1.0 - prox.shrink)[:, None]) @ program.X.T)
    H = _syrk(sigma, along.T, H)
    bases = bases * np.sqrt(prox.shrink)[:, None, None]
    across = _features(program, patterns, bases, np.arange(bases.shape[2]) < tied[:, None])
    return _syrk(-sigma, across, H) if across.shape[1] else H


def _features(program: Program, patterns: np.ndarray, bases: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Return D_g X b, one column for each chosen (k, d) column b of bases (k, d, d)."""
    owners, columns = np.nonzero(chosen)
    features = (bases[owners, :, columns] @ program.X.T) * program.gates[patterns[owners]]
    return features.T


def _syrk(scale: float, M: np.ndarray, onto: np.ndarray | None = None) -> np.ndarray:
    """Return onto + scale · M M', lower triangle, in place of `onto`."""
    (syrk,) = get_blas_funcs(("syrk",), (M,))
    turned = not M.flags.f_contiguous
    start = {} if onto is None else {"beta": 1.0, "c": onto, "overwrite_c": 1}
    return syrk(scale, M.T if turned else M, trans=int(turned), lower=1, **start)


def _by_coefficients(root: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Solve (n I + F F') s = −gradient by (n I + F'F)⁻¹; cancellation at large σ asks for the second pass."""
    n, free = root.shape
    H = _syrk(1.0, root.T)
    H[np.diag_indices(free)] += n
    factor = _cholesky(H)
    step = np.zeros(n)
    for _ in range(2):
        rest = -gradient - n * step - root @ (root.T @ step)
        step += (rest - root @ _cholesky_solve(factor, root.T @ rest)) / n
    return step


def _cholesky(H: np.ndarray) -> np.ndarray:
    """Factor H, with its diagonal raised by as little as rounding asks for; that damps the step, a descent still."""
    (potrf,) = get_lapack_funcs(("potrf",), (H,))
    diagonal = H.diagonal().copy()
    for raised in (0.0, 1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10):
        H[np.diag_indices(len(H))] = diagonal * (1.0 + raised)
        factor, failed = potrf(H, lower=1, clean=0)
        if not failed:
            return factor
    raise np.linalg.LinAlgError("The Newton matrix is not finite; check X and y for values near the largest float.")


def _cholesky_solve(factor: np.ndarray, b: np.ndarray) -> np.ndarray:
    (potrs,) = get_lapack_funcs(("potrs",), (factor,))
    return potrs(factor, b, lower=1)[0]
