"""A study of 7 steps × 3 seeds on a real table, batched and looped over: what one process of the benchmark does."""

from __future__ import annotations

import resource
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
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
class Measured:
    """What a case took.

    Parameters
    ----------
    n, d : int
        Training rows and columns.
    batched, loop : float
        Processor seconds of one thread, the best of the repeats.
    mib : float
        What the batched study added to the process's memory at its peak.
    difference : float
        The largest relative difference of final objectives over the settings, after five epochs in float64.
    """

    n: int
    d: int
    batched: float
    loop: float
    mib: float
    difference: float


def measure(case: Case, repeats: int) -> Measured:
    """Train the study both ways in float32, in turn; call it in a fresh process, for the memory is the process's."""
    import torch

    torch.set_num_threads(1)
    X, y = _table(case.dataset)
    for train in (_batched, _looped):  # what is loaded on first use
        train(X[:20, :2], y[:20], replace(case, width=2, epochs=1), torch.float32)
    before = _peak()
    _batched(X, y, replace(case, epochs=1), torch.float32)
    mib = _peak() - before
    seconds: dict[str, float] = {}
    for _ in range(repeats):
        for side, train in (("batched", _batched), ("loop", _looped)):
            since = time.process_time()
            train(X, y, case, torch.float32)
            seconds[side] = min(seconds.get(side, np.inf), time.process_time() - since)
    short = replace(case, epochs=CHECKED_EPOCHS)
    ends = [[_objective(X, y, one) for one in train(X, y, short, torch.float64)] for train in (_batched, _looped)]
    return Measured(*X.shape, **seconds, mib=mib, difference=_difference(*np.array(ends)))


def _difference(ours: np.ndarray, theirs: np.ndarray) -> float:
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
