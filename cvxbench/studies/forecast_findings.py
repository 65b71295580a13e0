"""What the parts of a forecast say: errors on the test rows with intervals, and differences between models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cvxbench.bench.records import Part
from cvxbench.studies.bootstrap import mean_interval
from cvxbench.studies.findings import Findings, Plot, Sheet

BLOCK = 20  # rows: four weeks of trading days
QUESTION = (
    "Does a ReLU network trained by its convex program tell the next value better than one trained by SGD or Adam?"
)
CONVEX, OPPONENTS = ("gated-relu", "relu"), ("sgd", "adam")


@dataclass(frozen=True)
class Model:
    """The forecasts of one model in one variant of the protocol.

    Parameters
    ----------
    name : str
    target : ndarray, shape (T,)
    forecasts : ndarray, shape (seeds, T)
    """

    name: str
    target: np.ndarray
    forecasts: np.ndarray

    @property
    def losses(self) -> np.ndarray:
        """Squared errors of the test rows, the mean over seeds, shape (T,)."""
        return ((self.forecasts - self.target) ** 2).mean(axis=0)

    @property
    def by_seed(self) -> np.ndarray:
        """Mean squared error of each seed."""
        return ((self.forecasts - self.target) ** 2).mean(axis=1)

    @property
    def mse(self) -> float:
        """Mean squared error, the mean over seeds."""
        return float(self.losses.mean())

    @property
    def r2(self) -> float:
        """1 − MSE / variance of the test targets."""
        return 1.0 - self.mse / float(self.target.var())


@dataclass(frozen=True)
class Difference:
    """How much lower the mean squared error of one model is than that of another: below 0 if it is.

    Parameters
    ----------
    model, against : str
    value, low, high : float
        With its 95 % interval by the paired block bootstrap of seed-averaged losses.
    """

    model: str
    against: str
    value: float
    low: float
    high: float


def models(parts: Iterable[Part], standardise: str) -> dict[str, Model]:
    """Return the models of a variant that have forecasts; several seeds make an ensemble as well."""
    done = [part for part in parts if part.result and part.options["standardise"] == standardise]
    target = next((np.array(part.result["target"]) for part in done if part.result and "target" in part.result), None)
    if target is None:
        return {}
    gathered: dict[str, list[Any]] = {}
    for part in done:
        for row in (part.result or {})["rows"]:
            gathered.setdefault(row["model"], []).extend(row["forecasts"])
    found = {name: Model(name, target, np.array(forecasts)) for name, forecasts in gathered.items() if forecasts}
    for name, model in list(found.items()):
        if len(model.forecasts) > 1:
            ensemble = f"{name}, mean of {len(model.forecasts)}"
            found[ensemble] = Model(ensemble, target, model.forecasts.mean(axis=0, keepdims=True))
    return found


def differences(found: dict[str, Model]) -> list[Difference]:
    """Return each convex model against each opponent and against the linear model."""
    linear = [name for name in found if name.startswith("linear, least")]
    pairs = [(one, other) for one in CONVEX for other in (*OPPONENTS, *linear) if one in found and other in found]
    rows = []
    for one, other in pairs:
        losses = found[one].losses - found[other].losses
        rows.append(Difference(one, other, float(losses.mean()), *mean_interval(losses, BLOCK)))
    return rows


def findings(parts: Sequence[Part]) -> Findings:
    """Return what a series' forecasts show, variant by variant; any of the parts may be missing."""
    variants = list(dict.fromkeys(part.options["standardise"] for part in parts))
    found = {variant: models(parts, variant) for variant in variants}
    compared = {variant: differences(found[variant]) for variant in variants}
    sheets = []
    for variant in variants:
        title = f"Test rows, standardised by {'all' if variant == 'whole' else 'training'} rows"
        sheets += [_scores(title, parts, variant, found[variant]), _differences(title, compared[variant])]
    rows = [
        {"variant": f"standardised by {variant}", "model": name, "seed": seed, "squared_error": float(error)}
        for variant in variants
        for name, model in found[variant].items()
        for seed, error in enumerate(model.by_seed)
        if "mean of" not in name and name != "last value"
    ]
    plot = Plot(
        name="squared-errors",
        title="Squared error on the test rows, seed by seed",
        caption="One point per seed of start or gates; models without anything random have one.",
        rows=rows,
        x="seed",
        y="squared_error",
        series="model",
        panel="variant",
        line=False,
    )
    return Findings(
        question=QUESTION,
        answer=_answer(list(compared.values())),
        facts=(
            "λ, and an opponent's step, were chosen on the last fifth of the training windows by one rule for all; "
            "then all training windows trained the network, and the test rows were scored once.",
            f"Intervals: 95 %, paired bootstrap of blocks of {BLOCK} rows of the losses averaged over seeds.",
        ),
        warnings=tuple(_edges(parts)),
        sheets=tuple(sheets),
        plots=(plot,),
    )


