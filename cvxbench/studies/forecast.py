"""Forecasts of a series: every method tuned by the same rule on the end of the training part, test rows scored once.

λ (and the step size of an opponent) is chosen by the squared error on the last fifth of the training windows, over a
grid of λ/λ₀ with λ₀ = ‖X'y‖/n that is extended where its edge is chosen; then all training windows train the network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from cvxbench.bench.records import Part
from cvxbench.convex.train import train_convex
from cvxbench.data.schema import SeriesEntry
from cvxbench.data.series import Windows, load_series, windows
from cvxbench.networks.separable import Separable
from cvxbench.nonconvex.rules.adam import Adam
from cvxbench.nonconvex.rules.sgd import SGD
from cvxbench.nonconvex.schedules.cosine import Cosine
from cvxbench.nonconvex.study import Study, train_study

RULES = {"sgd": SGD(), "adam": Adam()}
STEPS = {  # they bracket the best step on standardised windows (found in a pilot)
    "sgd": (1.0, 0.7, 0.5, 0.3, 0.1, 0.03, 0.01),
    "adam": (0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003),
}
SPACING = 0.25  # decades between neighbours of the grid of λ/λ₀
FIRST, COUNT = -0.5, 9  # from 10^−0.5 down, nine values
EXTENSIONS = 4  # at most, of the grid by one value
WIDTH = 50
TUNING, FINAL = 1e-2, 1e-3  # relative gaps of ReLU networks over all patterns

Standardise = Literal["train", "whole"]
Fit = Callable[[Windows, Sequence[float]], list[list[Any]]]  # for each λ the networks of all starts, None if diverged


def parts(entry: SeriesEntry, lags: int, variants: Sequence[Standardise], budget: str, seed: int | None) -> list[Part]:
    """Return the parts of a forecast: the reference rows, then every method and, where gates are drawn, every seed.

    Training over all patterns comes last, being the longest.

    Parameters
    ----------
    entry : SeriesEntry
    lags : int
    variants : sequence of {"train", "whole"}
        How columns are standardised.
    budget : {"quick", "standard", "paper"}
    seed : int or None
    """
    quick = budget == "quick"
    gates, gate_seeds = (100, 2) if quick else (2000, 5)
    epochs, tuning, refits = (20, 1, 2) if quick else (1000 if budget == "standard" else 2000, 3, 10)
    count = 3 if quick else COUNT
    base = seed or 0
    found = []
    for standardise in variants:
        data = {"entry": entry.model_dump_json(), "lags": lags, "standardise": standardise}
        here = f"{entry.name} standardised by {standardise}"
        found.append(Part(f"{here}: references", f"{__name__}:references", data))
        found += [
            Part(
                f"{here}: gated-relu seed={base + number}",
                f"{__name__}:gated",
                {**data, "gates": gates, "seed": base + number, "count": count},
            )
            for number in range(gate_seeds)
        ]
        studies = {**data, "count": count, "seed": base, "epochs": epochs, "tuning": tuning, "refits": refits}
        found += [Part(f"{here}: {rule}", f"{__name__}:opponent", {**studies, "rule": rule}) for rule in RULES]
        given = {**data, "count": count, "seed": base, "time_limit": 10.0 if quick else 600.0}
        found.append(Part(f"{here}: relu", f"{__name__}:relu", given))
    return found


def references(entry: str, lags: int, standardise: Standardise) -> dict[str, Any]:
    """Return the forecasts of the last value, and of linear autoregression by least squares and by tuned ridge."""
    whole, inner = _windows(entry, lags, standardise)

    def ridge(data: Windows, lam: float) -> np.ndarray:
        gram = data.X_train.T @ data.X_train / len(data.X_train)
        return np.linalg.solve(gram + lam * np.eye(len(gram)), data.X_train.T @ data.y_train / len(data.X_train))

    grid = np.logspace(-6, 1, 29)
    errors = [float(np.mean((inner.X_test @ ridge(inner, lam) - inner.y_test) ** 2)) for lam in grid]
    lam = float(grid[int(np.argmin(errors))])
    plain = np.linalg.lstsq(whole.X_train, whole.y_train, rcond=None)[0]
    weights = {"linear, least squares": plain, f"linear, ridge {lam:.2g}": ridge(whole, lam)}
    fits = {"last value": whole.X_test[:, whole.last]} | {name: whole.X_test @ w for name, w in weights.items()}
    return {
        "target": whole.y_test.tolist(),
        "rows": [{"model": name, "forecasts": [fit.tolist()]} for name, fit in fits.items()],
    }


def gated(entry: str, lags: int, standardise: Standardise, gates: int, seed: int, count: int) -> dict[str, Any]:
    """Tune and train a gated ReLU network by its convex program on Gaussian gates and the gate that is always open."""
    whole, inner = _windows(entry, lags, standardise)
    d = whole.X_train.shape[1]
    G = np.column_stack([np.random.default_rng(seed).standard_normal((d, gates)), np.eye(d)[-1]])

    def fit(data: Windows, lams: Sequence[float]) -> list[list[Any]]:
        return [[one.network] for one in train_convex(data.X_train, data.y_train[:, None], lam=lams, gates=G, tol=1e-5)]

    return _tuned("gated-relu", whole, inner, fit, count)


def relu(entry: str, lags: int, standardise: Standardise, seed: int, count: int, time_limit: float) -> dict[str, Any]:
    """Tune and train a ReLU network by its convex program over all patterns."""
    whole, inner = _windows(entry, lags, standardise)
    gaps: list[float] = []

    def fit(data: Windows, lams: Sequence[float]) -> list[list[Any]]:
        tol = FINAL if data is whole else TUNING
        y = data.y_train[:, None]
        path = train_convex(data.X_train, y, network="relu", lam=lams, tol=tol, seed=seed, time_limit=time_limit)
        gaps[:] = [one.relative_gap for one in path]
        return [[one.network if one.relative_gap <= 2.0 * TUNING else None] for one in path]

    return _tuned("relu", whole, inner, fit, count) | {"gap": gaps[-1]}


def opponent(
    entry: str,
    lags: int,
    standardise: Standardise,
    rule: str,
    seed: int,
    count: int,
    epochs: int,
    tuning: int,
    refits: int,
) -> dict[str, Any]:
    """Tune λ and step size of a ReLU network's training by `rule`, and train it from several starts."""
    whole, inner = _windows(entry, lags, standardise)
    seeds = tuple(range(seed, seed + tuning))
    chosen: dict[float, float] = {}

    def fit(data: Windows, lams: Sequence[float]) -> list[list[Any]]:
        study = Study(STEPS[rule], seeds, epochs, Cosine())
        trained = train_study(data.X_train, data.y_train, lams, RULES[rule], study=study, width=WIDTH)
        each = len(study.steps) * len(seeds)
        found = []
        for place, lam in enumerate(lams):
            runs = trained[place * each : (place + 1) * each]
            of_step = {
                step: [None if run.diverged else run.network for run in runs if run.run.step == step]
                for step in study.steps
            }
            chosen[lam] = min(study.steps, key=lambda step: _error(of_step[step], data))
            found.append(of_step[chosen[lam]])
        return found

    def refit(data: Windows, lams: Sequence[float]) -> list[list[Any]]:
        again = Study((chosen[lams[0]],), tuple(range(seed, seed + refits)), epochs, Cosine())
        runs = train_study(data.X_train, data.y_train, lams[0], RULES[rule], study=again, width=WIDTH)
        return [[None if run.diverged else run.network for run in runs]]

    result = _tuned(rule, whole, inner, fit, count, refit)
    return result | {"step": chosen[result["lam"]]}


