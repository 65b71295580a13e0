"""What the study of relaxations found, as sentences, tables and charts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cvxbench.bench.records import Part
from cvxbench.studies.findings import Comparison, Findings
from cvxbench.studies.relaxation.measures import (
    METHODS,
    Paired,
    Row,
    accuracy,
    epsilons,
    excess,
    growth,
    paired,
    tightness,
)
from cvxbench.studies.relaxation.plots import plots
from cvxbench.studies.relaxation.sheets import sheets

QUESTION = (
    "How much tighter are the envelopes of an activation of an affine function than those of the activation alone, and "
    "do networks trained by the convex program certify better than those of SGD and Adam?"
)
STRONGEST = "exact"


def findings(parts: Sequence[Part]) -> Findings:
    """Return what was found in the parts that have run."""
    results = [part.result for part in parts if part.result]
    volumes = [one for one in results if "activation" in one]
    rows = [one for one in results if "networks" in one]
    return Findings(
        question=QUESTION,
        answer=" ".join([*_about_volumes(volumes), *_about_bounds(rows), *_about_training(rows)])
        or "No part has run to its end yet.",
        facts=_facts(volumes, rows),
        warnings=_warnings(rows),
        comparisons=_comparisons(volumes, rows),
        sheets=sheets(volumes, rows),
        plots=plots(volumes, rows),
    )


def _all_bounds(rows: Sequence[Row]) -> list[Row]:
    return [bound for row in rows for network in row["networks"] for bound in network["bounds"]]


def _left(volumes: Sequence[Row], inputs: int) -> float:
    """Return the mean over activations of the share of the univariate volume that the envelope leaves."""
    return float(np.mean([one["envelope"] / one["univariate"] for one in volumes if one["inputs"] == inputs]))


def _about_volumes(volumes: Sequence[Row]) -> list[str]:
    if not volumes:
        return []
    ends = min(one["inputs"] for one in volumes), max(one["inputs"] for one in volumes)
    shares = " and ".join(f"{100.0 * _left(volumes, inputs):.0f} % at {inputs} inputs" for inputs in ends)
    return [
        f"Of the volume that the envelopes of an activation alone leave around a neuron, the joint ones leave {shares}."
    ]


def _about_bounds(rows: Sequence[Row]) -> list[str]:
    summary = tightness(_all_bounds(rows))
    if summary is None:
        return []
    closed = ", ".join(f"{name} {100.0 * share:.1f} %" for name, share in summary.closed.items())
    rest = f"; envelope cuts close {100.0 * summary.of_rest:.0f} % of what univariate cuts leave"
    return [
        f"On trained networks the bounds go this far from intervals to the exact minimum: {closed}"
        f"{rest if np.isfinite(summary.of_rest) else ''}."
    ]


def _about_training(rows: Sequence[Row]) -> list[str]:
    if not rows:
        return []
    sentences = []
    for opponent in METHODS[1:]:
        found = [(epsilon, paired(rows, opponent, epsilon, STRONGEST)) for epsilon in epsilons(rows)]
        told = "; ".join(f"{_points(one)} at epsilon {epsilon:g}" for epsilon, one in found)
        apart = [f"{epsilon:g}" for epsilon, one in found if one.low > 0.0 or one.high < 0.0]
        verdict = f"they differ at epsilon {', '.join(apart)}" if apart else "no difference is found"
        sentences.append(f"Certified accuracy of convex training minus {opponent}'s, in points: {told}; {verdict}.")
    return sentences


def _points(one: Paired) -> str:
    return f"{one.mean:+.1f} [{one.low:+.1f}, {one.high:+.1f}]"


def _facts(volumes: Sequence[Row], rows: Sequence[Row]) -> tuple[str, ...]:
    facts = []
    rate = growth(volumes)
    if rate is not None:
        facts.append(
            f"From 10 to 100 inputs the time of an envelope grows like the {rate:.2f}th power of their number."
        )
    if rows:
        tables = len({row["dataset"] for row in rows})
        facts.append(
            f"Tables: {tables}; tables × lambdas: {len(rows)}; networks: {len(METHODS) * len(rows)}. Every bound was "
            "attacked by signed gradients from 20 starts."
        )
        for opponent in METHODS[1:]:
            above = excess(rows, opponent)
            least, middle, most = (f"{100.0 * share:.2f} %" for share in np.quantile(above, [0.0, 0.5, 1.0]))
            facts.append(
                f"The training objective of {opponent} is {middle} above the convex program's in the median, between "
                f"{least} and {most}."
            )
        scores = ", ".join(f"{method} {100.0 * accuracy(rows, method):.1f} %" for method in METHODS)
        facts.append(f"Accuracy on the rows that were certified: {scores}.")
        facts.append(
            "Epsilon is in standard deviations of each training column; intervals and tests are over tables, each a "
            "mean over its lambdas."
        )
    return tuple(facts)


def _warnings(rows: Sequence[Row]) -> tuple[str, ...]:
    bounds = _all_bounds(rows)
    warnings = []
    broken = sum(one["broken"] for one in bounds)
    if broken:
        warnings.append(f"{broken} bounds were broken by an attack: they are wrong.")
    unsolved = sum(not one["solved"] for one in bounds)
    if unsolved:
        warnings.append(
            f"The exact minimum was not reached in time for {unsolved} of {len(bounds)} bounds; these, the harder "
            "ones, are not in the shares that were closed."
        )
    still = [one["open"] for row in rows for network in row["networks"] for one in network["certified"]]
    if any(still):
        warnings.append(
            f"{100.0 * float(np.mean(still)):.1f} % of the decisions stayed open; they count as not certified."
        )
    tables = len({row["dataset"] for row in rows})
    if 0 < tables < 6:
        warnings.append(f"Tests are over tables, and there are too few for one to find anything: {tables}.")
    return tuple(warnings)


def _comparisons(volumes: Sequence[Row], rows: Sequence[Row]) -> tuple[Comparison, ...]:
    found = []
    apart = [one["from_hull"] for one in volumes if "from_hull" in one]
    if apart:
        found.append(
            Comparison(
                "for ReLU the recursive envelope (Carrasco and Muñoz 2024) is the hull of Anderson et al. (2020)",
                "equal",
                f"{max(apart):.0e} apart at most",
                "holds" if max(apart) <= 1e-9 else "does not hold",
                "both were computed, by formulas that share no code, at the same random points",
            )
        )
    if volumes:
        largest = max(one["envelope"] / one["univariate"] for one in volumes)
        found.append(
            Comparison(
                "envelopes of the activation of an affine function are tighter than those of the activation alone",
                "tighter",
                f"{100.0 * largest:.0f} % of the volume at most",
                "holds" if largest < 1.0 else "does not hold",
                "for every activation and number of inputs in the first table",
            )
        )
    summary = tightness(_all_bounds(rows))
    if summary is not None and np.isfinite(summary.of_rest):
        found.append(
            Comparison(
                "adding them as cuts tightens linear programs around a trained network",
                "tighter",
                f"{100.0 * summary.of_rest:.0f} % of what was left is closed",
                "holds" if summary.of_rest > 0.01 else "does not hold",
                f"{summary.solved} bounds on ReLU networks of one hidden layer whose exact minimum is known",
            )
        )
    return tuple(found)
