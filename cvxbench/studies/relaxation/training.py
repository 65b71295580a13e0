"""The networks of the study: one table at one lambda, trained by the convex program, SGD and Adam."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cvxbench.bench.seeds import seed_for
from cvxbench.convex.train import train_convex
from cvxbench.data.load import load_table
from cvxbench.data.prepare import prepare
from cvxbench.data.registry import load
from cvxbench.networks.separable import Separable
from cvxbench.nonconvex.rules.adam import Adam
from cvxbench.nonconvex.rules.sgd import SGD
from cvxbench.nonconvex.study import STANDARD, train_study

RULES = {"sgd": SGD(), "adam": Adam()}
TOLERANCE = 1e-3
LEAST_WIDTH = 50  # of an opponent: with one neuron an output, some die in every start


@dataclass(frozen=True)
class Rows:
    """A table as the networks see it: centred columns of standard deviation 1 over the training rows, then ones.

    Parameters
    ----------
    X, Y : ndarray, shape (n, d) and (n, k)
        Training rows.
    X_test : ndarray, shape (n_test, d)
    labels : ndarray of int, shape (n_test,)
    moves : ndarray, shape (d,)
        1 for a column that may move, 0 for the ones.
    """

    X: np.ndarray
    Y: np.ndarray
    X_test: np.ndarray
    labels: np.ndarray
    moves: np.ndarray


def rows(dataset: str, seed: int | None) -> Rows:
    """Load, split and scale a table of classes."""
    prepared = prepare(
        load_table(load().dataset(dataset)), seed=seed_for(seed, dataset, "split"), bias=True, centre=True
    )
    scale = np.sqrt(len(prepared.X_train))
    Y_test = prepared.Y_test
    labels = (Y_test[:, 0] > 0.0).astype(int) if Y_test.shape[1] == 1 else np.argmax(Y_test, axis=1)
    moves = np.ones(prepared.X_train.shape[1])
    moves[-1] = 0.0
    return Rows(scale * prepared.X_train, prepared.Y_train, scale * prepared.X_test, labels, moves)


def trained(table: Rows, dataset: str, lam: float, seed: int | None, time_limit: float) -> dict[str, Separable]:
    """Return the convex program's ReLU network over all patterns, and the best of SGD's and Adam's standard study.

    The opponents get as many neurons per output as the program's network uses, but 50 at least; of a study the
    run of the lowest objective is taken.

    Parameters
    ----------
    table : Rows
    dataset : str
    lam : float
    seed : int, optional
    time_limit : float
        Seconds of the convex program.
    """
    start = seed_for(seed, dataset, "start")
    solution = train_convex(table.X, table.Y, network="relu", lam=lam, tol=TOLERANCE, seed=start, time_limit=time_limit)
    if not isinstance(solution.network, Separable):
        raise TypeError("a target of columns gives a network of columns")
    found = {"convex": solution.network}
    width = max(LEAST_WIDTH, solution.network.neurons())
    for name, rule in RULES.items():
        study = train_study(table.X, table.Y, lam, rule, study=STANDARD, width=width)
        found[name] = min(study, key=lambda one: one.final).network
    return found
