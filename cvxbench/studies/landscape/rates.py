"""How fast gradient descent, accelerated and Newton methods close the gap of the gated network's convex program."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cvxbench import train_convex
from cvxbench.bench.seeds import seed_for
from cvxbench.convex.fista import Iterate, advance
from cvxbench.convex.rfista import least_squares
from cvxbench.networks.patterns import distinct
from cvxbench.studies.landscape.problems import GATES, training_rows

EXACT = 1e-10  # relative gap of the optimum that the others are measured against
LEVELS = (1e-2, 1e-4, 1e-6)
FLOOR = 1e-9  # relative gaps below it are too close to EXACT to be told from it


@dataclass(frozen=True)
class Rate:
    """How a gap falls with the iteration k over the second half of what was seen above the floor.

    Parameters
    ----------
    power : float
        p of gap ~ k^−p.
    factor : float
        q of gap ~ q^k.
    linear : bool
        Whether q^k fits the logarithms of the gap better than k^−p.
    """

    power: float
    factor: float
    linear: bool


def rate(gaps: np.ndarray) -> Rate | None:
    """Return the rate of the gaps after iterations 1 … K, shape (K,); None if fewer than four are left to judge by."""
    above = np.flatnonzero(gaps > FLOOR)
    last = int(above[-1]) + 1 if above.size else 0
    tail = slice(last // 2, last)
    k, y = np.arange(1, len(gaps) + 1)[tail], np.log(np.maximum(gaps[tail], FLOOR))
    if len(k) < 4:
        return None
    power, off_power = _line(np.log(k), y)
    slope, off_linear = _line(k, y)
    return Rate(-power, float(np.exp(slope)), off_linear < off_power)


def _line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return the slope of a least-squares line and its residual sum of squares."""
    slope, level = np.polyfit(x, y, 1)
    return float(slope), float(np.sum((y - slope * x - level) ** 2))


def convergence(dataset: str, lam: float, iterations: int) -> dict[str, Any]:
    """Solve the program of a table's first output on `GATES` gates by three methods, and return their relative gaps.

    Parameters
    ----------
    dataset : str
        Of the registry.
    lam : float
    iterations : int
        Of proximal gradient descent and of its accelerated form.

    Returns
    -------
    dict
        `gaps`: method → relative gap to the optimum after each iteration (of Newton: each proximal step);
        `newton_steps`: linear systems solved in all.
    """
    X, Y = training_rows(dataset)
    y = Y[:, 0]
    gates = np.random.default_rng(seed_for(None, dataset, "gates")).standard_normal((X.shape[1], GATES))
    exact = train_convex(X, y, lam=lam, gates=gates, tol=EXACT)
    patterns = distinct(X, gates)
    smooth = least_squares(X, y, np.ascontiguousarray(patterns.active.T, dtype=float))
    gaps: dict[str, list[float]] = {}
    for name, accelerated in (("gradient descent", False), ("accelerated", True)):
        now = Iterate.at(np.zeros_like(patterns.gates))
        objectives = []
        for _ in range(iterations):
            now = advance(now, smooth, lam)
            if not accelerated:
                now = replace(now, ahead=now.point, momentum=1.0)
            objectives.append(smooth.value(now.point) + lam * float(np.linalg.norm(now.point, axis=0).sum()))
        gaps[name] = objectives
    gaps["newton"] = [objective for _, objective, _ in exact.trace]
    relative = {name: [value / exact.objective - 1.0 for value in values] for name, values in gaps.items()}
    return {"gaps": relative, "newton_steps": exact.newton_steps}
