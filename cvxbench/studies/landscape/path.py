"""The landscape along an opponent's path: convexity towards its end and towards the optimum, curvature, smoothness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from cvxbench.errors import CvxbenchError
from cvxbench.networks.separable import Separable
from cvxbench.nonconvex.rules.adam import Adam
from cvxbench.nonconvex.rules.rule import Rule
from cvxbench.nonconvex.rules.sgd import SGD
from cvxbench.nonconvex.schedules.cosine import Cosine
from cvxbench.nonconvex.trainer import Data, Recipe, Run, train
from cvxbench.studies.landscape.problems import beside, problem
from cvxbench.studies.landscape.segments import segment
from cvxbench.studies.landscape.spectrum import extremes
from cvxbench.studies.landscape.surface import Surface, flat

RULES: dict[str, Rule] = {"sgd": SGD(), "adam": Adam()}
STEPS = (5.0, 1.0, 0.1, 0.03, 0.01, 0.001)
VISITS = 10  # iterates looked at, geometric in the iteration, the start included


@dataclass
class _Visits:
    """The audience that keeps iterates of every run; it ends none."""

    iterations: tuple[int, ...]
    seen: dict[int, dict[int, Separable]]

    def due(self, iteration: int) -> bool:
        return iteration in self.iterations

    def see(self, iteration: int, networks: Mapping[int, Separable]) -> tuple[int, ...]:
        for run, network in networks.items():
            self.seen.setdefault(run, {})[iteration] = network
        return ()


def follow(dataset: str, network: str, lam: float, epochs: int, seed: int) -> dict[str, Any]:
    """Train SGD and Adam with each of `STEPS`, and look along the path of each one's best run.

    Parameters
    ----------
    dataset : str
        Of the registry.
    network : {"gated-relu", "relu"}
    lam : float
    epochs : int
        Of ten mini-batches and a cosine.
    seed : int
        Of start and shuffling.

    Returns
    -------
    dict
        `optimum` and `lower_bound` of the convex program, `size` (number of weights), and under the name of each rule
        what `looked_along` returns, with its `step`.

    Raises
    ------
    CvxbenchError
        If the table cannot be had, or no run ends in finite numbers.
    """
    posed = problem(dataset, network, lam)
    data, best = posed.data, posed.solution
    found: dict[str, Any] = {"optimum": best.objective, "lower_bound": best.lower_bound}
    for name, rule in RULES.items():
        path, step = _best_path(data, rule, lam, epochs, seed)
        end = beside(best, path[max(path)], data.gates)
        found["size"] = end.size
        surface = Surface(data.X, data.Y, lam, data.active)
        found[name] = {"step": step} | looked_along(surface, {at: flat(one) for at, one in path.items()}, end)
    return found


def looked_along(surface: Surface, path: Mapping[int, np.ndarray], best: np.ndarray) -> dict[str, Any]:
    """Measure an objective along a path.

    Parameters
    ----------
    surface : Surface
    path : mapping of int to ndarray, shape (N,)
        Weights by iteration, in order.
    best : ndarray, shape (N,)
        The best point known.

    Returns
    -------
    dict
        `visits`: for each point its `iteration`, `objective`, `gradient` (norm), smallest and largest eigenvalue of the
        Hessian, and violation and modulus on the segments `to_end` and `to_best`. `lipschitz` and `smoothness`: the
        largest change of the objective, and of the gradient, in parts of the distance between neighbouring points.
    """
    weights = list(path.values())
    values = [surface.value(at) for at in weights]
    slopes = [surface.gradient(at) for at in weights]
    visits = []
    for iteration, at, value, slope in zip(path, weights, values, slopes, strict=True):
        smallest, largest = extremes(surface.curvature(at), at.size)
        to_end, to_best = (segment(surface.value, at, end) for end in (weights[-1], best))
        visits.append(
            {
                "iteration": iteration,
                "objective": value,
                "gradient": float(np.linalg.norm(slope)),
                "smallest": smallest,
                "largest": largest,
                "to_end": asdict(to_end),
                "to_best": asdict(to_best),
            }
        )
    pairs = list(pairwise(zip(weights, values, slopes, strict=True)))
    apart = np.array([np.linalg.norm(b - a) for (a, _, _), (b, _, _) in pairs])
    rises = np.array([abs(b - a) for (_, a, _), (_, b, _) in pairs])
    turns = np.array([np.linalg.norm(b - a) for (_, _, a), (_, _, b) in pairs])
    moved = apart > 0.0
    return {
        "visits": visits,
        "lipschitz": float(np.max(rises[moved] / apart[moved], initial=0.0)),
        "smoothness": float(np.max(turns[moved] / apart[moved], initial=0.0)),
    }


def _best_path(data: Data, rule: Rule, lam: float, epochs: int, seed: int) -> tuple[dict[int, Separable], float]:
    """Return the iterates of the run that ended lowest, and its step size."""
    recipe = Recipe(rule, Cosine(), epochs)
    last = epochs * recipe.steps_per_epoch(len(data.X))
    iterations = (0, *np.unique(np.geomspace(1, last, VISITS - 1).round().astype(int)).tolist())
    visits = _Visits(iterations, {})
    train(data, [Run(step, seed, lam) for step in STEPS], recipe, visits)
    with np.errstate(all="ignore"):
        ends = {run: seen[last].objective(data.X, data.Y, lam) for run, seen in visits.seen.items()}
    stable = {run: end for run, end in ends.items() if np.isfinite(end)}
    if not stable:
        raise CvxbenchError(f"every step size of {', '.join(f'{step:g}' for step in STEPS)} diverged; add smaller ones")
    run = min(stable, key=lambda run: stable[run])
    return visits.seen[run], STEPS[run]
