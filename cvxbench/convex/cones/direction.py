"""The proximal map onto the cones of the ReLU network's program, and the Newton direction from its Jacobian."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvxbench.convex.cones.groups import Groups
from cvxbench.convex.cones.projection import Projections, signed_rows
from cvxbench.convex.dense import Solve, cholesky, inner, outer

RAISED = (0.0, 1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10)  # shares of the diagonal that rounding may ask to add


@dataclass(frozen=True)
class Prox:
    """The groups that (1 − τ/‖p‖)₊ p leaves nonzero, p their projections onto the cones.

    Parameters
    ----------
    groups : ndarray of int, shape (k,)
        Their places among the projections.
    weights : ndarray, shape (k, r)
        (1 − τ/‖p‖) p.
    units : ndarray, shape (k, r)
        p/‖p‖.
    shrink : ndarray, shape (k,)
        1 − τ/‖p‖.
    facets : ndarray of int, shape (k, r)
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


def direction(
    groups: Groups, patterns: np.ndarray, prox: Prox, sigma: float, gradient: np.ndarray
) -> np.ndarray | None:
    """Solve (n I + σ Σ_g D_g X J_g X' D_g) s = −gradient, J_g the generalised Jacobian of the proximal map.

    With Q an orthonormal basis of the facet's rows, N of their complement, u = p/‖p‖ and a = 1 − τ/‖p‖,
    J = a N N' + (1 − a) u u' = a (I − Q Q') + (1 − a) u u'. The square roots of all J_g together have as many columns
    as all N; when these are fewer than n the system is solved in their coefficients, else in Rⁿ.

    Parameters
    ----------
    groups : Groups
    patterns : ndarray of int, shape (k,)
        The pattern of each group of `prox`.
    prox : Prox
    sigma : float
    gradient : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (n,), or None
        None if rounding spoilt the matrix.

    Raises
    ------
    MemoryError
        If the matrices would take more than the groups' memory.
    """
    n, r = groups.features.X.shape
    if not len(patterns):
        return -gradient / n
    tied = (prox.facets >= 0).sum(axis=1)
    free, across = int((r - tied).sum()), int((tied + 2).sum())
    least = min(free, n)
    if 8.0 * (n * min(free, across) + 2 * least * least + 2 * len(patterns) * r * r) > groups.memory:
        raise MemoryError
    # Householder's complete basis: the first columns span the facet's rows, the others their complement
    rows = signed_rows(groups.cones, patterns, prox.facets)
    bases = np.linalg.qr(rows.transpose(0, 2, 1), mode="complete")[0]
    if free < n:
        return _by_coefficients(_root(groups, patterns, prox, bases, tied) * np.sqrt(sigma), gradient)
    if free <= across:
        H = outer(_root(groups, patterns, prox, bases, tied), sigma)
    else:
        H = _by_hadamard(groups, patterns, prox, bases, tied, sigma)
    H[np.diag_indices(n)] += n
    factored = _factored(H)
    return None if factored is None else -factored(gradient)


def _root(groups: Groups, patterns: np.ndarray, prox: Prox, bases: np.ndarray, tied: np.ndarray) -> np.ndarray:
    """Return F, shape (free, n), with F'F = Σ_g D_g X J_g X' D_g."""
    root = np.sqrt(prox.shrink)
    inside = np.einsum("gde,gd->ge", bases, prox.units)
    bases = root[:, None, None] * bases + ((1.0 - root)[:, None] * prox.units)[:, :, None] * inside[:, None, :]
    return _along(groups, patterns, bases, np.arange(bases.shape[2]) >= tied[:, None])


def _by_hadamard(
    groups: Groups, patterns: np.ndarray, prox: Prox, bases: np.ndarray, tied: np.ndarray, sigma: float
) -> np.ndarray:
    """Return σ[K ∘ (D diag(a) D') + Z diag(1 − a) Z' − Σ_g a_g D_g X Q_g Q_g' X' D_g], lower triangle."""
    gates = groups.gates(patterns)
    H = outer(gates * np.sqrt(prox.shrink)[:, None], sigma)
    H = np.multiply(H, groups.features.kernel.T, out=H)
    H = outer(gates * ((prox.units * np.sqrt(1.0 - prox.shrink)[:, None]) @ groups.features.X.T), sigma, H)
    bases = bases * np.sqrt(prox.shrink)[:, None, None]
    across = _along(groups, patterns, bases, np.arange(bases.shape[2]) < tied[:, None])
    return outer(across, -sigma, H) if len(across) else H


def _along(groups: Groups, patterns: np.ndarray, bases: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Return D_g X b, one row for each chosen (k, r) column b of bases (k, r, r)."""
    owners, columns = np.nonzero(chosen)
    return (bases[owners, :, columns] @ groups.features.X.T) * groups.gates(patterns[owners])


def _by_coefficients(root: np.ndarray, gradient: np.ndarray) -> np.ndarray | None:
    """Solve (n I + F'F) s = −gradient by (n I + F F')⁻¹; cancellation at large σ asks for the second pass."""
    free, n = root.shape
    H = inner(root)
    H[np.diag_indices(free)] += n
    factored = _factored(H)
    if factored is None:
        return None
    step = np.zeros(n)
    for _ in range(2):
        rest = -gradient - n * step - (root @ step) @ root
        step += (rest - factored(root @ rest) @ root) / n
    return step


def _factored(H: np.ndarray) -> Solve | None:
    """Factor H, with its diagonal raised by as little as rounding asks for; that damps the step, a descent still."""
    diagonal = H.diagonal().copy()
    for raised in RAISED:
        H[np.diag_indices(len(H))] = diagonal * (1.0 + raised)
        factored = cholesky(H.copy(order="F"))
        if factored is not None:
            return factored
    return None
