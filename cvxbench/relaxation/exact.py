"""The truth on small ReLU networks: a mixed-integer program with a binary for each neuron (HiGHS)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import milp

from cvxbench.errors import CvxbenchError
from cvxbench.relaxation.intervals import Bounds
from cvxbench.relaxation.network import LayeredNetwork


@dataclass(frozen=True)
class Exact:
    """The least value of one output on a box, from both sides.

    Parameters
    ----------
    lower_bound : float
        What the program proves, to the solver's tolerance of 1e-6.
    value : float
        Of the network at `point`; infinite if no point was found.
    point : ndarray, shape (n,)
    solved : bool
        Whether the program was solved to the end; if not, the time limit ended it.
    """

    lower_bound: float
    value: float
    point: np.ndarray
    solved: bool


def exact_minimum(network: LayeredNetwork, bounds: Bounds, output: int, time_limit: float = 60.0) -> Exact:
    """Minimise one output of a ReLU network over a box.

    Parameters
    ----------
    network : LayeredNetwork
    bounds : Bounds
        Of one box, as `linear_bounds(...).of(box)` gives them.
    output : int
    time_limit : float
        Seconds.

    Raises
    ------
    CvxbenchError
        If an activation is not ReLU.
    """
    for _, activation in network.hidden:
        if activation.name != "relu":
            raise CvxbenchError(f"exact bounds are for ReLU networks; this one has {activation.name}")
    sizes = [network.inputs] + [len(affine.bias) for affine, _ in network.hidden]
    starts = np.cumsum([0, *sizes])
    neurons, count = starts[-1] - sizes[0], starts[-1]
    # Columns: the inputs, the layers after their ReLU, then one binary a neuron.
    lows = np.concatenate([bounds.lower[0], np.zeros(2 * neurons)])
    highs = np.concatenate(
        [bounds.upper[0], *(np.maximum(high[0], 0.0) for _, high in bounds.hidden), np.ones(neurons)]
    )
    rows, limits = [], []
    for layer, ((affine, _), (low, high)) in enumerate(zip(network.hidden, bounds.hidden, strict=True)):
        before, after = slice(starts[layer], starts[layer + 1]), slice(starts[layer + 1], starts[layer + 2])
        binary = slice(after.start + neurons, after.stop + neurons)
        on, off = low[0] >= 0.0, high[0] <= 0.0
        lows[binary] = on
        highs[binary] = np.where(off, 0.0, 1.0)
        eye, zero = np.eye(len(on)), np.zeros((len(on), len(lows)))
        above, gap, cap = zero.copy(), zero.copy(), zero.copy()
        above[:, before], above[:, after] = affine.weights, -eye  # y ≥ w'x + b
        gap[:, before], gap[:, after] = -affine.weights, eye  # y ≤ w'x + b − low·(1 − a)
        gap[:, binary] = -np.diag(np.minimum(low[0], 0.0))
        cap[:, after], cap[:, binary] = eye, -np.diag(np.maximum(high[0], 0.0))  # y ≤ high·a
        needs_above = ~off
        rows += [above[needs_above], gap, cap]
        limits += [-affine.bias[needs_above], affine.bias - np.minimum(low[0], 0.0), np.zeros(len(on))]
    objective = np.zeros(len(lows))
    objective[starts[-2] : count] = network.output.weights[output]
    integrality = np.concatenate([np.zeros(count), np.ones(neurons)])
    ends: Any = lows, highs
    constraints: Any = np.vstack(rows), -np.inf, np.concatenate(limits)
    found = milp(
        objective,
        integrality=integrality,
        bounds=ends,
        constraints=constraints,
        options={"mip_rel_gap": 1e-9, "time_limit": time_limit},
    )
    proven = -np.inf if found.mip_dual_bound is None else found.mip_dual_bound + network.output.bias[output]
    if found.x is None:
        return Exact(proven, np.inf, np.full(network.inputs, np.nan), solved=False)
    point = np.clip(found.x[: network.inputs], bounds.lower[0], bounds.upper[0])
    return Exact(float(proven), float(network.predict(point)[output]), point, solved=found.status == 0)
