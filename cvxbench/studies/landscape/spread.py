"""Where training ends from many starts: in one place, or in many."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from cvxbench import train_convex
from cvxbench.bench.seeds import seed_for
from cvxbench.networks.separable import Separable
from cvxbench.nonconvex.rules.adam import Adam
from cvxbench.nonconvex.schedules.cosine import Cosine
from cvxbench.nonconvex.trainer import Data, Recipe, Run, train
from cvxbench.studies.landscape.problems import SECONDS, training_rows

STEP = 0.03
SAME = 1e-3  # relative; ends closer than this in objective count as one


class _Nobody:
    """The audience that never looks."""

    def due(self, iteration: int) -> bool:
        return False

    def see(self, iteration: int, networks: Mapping[int, Separable]) -> Collection[int]:
        return ()


def ends(
    dataset: str, model: str, widths: Sequence[int], lam: float, starts: int, steps: int, seed: int
) -> dict[str, Any]:
    """Train a model from many starts with Adam on all rows, in float64 and with a cosine, and return where it ended.

    Parameters
    ----------
    dataset : str
        Of the registry.
    model : {"perceptron", "gated-relu", "relu"}
        A perceptron is a gated network of one neuron that every row activates, whatever the width.
    widths : sequence of int
        Neurons per output, or gates.
    lam : float
    starts, steps : int
    seed : int
        Of the first start; the others follow.

    Returns
    -------
    dict
        `objectives`: for each width, those at the end of each start. `optima`: for each width that of the convex
        program, on the patterns of a gated network, over all patterns and widths of ReLU.
    """
    X, Y = training_rows(dataset)
    network = "relu" if model == "relu" else "gated-relu"
    recipe = Recipe(Adam(), Cosine(), steps, batches=1, dtype=torch.float64)
    runs = [Run(STEP, (seed + start) % 2**31, lam) for start in range(starts)]
    objectives, optima = [], []
    for width in widths:
        gates = _gates(model, dataset, X.shape[1], width)
        data = Data(X, Y, width) if gates is None else Data.gated(X, Y, gates)
        objectives.append([one.objective(X, Y, lam) for one in train(data, runs, recipe, _Nobody())])
        if gates is not None or not optima:
            optimum = train_convex(X, Y, lam=lam, network=network, gates=gates, time_limit=SECONDS).objective
            optima.append(optimum)
        else:
            optima.append(optima[0])
    return {"objectives": objectives, "optima": optima}


def _gates(model: str, dataset: str, d: int, width: int) -> np.ndarray | None:
    if model == "relu":
        return None
    if model == "perceptron":
        return np.zeros((d, 1))
    return np.random.default_rng(seed_for(None, dataset, "gates")).standard_normal((d, width))