def _answer(compared: Sequence[Sequence[Difference]]) -> str:
    """Return the answer of the last variant in which a convex program and an opponent have both ended."""
    rows = [[row for row in variant if row.against in OPPONENTS] for variant in compared]
    last = next((found for found in reversed(rows) if found), [])
    told = []
    for one in dict.fromkeys(row.model for row in last):
        against = [row for row in last if row.model == one]
        said = ", ".join(f"{row.against} by {-row.value:.4f} [{-row.high:.4f}, {-row.low:.4f}]" for row in against)
        sure = all(row.high < 0.0 for row in against)
        below = all(row.value < 0.0 for row in against)
        verdict = "lower" if sure else "lower, but not beyond chance," if below else "not lower"
        told.append(f"the error of {one} by its convex program is {verdict} than that of {said}")
    return "; ".join(told) + "." if told else "No convex program and opponent have both forecast yet."


def _scores(title: str, parts: Sequence[Part], variant: str, found: dict[str, Model]) -> Sheet:
    chosen: dict[str, list[Any]] = {}
    for part in parts:
        if part.result and part.options["standardise"] == variant and "lam" in part.result:
            chosen.setdefault(part.result["rows"][0]["model"], []).append(part.result)
    rows = []
    for name, model in sorted(found.items(), key=lambda item: item[1].mse):
        low, high = mean_interval(model.losses, BLOCK)
        results = chosen.get(name, [])
        spread = f"{model.by_seed.min():.4f} – {model.by_seed.max():.4f}" if len(model.by_seed) > 1 else ""
        rows.append(
            (
                name,
                f"{model.mse:.4f}\n[{low:.4f}, {high:.4f}]",
                spread,
                f"{model.r2:.4f}",
                ", ".join(dict.fromkeys(f"{result['relative']:.2g}" for result in results)),
                ", ".join(dict.fromkeys(f"{result['step']:g}" for result in results if "step" in result)),
            )
        )
    return Sheet(
        title=title,
        columns=("model", "squared error", "over seeds", "R²", "λ/λ₀ chosen", "step chosen"),
        align="lrrrrr",
        rows=tuple(rows),
        notes=("λ₀ = ‖X'y‖/n of the training windows. A mean of several is the ensemble of their forecasts.",),
    )


def _differences(title: str, compared: Sequence[Difference]) -> Sheet:
    return Sheet(
        title=f"{title}: differences",
        columns=("model", "against", "difference", "95 % interval"),
        align="llrr",
        rows=tuple(
            (row.model, row.against, f"{row.value:+.4f}", f"[{row.low:+.4f}, {row.high:+.4f}]") for row in compared
        ),
        notes=("Of squared errors, averaged over seeds; below 0 the convex program is better.",),
    )


def _edges(parts: Sequence[Part]) -> Iterable[str]:
    for part in parts:
        if part.result and part.result.get("at_edge"):
            yield f"{part.key}: the λ chosen is at the edge of its grid, extended as far as it goes"
        if part.result and part.result.get("diverged"):
            yield f"{part.key}: {part.result['diverged']} starts diverged and are left out"
