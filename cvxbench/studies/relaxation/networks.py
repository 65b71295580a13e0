"""A part of the study: the networks of one table and lambda, what is certified of them, and how tight each bound is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from cvxbench.relaxation.attack import attack
from cvxbench.relaxation.certify import Verdict, certify, margins
from cvxbench.relaxation.exact import exact_minimum
from cvxbench.relaxation.intervals import interval_bounds
from cvxbench.relaxation.linear import linear_bounds
from cvxbench.relaxation.network import LayeredNetwork, from_trained
from cvxbench.relaxation.program import OutputProgram
from cvxbench.studies.relaxation.training import Rows, rows, trained

BOUNDS = ("interval", "linear", "univariate", "envelope", "exact")
TIGHTNESS_EPSILON = 0.2


def networks(
    dataset: str,
    lam: float,
    epsilons: Sequence[float],
    test_rows: int,
    tight_rows: int,
    seed: int | None,
    time_limit: float,
    exact_seconds: float,
) -> dict[str, Any]:
    """Train, certify and bound.

    Parameters
    ----------
    dataset : str
    lam : float
    epsilons : sequence of float
        In standard deviations of the training columns.
    test_rows, tight_rows : int
        Of the test part: rows to certify, and of these, rows whose margins are bounded by every method.
    seed : int, optional
    time_limit, exact_seconds : float
        Of the convex program and of each mixed-integer program.
    """
    table = rows(dataset, seed)
    test = slice(0, test_rows)
    found = []
    for method, network in trained(table, dataset, lam, seed, time_limit).items():
        layers = from_trained(network)
        right = _classes(layers, table.X_test[test]) == table.labels[test]
        certified = [
            _certified(layers, table, test, epsilon, exact_seconds) | {"epsilon": epsilon} for epsilon in epsilons
        ]
        found.append(
            {
                "method": method,
                "objective": network.objective(table.X, table.Y, lam),
                "neurons": int(sum(part.output.size for part in network.parts)),
                "accuracy": float(np.mean(right)),
                "certified": certified,
                "bounds": _tightness(layers, table, np.flatnonzero(right)[:tight_rows], exact_seconds),
            }
        )
    return {"dataset": dataset, "lam": lam, "networks": found}


def _classes(network: LayeredNetwork, X: np.ndarray) -> np.ndarray:
    outputs = network.predict(X)
    return (outputs[:, 0] > 0.0).astype(int) if outputs.shape[1] == 1 else np.argmax(outputs, axis=1)


def _certified(
    network: LayeredNetwork, table: Rows, test: slice, epsilon: float, exact_seconds: float
) -> dict[str, float]:
    """Return the share of rows that each bound certifies, that have a counterexample, and that stay open."""
    found = certify(network, table.X_test[test], table.labels[test], epsilon * table.moves, exact_seconds=exact_seconds)
    shares = {verdict: sum(one.verdict is verdict for one in found) / len(found) for verdict in Verdict}
    steps = np.cumsum([shares[Verdict[name.upper()]] for name in BOUNDS])
    ends = {"refuted": shares[Verdict.COUNTEREXAMPLE], "open": shares[Verdict.OPEN]}
    return dict(zip(BOUNDS, steps.tolist(), strict=True)) | ends


def _tightness(network: LayeredNetwork, table: Rows, right: np.ndarray, exact_seconds: float) -> list[dict[str, Any]]:
    """Bound the margins of some rows on their boxes, and the outputs on the box of all training rows."""
    found = []
    for row in right:
        margin = margins(network, int(table.labels[row]))
        centre, reach = table.X_test[row : row + 1], TIGHTNESS_EPSILON * table.moves
        found += _all_bounds(margin, centre - reach, centre + reach, "row", exact_seconds)
    both = np.vstack([np.eye(table.Y.shape[1]), -np.eye(table.Y.shape[1])])
    box = table.X.min(axis=0, keepdims=True), table.X.max(axis=0, keepdims=True)
    return found + _all_bounds(network.combined(both), *box, "data", exact_seconds)


def _all_bounds(
    network: LayeredNetwork, lower: np.ndarray, upper: np.ndarray, where: str, exact_seconds: float
) -> list[dict[str, Any]]:
    outputs = range(len(network.output.bias))
    clock = [time.perf_counter()]
    interval = interval_bounds(network, lower, upper).output[0][0]
    clock.append(time.perf_counter())
    linear = linear_bounds(network, lower, upper)
    clock.append(time.perf_counter())
    program = OutputProgram(network, linear.of(0))
    univariate = [program.lower_bound(output, "univariate") for output in outputs]
    clock.append(time.perf_counter())
    envelope = [program.lower_bound(output, "envelope") for output in outputs]
    clock.append(time.perf_counter())
    exact = [exact_minimum(network, linear.of(0), output, exact_seconds) for output in outputs]
    clock.append(time.perf_counter())
    lowest = attack(network, lower, upper, seed=0)[1][0]
    seconds = dict(zip(BOUNDS, (np.diff(clock) / len(outputs)).tolist(), strict=True))
    return [
        {
            "where": where,
            "interval": float(interval[output]),
            "linear": float(linear.output[0][0, output]),
            "univariate": univariate[output].value,
            "envelope": envelope[output].value,
            "exact": exact[output].lower_bound,
            "solved": exact[output].solved,
            "broken": bool(lowest < min(one.value for one in envelope) - 1e-9),
            "cuts": [univariate[output].cuts, envelope[output].cuts],
            "rounds": [univariate[output].rounds, envelope[output].rounds],
            "seconds": seconds,
        }
        for output in outputs
    ]
