"""The longest projection onto the cones, all that a bound from the dual needs of them."""

from __future__ import annotations

import numpy as np

from cvxbench.convex.cones.projection import Cones, Projections, project

LIKELY = 64  # points projected first: the longest of their projections spares most others theirs


def longest(
    cones: Cones, which: np.ndarray, z: np.ndarray, warm: Projections, limit: float
) -> tuple[float, Projections]:
    """Return max_g ‖proj(z_g)‖, or at most `limit` if that is larger, never less than the truth; and the projections.

    Only those of the longest points are complete.

    Parameters
    ----------
    cones : Cones
    which : ndarray of int, shape (G,)
    z : ndarray, shape (G, r)
    warm : Projections
        Of nearby points onto the same cones.
    limit : float
        Above which lengths matter.
    """
    order = np.argsort(-np.linalg.norm(warm.moved(z), axis=1), kind="stable")
    largest, parts = limit, []
    for part in (order[:LIKELY], order[LIKELY:]):
        found = project(cones, which[part], z[part], warm.of(part), largest)
        parts.append(found)
        largest = max(largest, float(found.lengths().max(initial=0.0)))
    together = Projections.joined(parts).of(np.argsort(order))
    return float(together.lengths().max(initial=0.0)), together