def _windows(entry: str, lags: int, standardise: Standardise) -> tuple[Windows, Windows]:
    """Return the windows, and those that training windows alone make, for tuning."""
    series = load_series(SeriesEntry.model_validate_json(entry))
    return windows(series, lags, standardise), windows(series, lags, standardise, part="train")


def _tuned(
    model: str, whole: Windows, inner: Windows, fit: Fit, count: int, refit: Fit | None = None
) -> dict[str, Any]:
    """Choose λ on the inner windows, train on the whole ones, and tell the test rows, which are looked at here once."""
    top = float(np.linalg.norm(whole.X_train.T @ whole.y_train)) / len(whole.X_train)
    grid = [FIRST - SPACING * place for place in range(count)]
    errors = dict(zip(grid, _errors(inner, fit, [top * 10.0**power for power in grid]), strict=True))
    for _ in range(EXTENSIONS):
        best = min(errors, key=lambda power: errors[power])
        edge = {max(errors): SPACING, min(errors): -SPACING}.get(best)
        if edge is None:
            break
        errors[best + edge] = _errors(inner, fit, [top * 10.0 ** (best + edge)])[0]
    power = min(errors, key=lambda power: errors[power])
    lam = top * 10.0**power
    (networks,) = (refit or fit)(whole, [lam])
    sound = [network for network in networks if network is not None]
    return {
        "lam": lam,
        "relative": 10.0**power,
        "tuning": [[10.0**at, error] for at, error in sorted(errors.items())],
        "at_edge": power in (max(errors), min(errors)),
        "diverged": len(networks) - len(sound),
        "rows": [{"model": model, "forecasts": [network.predict(whole.X_test)[:, 0].tolist() for network in sound]}],
        "neurons": [network.neurons() for network in sound],
    }


def _errors(data: Windows, fit: Fit, lams: Sequence[float]) -> list[float]:
    return [_error(networks, data) for networks in fit(data, lams)]


def _error(networks: Sequence[Separable | None], data: Windows) -> float:
    """Return the mean over starts of the squared error on the test rows; a start that diverged is infinitely wrong."""
    losses = [
        np.inf if network is None else float(np.mean((network.predict(data.X_test)[:, 0] - data.y_test) ** 2))
        for network in networks
    ]
    return float(np.mean(losses))
