"""The tables of the study of relaxations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cvxbench.studies.findings import Sheet
from cvxbench.studies.relaxation.measures import CHAIN, METHODS, Row, certified, epsilons, paired, tightness
from cvxbench.studies.relaxation.networks import BOUNDS, TIGHTNESS_EPSILON

WHERE = {"row": f"margins within {TIGHTNESS_EPSILON:g} of a row", "data": "outputs on the box of all training rows"}


def sheets(volumes: Sequence[Row], rows: Sequence[Row]) -> tuple[Sheet, ...]:
    """Return the tables of what has run; those without a row are left out."""
    found = [_volumes(volumes), _times(volumes), _tightness(rows), _costs(rows), _certified(rows), _paired(rows)]
    found += [_by_table(rows)]
    return tuple(sheet for sheet in found if sheet.rows)


def _by_activation(volumes: Sequence[Row]) -> tuple[list[str], list[int], dict[tuple[str, int], Row]]:
    at = {(one["activation"], one["inputs"]): one for one in volumes}
    return list(dict.fromkeys(name for name, _ in at)), sorted({inputs for _, inputs in at}), at


def _volumes(volumes: Sequence[Row]) -> Sheet:
    names, inputs, at = _by_activation(volumes)

    def cell(name: str, n: int) -> str:
        one = at.get((name, n))
        if one is None:
            return "–"
        shares = (100.0 * one[kind] / one["interval"] for kind in ("univariate", "envelope"))
        return " → ".join(f"{share:.1f}" for share in shares)

    left_out = sum(one["left_out"] for one in volumes)
    notes = ["Univariate → envelope, in percent of the interval's volume."]
    if left_out:
        notes.append(f"{left_out} neurons of SiLU and GELU are left out: not S-shaped on the interval they receive.")
    return Sheet(
        "Volume left around a neuron, by the number of inputs",
        ("activation", *map(str, inputs)),
        "l" + "r" * len(inputs),
        tuple((name, *(cell(name, n) for n in inputs)) for name in names),
        tuple(notes),
    )


def _times(volumes: Sequence[Row]) -> Sheet:
    names, inputs, at = _by_activation(volumes)
    cells = {key: f"{one['microseconds']:.1f}" for key, one in at.items()}
    return Sheet(
        "Microseconds for both envelopes and their gradients at a point, by the number of inputs",
        ("activation", *map(str, inputs)),
        "l" + "r" * len(inputs),
        tuple((name, *(cells.get((name, n), "–") for n in inputs)) for name in names),
    )


def _of(rows: Sequence[Row], method: str) -> list[Row]:
    return [network for row in rows for network in row["networks"] if network["method"] == method]


def _tightness(rows: Sequence[Row]) -> Sheet:
    lines = []
    for where, told in WHERE.items():
        for method in METHODS:
            bounds = [one for network in _of(rows, method) for one in network["bounds"] if one["where"] == where]
            summary = tightness(bounds)
            if summary is not None:
                closed = (f"{100.0 * summary.closed[name]:.1f}" for name in CHAIN)
                rest = f"{100.0 * summary.of_rest:.1f}" if np.isfinite(summary.of_rest) else "–"
                lines.append((told, method, f"{summary.solved}/{summary.bounds}", *closed, rest))
    return Sheet(
        "How far bounds go from intervals (0) to the exact minimum (100)",
        ("what is bounded", "trained by", "used", *CHAIN, "of the rest"),
        "ll" + "r" * (len(CHAIN) + 2),
        tuple(lines),
        (
            "used: bounds whose exact minimum was found, and is not the interval's bound itself.",
            "of the rest: the share of what univariate cuts leave that envelope cuts close.",
        ),
    )


def _costs(rows: Sequence[Row]) -> Sheet:
    bounds = [one for row in rows for network in row["networks"] for one in network["bounds"]]

    def line(name: str) -> tuple[str, ...]:
        milliseconds = 1e3 * np.quantile([one["seconds"][name] for one in bounds], [0.5, 0.9])
        cuts = ["–", "–"]
        if name in ("univariate", "envelope"):
            at = ("univariate", "envelope").index(name)
            cuts = [f"{np.mean([one[what][at] for one in bounds]):.1f}" for what in ("cuts", "rounds")]
        return (name, *(f"{one:.3g}" for one in milliseconds), *cuts)

    return Sheet(
        "What a bound costs",
        ("bound", "median ms", "90 % within ms", "cuts", "rounds"),
        "lrrrr",
        tuple(line(name) for name in BOUNDS) if bounds else (),
        ("Means of cuts and rounds; the envelope's come after the univariate's.",),
    )


def _certified(rows: Sequence[Row]) -> Sheet:
    radii = epsilons(rows)
    lines = [
        (method, bound, *(f"{100.0 * certified(rows, method, epsilon, bound):.1f}" for epsilon in radii))
        for method in METHODS
        for bound in (*BOUNDS, "refuted", "open")
        if rows
    ]
    return Sheet(
        "Certified accuracy in percent, by epsilon",
        ("trained by", "certified by", *(f"{epsilon:g}" for epsilon in radii)),
        "ll" + "r" * len(radii),
        tuple(lines),
        (
            "Means over tables and lambdas. Each bound counts what the ones above it certify as well.",
            "refuted: rows with a counterexample; open: neither. What is left to 100 was classified wrong at once.",
        ),
    )


def _paired(rows: Sequence[Row]) -> Sheet:
    lines = []
    for opponent in METHODS[1:]:
        for epsilon in epsilons(rows):
            one = paired(rows, opponent, epsilon, "exact")
            lines.append(
                (
                    opponent,
                    f"{epsilon:g}",
                    f"{one.mean:+.2f}",
                    f"[{one.low:+.2f}, {one.high:+.2f}]",
                    f"{one.better}/{one.equal}/{one.worse}",
                    f"{one.p:.2g}",
                )
            )
    return Sheet(
        "Certified accuracy of the convex program's networks minus the opponent's, in points",
        ("opponent", "epsilon", "mean", "95 % interval", "better/equal/worse", "p"),
        "lrrrrr",
        tuple(lines),
        ("By tables: bootstrap, and Wilcoxon's signed-rank test, not corrected for the number of lines.",),
    )


def _by_table(rows: Sequence[Row]) -> Sheet:
    radii = [epsilon for epsilon in epsilons(rows) if epsilon <= TIGHTNESS_EPSILON][-1:]
    lines = []
    for row in sorted(rows, key=lambda one: (one["dataset"], -one["lam"])):
        networks = {network["method"]: network for network in row["networks"]}
        for epsilon in radii:
            certificates = {
                method: next(one for one in networks[method]["certified"] if one["epsilon"] == epsilon)
                for method in METHODS
            }
            lines.append(
                (
                    row["dataset"],
                    f"{row['lam']:g}",
                    " / ".join(str(networks[method]["neurons"]) for method in METHODS),
                    " / ".join(f"{100.0 * networks[method]['accuracy']:.0f}" for method in METHODS),
                    " / ".join(f"{100.0 * certificates[method]['exact']:.0f}" for method in METHODS),
                )
            )
    at = f"{radii[0]:g}" if radii else ""
    return Sheet(
        f"Every table and lambda, at epsilon {at}: convex / sgd / adam",
        ("table", "lambda", "neurons", "accuracy %", "certified %"),
        "lrrrr",
        tuple(lines),
    )
