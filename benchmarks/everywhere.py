"""The claims of training over all patterns: one row per problem, trained by us and judged by a harder search."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import csvfile
from cvxbench.bench.seeds import PUBLISHED
from cvxbench.bench.suite import load as load_suite
from cvxbench.convex.neurons import starts as begin
from cvxbench.convex.neurons.ascent import ascend
from cvxbench.convex.neurons.claim import ERROR
from cvxbench.convex.neurons.directions import Directions
from cvxbench.convex.neurons.dual import Dual
from cvxbench.convex.neurons.oracle import Oracle
from cvxbench.convex.neurons.smoothing import climb
from cvxbench.convex.neurons.space import Space
from cvxbench.convex.neurons.walk import walk
from cvxbench.convex.solution import Solution
from cvxbench.convex.train import train_convex
from cvxbench.data.load import load_table
from cvxbench.data.prepare import prepare
from cvxbench.data.registry import load
from cvxbench.networks.relu import ReLUNetwork

TOLERANCES = {0.1: 1e-4, 1.585e-2: 1e-4, 2.512e-3: 1e-4, 3.981e-4: 1e-3, 6.310e-5: 1e-3, 1e-5: 1e-2}
HARDER = 4  # times the starts of the claim, in the judge's search
JUDGE_SEED = 20_261_122
SEARCH = 14  # one more whenever the search or its cost changes (docs/search.md): older rows are stale
WIDE = np.geomspace(1.0, 1e-6, 30)


@dataclass(frozen=True)
class Row:
    """One problem.

    Parameters
    ----------
    dataset, n, d, lam
        n counts training rows.
    tol : float
        Asked for.
    objective, gap : float
        Of the network; the gap is as claimed.
    bound, starts : str, int
        "proven" or "searched", and from how many starts.
    neurons : int
    seconds, wall_seconds : float
        Of one thread's processor, and on the wall.
    judged_gap, judged_starts : float, int
        The gap that the harder search at the network's residual leaves, and its starts.
    judge_seconds : float
    search : int
        Number of the search that made the claim, and judged it.
    """

    dataset: str
    n: int
    d: int
    lam: float
    tol: float
    objective: float
    gap: float
    bound: str
    starts: int
    neurons: int
    seconds: float
    wall_seconds: float
    judged_gap: float
    judged_starts: int
    judge_seconds: float
    search: int


def newest(rows: Sequence[Row]) -> list[Row]:
    """Return of each problem the row by the newest search."""
    found: dict[tuple[str, float], Row] = {}
    for row in rows:
        key = (row.dataset, row.lam)
        found[key] = max(found.get(key, row), row, key=lambda one: one.search)
    return list(found.values())


def names() -> list[str]:
    """Return the binary and regression tables of `uci`, small ones first."""
    suite = load_suite("uci", load())
    chosen = [dataset for dataset in suite.datasets if dataset.task in ("binary", "regression")]
    return [dataset.name for dataset in sorted(chosen, key=lambda dataset: dataset.n * dataset.d)]


def run(path: Path, tables: Sequence[str], lams: Sequence[float], limit: float, say: Callable[[str], None]) -> None:
    """Train and judge each problem of which the CSV file `path` has no row by the present search; append the row."""
    done = {(row.dataset, row.lam) for row in csvfile.read(path, Row) if row.search == SEARCH}
    for lam in sorted(lams, reverse=True):
        for name in tables:
            if (name, lam) not in done:
                row = measured(name, lam, limit)
                csvfile.append(path, [row])
                claim = f"gap {row.gap:.1e} {row.bound}, judged {row.judged_gap:.1e}"
                say(f"{name} {lam:.3g}: {row.objective:.9g}, {claim}, {row.neurons} neurons, {row.seconds:.1f} s")


def measured(name: str, lam: float, limit: float) -> Row:
    """Train one problem and judge the claim."""
    X, y = arrays(name)
    tol = min(TOLERANCES.items(), key=lambda item: abs(np.log(item[0] / lam)))[1]
    began = time.process_time()
    solution = train_convex(X, y, network="relu", lam=lam, tol=tol, time_limit=limit)
    seconds, since = time.process_time() - began, time.process_time()
    assert isinstance(solution.network, ReLUNetwork)
    judged, tried = judged_gap(X, y, solution, ERROR * tol)
    return Row(
        name, *X.shape, lam, tol, solution.objective, solution.relative_gap, solution.bound, solution.starts,
        solution.network.output.size, seconds, solution.seconds, judged, tried, time.process_time() - since, SEARCH,
    )  # fmt: skip


def judged_gap(X: np.ndarray, y: np.ndarray, solution: Solution, error: float) -> tuple[float, int]:
    """Return the relative gap that a search from 4 × the claim's starts leaves at its dual vector, and its starts.

    The engine's own search, from other seeds, with values of the relative `error` that the claim's had; at last with
    exact ones. Besides, Gaussian starts are climbed by smoothing alone and by walking alone.
    """
    network, dual, lam = solution.network, solution.dual, solution.lam
    assert isinstance(network, ReLUNetwork)
    space, rng = Space.of(X), np.random.default_rng(JUDGE_SEED)
    weights = (network.hidden * np.abs(network.output)).T @ space.basis.T
    neurons = Directions.plain(weights, np.sign(network.output))
    oracle, largest, tried = Oracle(space, rng), 0.0, 0
    while tried < HARDER * solution.starts:
        found, count = oracle.search(dual, neurons, 8.0, error)
        largest, tried = max(largest, float(found.values[0])), tried + count
    found, count = oracle.search(dual, neurons, 8.0)
    largest, tried = max(largest, float(found.values[0])), tried + count
    raw = begin.both_signs(begin.gaussian(space, 200, rng))
    smoothed = climb(space, dual, raw, WIDE)
    walked = walk(space, dual, ascend(space, dual, raw, 35, 0.3, 3e-4), 60)
    largest = max(largest, float(smoothed.values.max()), float(walked.values.max()))
    return Dual(dual, largest).gap(solution.objective, y, lam), tried + 2 * len(raw)


def arrays(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the training rows of a table as runs of the benchmark prepare them."""
    prepared = prepare(load_table(load().dataset(name)), seed=PUBLISHED["split"])
    return prepared.X_train, prepared.Y_train[:, 0]
