"""A study of 7 steps × 3 seeds on a real table, batched and looped over: what one process of the benchmark does."""

from __future__ import annotations

import resource
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

    from cvxbench.networks.relu import ReLUNetwork
    from cvxbench.networks.separable import Separable

LAM = 1e-3
CHECKED_EPOCHS = 5  # in float64, where the two must agree; large steps amplify the rounding of float32


@dataclass(frozen=True)
class Case:
    """Which table, opponent and width, and for how many epochs."""

    dataset: str
    opponent: str
    width: int
    epochs: int


@dataclass(frozen=True)
class Side:
    """Processor seconds of one thread, MiB that training added at its peak, and the table's training rows × columns."""

    seconds: float
    mib: float
    n: int
    d: int


def timed(side: str, case: Case) -> Side:
    """Train the study in float32, "batched" or as a "loop"."""
    import torch

    torch.set_num_threads(1)
    X, y = _table(case.dataset)
    train = _batched if side == "batched" else _looped
    train(X[:20, :2], y[:20], Case(case.dataset, case.opponent, 2, 1), torch.float32)  # what is loaded on first use
    before, since = _peak(), time.process_time()
    train(X, y, case, torch.float32)
    return Side(time.process_time() - since, _peak() - before, *X.shape)


def difference(case: Case) -> float:
    """Return the largest relative difference of final objectives over the settings, after five epochs in float64."""
    import torch

    torch.set_num_threads(1)
    X, y = _table(case.dataset)
    short = Case(case.dataset, case.opponent, case.width, CHECKED_EPOCHS)
    sides = [[_objective(X, y, one) for one in train(X, y, short, torch.float64)] for train in (_batched, _looped)]
    ours, theirs = np.array(sides)
    return float(np.max(np.abs(ours - theirs) / theirs, where=np.isfinite(theirs), initial=0.0))


def _table(name: str) -> tuple[np.ndarray, np.ndarray]:
    from cvxbench.bench.seeds import PUBLISHED
    from cvxbench.data.load import load_table
    from cvxbench.data.prepare import prepare
    from cvxbench.data.registry import load

    prepared = prepare(load_table(load().dataset(name)), seed=PUBLISHED["split"])
    return prepared.X_train, prepared.Y_train[:, 0]


def _batched(X: np.ndarray, y: np.ndarray, case: Case, dtype: torch.dtype) -> list[ReLUNetwork]:
    from cvxbench.nonconvex.rules.adam import Adam
    from cvxbench.nonconvex.rules.sgd import SGD
    from cvxbench.nonconvex.study import PAPER
    from cvxbench.nonconvex.trainer import Data, Recipe, Run, train

    rule = SGD() if case.opponent == "sgd" else Adam()
    runs = [Run(step, seed, LAM) for step in PAPER.steps for seed in PAPER.seeds]
    recipe = Recipe(rule, PAPER.schedule, case.epochs, dtype=dtype)
    return [network.parts[0] for network in train(Data(X, y[:, None], case.width), runs, recipe, Nobody())]


def _looped(X: np.ndarray, y: np.ndarray, case: Case, dtype: torch.dtype) -> list[ReLUNetwork]:
    from benchmarks.loop import train
    from cvxbench.nonconvex.study import PAPER
    from cvxbench.nonconvex.trainer import Run

    runs = [Run(step, seed, LAM) for step in PAPER.steps for seed in PAPER.seeds]
    return [train(X, y, run, case.opponent, case.width, case.epochs, dtype) for run in runs]


class Nobody:
    """An audience that never looks, so that diverging settings cost both sides the same."""

    def due(self, iteration: int) -> bool:
        """Return False."""
        return False

    def see(self, iteration: int, networks: Mapping[int, Separable]) -> Collection[int]:
        """Let everything go on."""
        return ()


def _objective(X: np.ndarray, y: np.ndarray, network: ReLUNetwork) -> float:
    with np.errstate(all="ignore"):
        return float(0.5 * np.mean((network.predict(X) - y) ** 2) + 0.5 * LAM * network.penalty())


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
