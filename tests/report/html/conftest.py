"""A run of the size that people publish, written by the store itself: 72 tables × 6 lambdas, six methods."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from cvxbench.bench.records import Plan, Planned, TableInfo, Verdict
from cvxbench.bench.store import Store

TABLES, LAMBDAS = 72, tuple(float(lam) for lam in np.logspace(-5, -1, 6))
CONVEX, OPPONENTS = ("ssn", "rfista", "al", "conic"), ("sgd", "adam")
STEPS, REPEATS = (10.0, 5.0, 1.0, 0.5, 0.1, 0.01, 0.001), 3
TASKS = ("binary", "multiclass", "regression")
HOSTILE = "<img src=x onerror=alert(1)>"
SUITE = {
    "name": "large",
    "description": "made by a test",
    "networks": {"gated-relu": [*CONVEX, *OPPONENTS]},
    "lambdas": list(LAMBDAS),
    "tolerances": [1.0, 0.5, 0.1, 0.01, 0.001],
    "budget": {"name": "paper", "steps": list(STEPS), "repeats": REPEATS, "epochs": 2000},
    "seed": None,
    "bias": False,
    "centre": False,
}
SESSION = {"version": "0.1.0", "commit": "0" * 40, "packages": {"numpy": "2"}, "cpu": "made up", "threads": 1}


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the run."""
    return write(tmp_path_factory.mktemp("large"))


def write(folder: Path) -> Path:
    random = np.random.default_rng(0)
    plan = [
        Planned(dataset, "gated-relu", lam, method, method in CONVEX, options, default, repeat)
        for dataset in names()
        for lam in LAMBDAS
        for method in (*CONVEX, *OPPONENTS)
        for repeat in range(REPEATS if method in OPPONENTS else 1)
        for options, default in _settings(method)
    ]
    optima = {(dataset, lam): random.uniform(0.02, 0.3) for dataset in names() for lam in LAMBDAS}
    verdicts = {id: _verdict(random, planned, optima[planned.dataset, planned.lam]) for id, planned in enumerate(plan)}
    with Store(folder, create=True) as store:
        store.write_plan({"sessions": [SESSION]}, Plan(SUITE, plan))
        for place, dataset in enumerate(names()):
            rows = 60 + 110 * place
            task = TASKS[place % 3]
            store.add_table(TableInfo(dataset, task, "real", rows, rows * 4 // 5, 9, 1, 0.5, "ab" * 32, "nowhere"))
        store.finish(verdicts)
    return folder


def names() -> list[str]:
    return [HOSTILE, *(f"table-{place:02d}" for place in range(1, TABLES))]


def _settings(method: str) -> list[tuple[dict[str, float], bool]]:
    if method in CONVEX:
        return [({}, True)]
    return [({"step": step}, step == 0.1) for step in STEPS]


def _verdict(random: np.random.Generator, planned: Planned, optimum: float) -> Verdict:
    if planned.method == "conic" and random.random() < 0.3:
        return Verdict("skipped", "the program has 3e+06 nonzeros, above the 2e+06 of budget 'paper'")
    ends_at = {"ssn": 1e-8, "conic": 1e-7, "al": 1e-4, "rfista": 3e-3}.get(planned.method)
    if ends_at is None:
        ends_at = 0.02 * (1.0 + 3.0 * abs(math.log10(planned.options["step"] / 0.5)))
    iterations = np.unique(np.round(1.2 ** np.arange(55))).astype(int)
    gap = ends_at * random.lognormal(0.0, 0.5) + 20.0 * np.exp(-6.0 * iterations / iterations[-1]) / iterations**0.8
    noise = random.normal(0.0, 0.05 if planned.method in OPPONENTS else 1e-4, len(gap))
    values = np.minimum(optimum * (1.0 + gap * np.exp(noise)), 0.5)
    pace = random.lognormal(-8.0, 1.0)
    trace = [(int(i), float(i * pace), float(value)) for i, value in zip(iterations, values, strict=True)]
    return Verdict(
        status="converged" if planned.convex else "budget-reached",
        detail="gap closed" if planned.convex else "2000 epochs",
        objective=float(values[-1]),
        best=float(values.min()),
        first=0.5,
        worst=float(values.max()),
        lower_bound=optimum * (1.0 - 1e-7) if planned.method == "ssn" else None,
        starts=0 if planned.method == "ssn" else None,
        test_score=float(random.uniform(0.6, 0.95)),
        seconds=trace[-1][1],
        iterations=int(iterations[-1]),
        neurons=50,
        trace=trace,
    )
