"""The charts of the study of relaxations."""

from __future__ import annotations

from collections.abc import Sequence

from cvxbench.studies.findings import Plot
from cvxbench.studies.relaxation.measures import METHODS, Row, certified, epsilons
from cvxbench.studies.relaxation.networks import BOUNDS


def plots(volumes: Sequence[Row], rows: Sequence[Row]) -> tuple[Plot, ...]:
    """Return the charts of what has run."""
    left = [
        {
            "inputs": one["inputs"],
            "share": one[name] / one["interval"],
            "activation": one["activation"],
            "relaxation": name,
        }
        for one in volumes
        for name in ("univariate", "envelope")
    ]
    shares = [
        {"epsilon": epsilon, "certified": certified(rows, method, epsilon, bound), "method": method, "bound": bound}
        for bound in BOUNDS
        for method in METHODS
        for epsilon in epsilons(rows)
    ]
    found = []
    if left:
        found.append(
            Plot(
                "volumes",
                "Volume left around a neuron, as a share of the interval's",
                "The interval a neuron receives has the length 4 at every number of inputs.",
                left,
                x="inputs",
                y="share",
                series="activation",
                panel="relaxation",
                log_x=True,
            )
        )
    if shares:
        found.append(
            Plot(
                "certified-accuracy",
                "Certified accuracy against epsilon",
                "Means over tables and lambdas, by what certifies.",
                shares,
                x="epsilon",
                y="certified",
                series="method",
                panel="bound",
                log_x=True,
            )
        )
    return tuple(found)
