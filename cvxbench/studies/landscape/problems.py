"""The problems of the `uci` suite as the landscape needs them: table, network, and the optimum of the program."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from cvxbench import train_convex
from cvxbench.bench.seeds import seed_for
from cvxbench.convex.solution import Solution
from cvxbench.data import registry
from cvxbench.data.load import load_table
from cvxbench.data.prepare import prepare
from cvxbench.networks.gated_relu import GatedReLUNetwork
from cvxbench.networks.relu import ReLUNetwork
from cvxbench.networks.separable import Separable
from cvxbench.nonconvex.trainer import Data

GATES = 50
LEAST_WIDTH = 50
SECONDS = 60.0  # for the program


@dataclass(frozen=True)
class LandscapeProblem:
    """A training problem, and the best point known.

    Parameters
    ----------
    data : Data
        As wide as the best network needs, and at least `LEAST_WIDTH` for ReLU.
    solution : Solution
        Of the convex program: over all patterns for ReLU, on those of `GATES` gates for a gated network.
    """

    data: Data
    solution: Solution


def problem(dataset: str, network: str, lam: float) -> LandscapeProblem:
    """Load and prepare a table of the registry as `uci` does, and solve its program.

    Parameters
    ----------
    dataset : str
    network : {"gated-relu", "relu"}
    lam : float

    Raises
    ------
    CvxbenchError
        If the table cannot be had.
    """
    X, Y = training_rows(dataset)
    if network == "relu":
        solution = train_convex(X, Y, lam=lam, network="relu", time_limit=SECONDS)
        width = max(part.output.size for part in parts(solution))
        return LandscapeProblem(Data(X, Y, max(LEAST_WIDTH, width)), solution)
    gates = np.random.default_rng(seed_for(None, dataset, "gates")).standard_normal((X.shape[1], GATES))
    return LandscapeProblem(Data.gated(X, Y, gates), train_convex(X, Y, lam=lam, gates=gates, time_limit=SECONDS))


def training_rows(dataset: str) -> tuple[np.ndarray, np.ndarray]:
    """Return X (n, d) and Y (n, k) of the training rows of a table of the registry."""
    table = prepare(load_table(registry.load().dataset(dataset)), seed=seed_for(None, dataset, "split"))
    return table.X_train, table.Y_train


def parts(solution: Solution) -> tuple[ReLUNetwork | GatedReLUNetwork, ...]:
    """Return the single-output networks of a solution."""
    network = solution.network
    return network.parts if isinstance(network, Separable) else (network,)


def beside(solution: Solution, network: Separable, gates: np.ndarray | None) -> np.ndarray:
    """Return the solution as weights of the same shape as a network's, its neurons in the places nearest to that.

    Neurons of one output can change places without changing the function, and so can the signs of a gated neuron's
    layers; the closest arrangement is the fairest end of a segment. Places that the solution does not need are zero.

    Parameters
    ----------
    solution : Solution
    network : Separable
        With m neurons for each output.
    gates : ndarray, shape (d, m), or None
        Of a gated network.

    Returns
    -------
    ndarray, shape (k·(d + 1)·m,)
    """
    pairs = zip(parts(solution), network.parts, strict=True)
    return np.concatenate([_arranged(best, part, gates) for best, part in pairs])


def _arranged(
    best: ReLUNetwork | GatedReLUNetwork, part: ReLUNetwork | GatedReLUNetwork, gates: np.ndarray | None
) -> np.ndarray:
    theirs, ours = np.vstack([best.hidden, best.output]), np.vstack([part.hidden, part.output])
    placed = np.zeros_like(ours)
    agreement = theirs.T @ ours
    if gates is None:
        rows, columns = linear_sum_assignment(agreement, maximize=True)  # the nearest: norms do not depend on places
        signs = np.ones(len(rows))
    else:
        assert isinstance(best, GatedReLUNetwork)
        columns = np.array(
            [np.flatnonzero((gates == gate[:, None]).all(axis=0))[0] for gate in best.gates.T], dtype=int
        )
        rows = np.arange(len(columns))
        signs = np.where(agreement[rows, columns] < 0.0, -1.0, 1.0)
    placed[:, columns] = theirs[:, rows] * signs
    return np.concatenate([placed[:-1].ravel(), placed[-1]])
