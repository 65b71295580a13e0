"""Many passes over a small real table: what the law is not made for. The floor is the optimum of the convex program."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cvxbench import train_convex
from cvxbench.bench.seeds import seed_for
from cvxbench.data import registry
from cvxbench.data.load import load_table
from cvxbench.data.prepare import Prepared, prepare
from cvxbench.networks.separable import Separable
from cvxbench.nonconvex.trainer import Data, Recipe, Run, train
from cvxbench.studies.scaling.recipes import RULES, SCHEDULES

LAM = 1e-3
WIDTH = 50
SECONDS = 60.0  # for the convex program


class _Ended:
    """The audience that ends runs beyond the finite numbers, and keeps nothing."""

    def __init__(self, horizon: int) -> None:
        self._due = set(np.geomspace(1, horizon, 8).round().astype(int).tolist())

    def due(self, iteration: int) -> bool:
        return iteration in self._due

    def see(self, iteration: int, networks: Mapping[int, Separable]) -> list[int]:
        return [run for run, network in networks.items() if not all(np.isfinite(p.hidden).all() for p in network.parts)]


def train_on_table(
    dataset: str, rule: str, schedule: str, epochs: int, steps: Sequence[float], seed: int
) -> dict[str, Any]:
    """Train one ReLU network for each step size on a table's training rows, ten mini-batches an epoch.

    Parameters
    ----------
    dataset : str
        Of the registry.
    rule, schedule : str
        Keys of `RULES` and `SCHEDULES`.
    epochs : int
    steps : sequence of float
        Peak step sizes.
    seed : int
        Of start and shuffling.

    Returns
    -------
    dict
        `horizon`: steps taken. `losses`: the regularised training objective at the end by step size, None where it
        diverged.
    """
    table = _prepared(dataset)
    X, Y = table.X_train, table.Y_train
    recipe = Recipe(RULES[rule], SCHEDULES[schedule], epochs)
    horizon = epochs * recipe.steps_per_epoch(len(X))
    runs = [Run(step, seed, LAM) for step in steps]
    null = 0.5 * float(np.sum(Y**2)) / len(X)
    with np.errstate(all="ignore"):
        ends = [net.objective(X, Y, LAM) for net in train(Data(X, Y, WIDTH), runs, recipe, _Ended(horizon))]
    return {"horizon": horizon, "losses": [end if math.isfinite(end) and end < 10.0 * null else None for end in ends]}


def optimum_of_table(dataset: str) -> dict[str, Any]:
    """Return as `floor` the lowest objective that the convex program over all patterns reached, and its lower bound."""
    table = _prepared(dataset)
    solution = train_convex(table.X_train, table.Y_train, lam=LAM, network="relu", time_limit=SECONDS)
    return {"floor": solution.objective, "lower_bound": solution.lower_bound}


def _prepared(dataset: str) -> Prepared:
    return prepare(load_table(registry.load().dataset(dataset)), seed=seed_for(None, dataset, "split"))
