"""The convex program on the patterns found so far: the best network that uses no other pattern."""

from __future__ import annotations

from collections import deque
from itertools import chain

import numpy as np

from cvxbench.convex.cones import proximal_point
from cvxbench.convex.cones.groups import Groups
from cvxbench.convex.neurons.directions import Directions
from cvxbench.convex.neurons.neurons import Neurons
from cvxbench.convex.neurons.space import Space


def optimum(
    space: Space, y: np.ndarray, lam: float, neurons: Neurons, more: Directions, tol: float, deadline: float
) -> tuple[Neurons, int]:
    """Return the optimum over the patterns of `neurons` and of `more`, started from the former, and the Newton steps.

    If time is short, it is the neurons themselves, or better in both its objective and the gap on these patterns.

    Parameters
    ----------
    space : Space
    y : ndarray, shape (n,)
    lam : float
    neurons : Neurons
    more : Directions
    tol : float
        Relative gap on these patterns.
    deadline : float
        On the clock of `time.perf_counter`.
    """
    if not len(neurons) and not len(more):
        return neurons, 0
    active = np.vstack([neurons.weights, more.units]) @ space.X.T > 0
    _, first, pattern = np.unique(np.packbits(active, axis=1), axis=0, return_index=True, return_inverse=True)
    P, pattern = len(first), pattern.ravel()[: len(neurons)]
    groups = Groups.of(space.X, active[first].T, space.memory)
    chosen, place = np.unique(np.where(neurons.signs > 0, 0, P) + pattern, return_inverse=True)
    weights = np.zeros((len(chosen), groups.shape[1]))
    np.add.at(weights, place, neurons.weights @ groups.features.basis.T)
    start = proximal_point.start_from(groups, y, lam, chosen, weights)
    point = deque(chain([start], proximal_point.iterates(groups, y, start, tol, deadline)), maxlen=1).pop()
    reached = Neurons(point.weights @ groups.features.basis, np.where(point.groups < P, 1.0, -1.0))
    better = reached.objective(space, y, lam) < neurons.objective(space, y, lam)
    better = better and point.relative_gap <= max(tol, start.relative_gap)
    return (reached if better else neurons), point.newton_steps
