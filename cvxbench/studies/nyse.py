"""The New York Stock Exchange: whether the validation error of convex training is lower than that of SGD and Adam.

The protocol is ours: it stands on a published linear baseline (James et al. 2023, chapter 10), and its settings were
fixed after a pilot that had seen the validation rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cvxbench.bench.records import Part
from cvxbench.data.registry import load
from cvxbench.studies import forecast, forecast_findings
from cvxbench.studies.experiment import BudgetName, Experiment
from cvxbench.studies.findings import Comparison, Findings
from cvxbench.studies.forecast_findings import Difference, Model

LAGS = 5
VARIANTS = ("train", "whole")
BOOK = "as the book standardises: by all rows"


def parts(budget: BudgetName, seed: int | None) -> Sequence[Part]:
    """Return the plan: both standardisations of the table, the book's last."""
    return forecast.parts(load().series["nyse"], LAGS, VARIANTS, budget, seed)


def findings(parts: Sequence[Part]) -> Findings:
    """Return what the forecasts show, with the published linear model and the claim beside them."""
    found = forecast_findings.findings(parts)
    models = forecast_findings.models(parts, "whole")
    return replace(
        found,
        facts=(
            *found.facts,
            "The settings were fixed after a pilot that had seen these validation rows; the published study of convex "
            "training that the claim comes from has no public protocol.",
        ),
        comparisons=(*_baselines(models), *_claims(forecast_findings.differences(models), models)),
    )


def _baselines(models: dict[str, Model]) -> list[Comparison]:
    rows = (
        ("linear, least squares", "R² of linear autoregression, five lags", 0.4129),
        ("last value", "R² of yesterday's value", 0.18),
    )
    return [
        Comparison(
            f"{claim}, {BOOK}",
            f"{published:g}",
            f"{models[name].r2:.4f}",
            "holds" if abs(models[name].r2 - published) < 5e-4 else "does not hold",
            "least squares on the same 4,276 windows; the last digit printed decides",
        )
        for name, claim, published in rows
        if name in models
    ]


def _claims(compared: Sequence[Difference], models: dict[str, Model]) -> list[Comparison]:
    found = []
    for row in compared:
        if row.against not in forecast_findings.OPPONENTS:
            continue
        why = (
            "the interval excludes 0"
            if row.high < 0.0
            else f"{'lower' if row.value < 0.0 else 'not lower'}, and the interval includes 0"
            if row.low < 0.0
            else "higher beyond chance"
        )
        found.append(
            Comparison(
                f"validation MSE of {row.model}, convex, is lower than {row.against}'s",
                "lower (no figure)",
                f"{models[row.model].mse:.4f} against {models[row.against].mse:.4f}",
                "holds" if row.high < 0.0 else "does not hold",
                f"difference {row.value:+.4f} [{row.low:+.4f}, {row.high:+.4f}]: {why}",
            )
        )
    return found


EXPERIMENT = Experiment(
    name="nyse",
    description="log volume of the New York Stock Exchange from five lags of three series: validation MSE",
    parts=parts,
    findings=findings,
)
