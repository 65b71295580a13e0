"""A tuning study in one call: every step size × seed × lambda trained together, and what each reached."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from cvxbench.networks.separable import Separable
from cvxbench.nonconvex.rules.rule import Rule
from cvxbench.nonconvex.schedules.cosine import Cosine
from cvxbench.nonconvex.schedules.schedule import Schedule
from cvxbench.nonconvex.schedules.stepwise import Stepwise
from cvxbench.nonconvex.trainer import Data, Recipe, Run, train

SPACING = 1.2  # iterates are scored after epochs 0, 1, 2, …, and then at every sixth of what went before
DIVERGED = 10.0  # times the first objective


@dataclass(frozen=True)
class Study:
    """The settings of a study and what they share.

    Parameters
    ----------
    steps : tuple of float
    seeds : tuple of int
        Of start and shuffling; every step size is run with each.
    epochs : int
    schedule : Schedule
    """

    steps: tuple[float, ...]
    seeds: tuple[int, ...]
    epochs: int
    schedule: Schedule = field(default_factory=Stepwise)


PAPER = Study(steps=(10.0, 5.0, 1.0, 0.5, 0.1, 0.01, 0.001), seeds=(0, 1, 2), epochs=2000)  # Mishkin et al. 2022
# 43 % of the published work, and stronger: docs/opponents.md has what was measured.
STANDARD = Study(
    steps=(20.0, 10.0, 5.0, 2.0, 1.0, 0.1, 0.03, 0.01, 0.001), seeds=(0, 1), epochs=1000, schedule=Cosine()
)


@dataclass(frozen=True)
class Trained:
    """How one run of a study went, by the network's objective in float64 on all training rows.

    Parameters
    ----------
    run : Run
        Its step size, seed and lambda.
    network : Separable
        Where it ended.
    trace : tuple of (epoch, objective)
        At geometric epochs from 0 on, and at the end; infinite where the numbers overflowed.
    diverged : bool
        Whether it was stopped at ten times its first objective, or beyond the finite numbers.
    """

    run: Run
    network: Separable
    trace: tuple[tuple[int, float], ...]
    diverged: bool

    @property
    def final(self) -> float:
        """The objective at the end."""
        return self.trace[-1][1]

    @property
    def best(self) -> float:
        """The lowest objective of the trace."""
        return min(value for _, value in self.trace)


def train_study(
    X: np.ndarray,
    Y: np.ndarray,
    lams: float | Sequence[float],
    rule: Rule,
    *,
    study: Study = PAPER,
    width: int = 50,
    gates: np.ndarray | None = None,
    dtype: torch.dtype = torch.float32,
    device: str = "cpu",
) -> list[Trained]:
    """Train every lambda × step size × seed of a study together; each run is the one it would be alone.

    Parameters
    ----------
    X : ndarray, shape (n, d)
        Used as it is: no scaling, no bias.
    Y : ndarray, shape (n,) or (n, k)
        Each column is an output with neurons of its own.
    lams : float or sequence of float
    rule : Rule
        Such as `SGD()` or `Adam()`.
    study : Study
        By default the published one: 7 steps × 3 seeds, 2000 epochs, batches of a tenth of the rows.
    width : int
        Neurons per output of a ReLU network.
    gates : ndarray, shape (d, P)
        Trains a gated network with one neuron for each distinct pattern of these gates; without, a ReLU network.

    Returns
    -------
    list of Trained
        In the order lambda, step size, seed, the last running fastest.
    """
    X, Y = np.asarray(X, dtype=float), np.asarray(Y, dtype=float).reshape(len(X), -1)
    data = Data(X, Y, width) if gates is None else Data.gated(X, Y, gates)
    each = [float(lam) for lam in np.atleast_1d(lams)]
    runs = [Run(step, seed, lam) for lam in each for step in study.steps for seed in study.seeds]
    recipe = Recipe(rule, study.schedule, study.epochs, dtype=dtype, device=device)
    score = _Score(data, runs, recipe)
    networks = train(data, runs, recipe, score)
    return [
        Trained(run, network, tuple(trace), diverged=not trace[-1][1] < DIVERGED * trace[0][1])
        for run, network, trace in zip(runs, networks, score.traces, strict=True)
    ]


class _Score:
    """The audience that scores every run at geometric epochs, and ends those that diverge."""

    def __init__(self, data: Data, runs: Sequence[Run], recipe: Recipe) -> None:
        self._data, self._runs = data, runs
        self._per_epoch = recipe.steps_per_epoch(len(data.X))
        self._epochs = set(_geometric(recipe.epochs))
        self.traces: list[list[tuple[int, float]]] = [[] for _ in runs]

    def due(self, iteration: int) -> bool:
        return iteration % self._per_epoch == 0 and iteration // self._per_epoch in self._epochs

    def see(self, iteration: int, networks: Mapping[int, Separable]) -> list[int]:
        ended = []
        for number, network in networks.items():
            with np.errstate(all="ignore"):
                value = network.objective(self._data.X, self._data.Y, self._runs[number].lam)
            trace = self.traces[number]
            trace.append((iteration // self._per_epoch, value if math.isfinite(value) else math.inf))
            if not value < DIVERGED * trace[0][1]:
                ended.append(number)
        return ended


def _geometric(last: int) -> list[int]:
    epochs = [0]
    while epochs[-1] < last:
        epochs.append(min(last, max(epochs[-1] + 1, math.ceil(SPACING * epochs[-1]))))
    return epochs
