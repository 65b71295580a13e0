"""An ECG: whether convex training reaches a lower training loss than SGD and Adam.

The claim has no public protocol; this one is ours, and was fixed after a pilot. Windows of one lead are standardised by
the training part and have a column of ones; λ is relative to λ₀ = ‖X'y‖/n.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from cvxbench import methods
from cvxbench.attempt import Budget, Outcome, Setting, Status
from cvxbench.bench.records import Part
from cvxbench.bench.referee import Clock, RefereeWatch, score
from cvxbench.bench.seeds import seed_for
from cvxbench.bench.suite import budgets
from cvxbench.convex.train import train_convex
from cvxbench.data.registry import load
from cvxbench.data.schema import SeriesEntry
from cvxbench.data.series import Windows, load_series, windows
from cvxbench.networks.problem import Problem
from cvxbench.studies.ecg_findings import findings
from cvxbench.studies.experiment import BudgetName, Experiment
from cvxbench.studies.forecast import STEPS as BRACKET

LAGS = (3, 15)
WIDTHS = {1e-2: 50, 1e-3: 100, 1e-4: 200}  # λ/λ₀ → neurons of a ReLU network, room for all that the convex one has
PUBLISHED = (10.0, 5.0, 1.0, 0.5, 0.1, 0.01, 0.001)
GATES = 100  # of gated networks, and one that is always open


def parts(budget: BudgetName, seed: int | None) -> Sequence[Part]:
    """Return the plan: on each problem the convex program, then the opponents' studies from cheap to dear."""
    quick = budget == "quick"
    entry = load().series["ecg"].model_dump_json()
    studies: dict[str, dict[str, Any]] = {
        "published steps": {"steps": PUBLISHED, "epochs": 1000, "schedule": "stepwise", "repeats": 3},
        "bracketing steps": {"epochs": 2000, "schedule": "cosine", "repeats": 3},
        "long": {"epochs": 10_000, "schedule": "cosine", "repeats": 1},
    }
    if quick:
        studies = {"bracketing steps": {"epochs": 20, "schedule": "cosine", "repeats": 1}}
    lags, relative = (LAGS[:1], list(WIDTHS)[:2]) if quick else (LAGS, list(WIDTHS))
    problems = [
        {"entry": entry, "lags": p, "relative": rel, "network": network, "seed": seed}
        for network, p, rel in product(("relu", "gated-relu"), lags, relative)
    ]
    found = [Part(f"linear, {p} lags", f"{__name__}:linear", {"entry": entry, "lags": p}) for p in lags]
    limit = 20.0 if quick else 600.0
    for problem in problems:
        key = f"{problem['network']}, {problem['lags']} lags, λ/λ₀ {problem['relative']:g}"
        found.append(Part(f"{key}: convex", f"{__name__}:convex", {**problem, "time_limit": limit}))
        for name, method in product(studies, BRACKET):
            if problem["network"] == "relu" or name == "bracketing steps":
                grid = {"steps": BRACKET[method], **studies[name], "study": name, "method": method}
                found.append(Part(f"{key}: {method}, {name}", f"{__name__}:study", {**problem, **grid}))
    return found


def linear(entry: str, lags: int) -> dict[str, Any]:
    """Return the test error of linear autoregression by least squares, and of the last value."""
    data = _windows(entry, lags)
    weights = np.linalg.lstsq(data.X_train, data.y_train, rcond=None)[0]
    fits = {"linear": data.X_test @ weights, "last value": data.X_test[:, data.last]}
    return {name: _error(fit, data) for name, fit in fits.items()}


def convex(entry: str, lags: int, relative: float, network: str, seed: int | None, time_limit: float) -> dict[str, Any]:
    """Train by the convex program, over all patterns or on those of the gates; the network is what is judged."""
    data = _windows(entry, lags)
    problem = _problem(data, relative, network, seed)
    gates = problem.gates if network == "gated-relu" else None
    solution = train_convex(
        problem.X, problem.Y, network=network, lam=problem.lam, gates=gates, seed=seed or 0, time_limit=time_limit
    )
    trained: Any = solution.network
    return {
        "objective": score(problem, trained),
        "lower_bound": solution.lower_bound,
        "bound": solution.bound,
        "seconds": solution.seconds,
        "neurons": trained.neurons(),
        "test": _error(trained.predict(data.X_test)[:, 0], data),
        "curve": [[at, value] for at, value, _ in solution.trace],
    }


def study(
    entry: str,
    lags: int,
    relative: float,
    network: str,
    seed: int | None,
    study: str,
    method: str,
    steps: Sequence[float],
    epochs: int,
    schedule: Any,
    repeats: int,
) -> dict[str, Any]:
    """Train an opponent's study in one batch, and its winner again, alone, for its own time.

    Every setting is scored by the lowest objective of its iterates, so an opponent is never blamed for its last one.
    """
    data = _windows(entry, lags)
    problem = _problem(data, relative, network, seed)
    budget = replace(budgets()["paper"], steps=tuple(steps), epochs=epochs, schedule=schedule, repeats=repeats)
    settings = [
        Setting({"step": step}, seed_for(seed, "ecg", "start", repeat), WIDTHS[relative])
        for repeat in range(repeats)
        for step in steps
    ]
    tried = _tried(problem, method, settings, budget)
    reached = [min(value for _, _, value in watch.trace) for watch in tried.watches]
    winner = int(np.argmin(reached))
    alone = _tried(problem, method, [settings[winner]], budget)
    test = alone.outcomes[0].network
    return {
        "objective": reached[winner],
        "step": settings[winner].options["step"],
        "neurons": max(outcome.network.neurons() for outcome in alone.outcomes if outcome.network),
        "at_edge": settings[winner].options["step"] in (max(steps), min(steps)),
        "study_seconds": tried.seconds,
        "seconds": alone.seconds,
        "by_step": [[step, min(reached[place :: len(steps)])] for place, step in enumerate(steps)],
        "diverged": sum(outcome.status is Status.DIVERGED for outcome in tried.outcomes),
        "test": None if test is None else _error(test.predict(data.X_test)[:, 0], data),
        "curve": [[at, value] for _, at, value in alone.watches[0].trace],
    }


@dataclass(frozen=True)
class _Tried:
    outcomes: list[Outcome]
    watches: list[RefereeWatch]
    seconds: float


def _tried(problem: Problem, method: str, settings: list[Setting], budget: Budget) -> _Tried:
    clock = Clock(budget.time_limit)
    watches = [RefereeWatch(problem, clock) for _ in settings]
    outcomes = methods.get(method).train(problem, settings, budget, watches)
    return _Tried(outcomes, watches, clock.seconds())


def _windows(entry: str, lags: int) -> Windows:
    return windows(load_series(SeriesEntry.model_validate_json(entry)), lags)


def _problem(data: Windows, relative: float, network: str, seed: int | None) -> Problem:
    X, Y = data.X_train, data.y_train[:, None]
    lam = relative * float(np.linalg.norm(X.T @ Y)) / len(X)
    drawn = np.random.default_rng(seed_for(seed, "ecg", "gates")).standard_normal((X.shape[1], GATES))
    return Problem(X, Y, lam, network, np.column_stack([drawn, np.eye(X.shape[1])[-1]]))


def _error(fit: np.ndarray, data: Windows) -> float:
    return float(np.mean((fit - data.y_test) ** 2))


EXPERIMENT = Experiment(
    name="ecg",
    description="training loss and test MSE on one lead of an ECG, convex programs against tuned SGD and Adam",
    parts=parts,
    findings=findings,
)
