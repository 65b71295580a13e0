"""Every setting of the published studies of Adam and SGD against training over all patterns."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import csvfile
from benchmarks.everywhere import arrays
from cvxbench.bench.suite import LAMBDAS
from cvxbench.convex.train import train_convex
from cvxbench.networks.relu import ReLUNetwork
from cvxbench.nonconvex.rules.adam import Adam
from cvxbench.nonconvex.rules.sgd import SGD
from cvxbench.nonconvex.study import PAPER, train_study

TABLES = (
    "haberman-survival",
    "servo",
    "parkinsons",
    "spectf",
    "yacht-hydrodynamics",
    "auto-mpg",
    "ionosphere",
    "liver-disorders",
    "diabetes",
    "breast-cancer-wisc-diag",
    "heart-failure",
    "pima",
)
RULES = {"adam": Adam(), "sgd": SGD()}
LAMS = LAMBDAS[:5]  # at the sixth nearly every optimum is the zero network
LEAST_WIDTH = 50


@dataclass(frozen=True)
class Row:
    """One problem: our objective, and the lowest that any setting and seed of a study met at any look.

    Parameters
    ----------
    dataset, n, d, lam
    ours, gap, bound, seconds
        Objective, relative gap and its label; processor seconds.
    neurons, width : int
        Of our network, and of the opponents'.
    adam, sgd : float
        The lowest objective of the study's 7 steps × 3 seeds × 2000 epochs.
    study_seconds : float
        Processor seconds of both studies at this lambda.
    """

    dataset: str
    n: int
    d: int
    lam: float
    ours: float
    gap: float
    bound: str
    seconds: float
    neurons: int
    width: int
    adam: float
    sgd: float
    study_seconds: float


def run(path: Path, tables: Sequence[str], say: Callable[[str], None]) -> None:
    """Compare on each problem and append its row to the CSV file `path`."""
    done = {(row.dataset, row.lam) for row in csvfile.read(path, Row)}
    for name in tables:
        X, y = arrays(name)
        for lam in LAMS:
            if (name, lam) not in done:
                row = compared(name, X, y, lam)
                csvfile.append(path, [row])
                above = min(row.adam, row.sgd) / row.ours - 1.0
                say(f"{name} {lam:.3g}: ours {row.ours:.9g} ({row.gap:.0e} {row.bound}), opponents {above:+.1e}")


def compared(name: str, X: np.ndarray, y: np.ndarray, lam: float) -> Row:
    """Train one problem by us and by both studies."""
    began = time.process_time()
    solution = train_convex(X, y, network="relu", lam=lam, tol=1e-4, time_limit=120.0)
    seconds, since = time.process_time() - began, time.process_time()
    assert isinstance(solution.network, ReLUNetwork)
    neurons = solution.network.output.size
    width = max(LEAST_WIDTH, neurons)
    lowest = {
        rule: min(trained.best for trained in train_study(X, y, lam, RULES[rule], study=PAPER, width=width))
        for rule in RULES
    }
    return Row(
        name,
        *X.shape,
        lam,
        solution.objective,
        solution.relative_gap,
        solution.bound,
        seconds,
        neurons,
        width,
        lowest["adam"],
        lowest["sgd"],
        time.process_time() - since,
    )
