"""Relaxations: how tight envelopes are, and whether the convex program trains networks that certify better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product

from cvxbench.bench.records import Part
from cvxbench.relaxation.activations import ACTIVATIONS
from cvxbench.studies.experiment import BudgetName, Experiment
from cvxbench.studies.relaxation.findings import findings

TABLES = (
    "iris",
    "new-thyroid",
    "appendicitis",
    "teaching",
    "haberman-survival",
    "balance-scale",
    "monks-1",
    "wine",
    "hepatitis",
    "parkinsons",
    "breast-cancer-wisc",
    "saheart",
    "liver-disorders",
    "pima",
    "heart-failure",
    "ionosphere",
)


@dataclass(frozen=True)
class Certification:
    """The options that the parts of all tables share; those of `networks`."""

    epsilons: tuple[float, ...]
    test_rows: int
    tight_rows: int
    time_limit: float
    exact_seconds: float


@dataclass(frozen=True)
class Size:
    """What a budget pays for."""

    inputs: tuple[int, ...]
    neurons: int
    points: int
    tables: tuple[str, ...]
    lambdas: tuple[float, ...]
    certification: Certification


ALL_INPUTS = (2, 5, 10, 50, 100)
SIZES: dict[BudgetName, Size] = {
    "quick": Size((2, 10), 50, 10, TABLES[:1], (0.1,), Certification((0.1, 0.4), 20, 2, 10.0, 1.0)),
    "standard": Size(
        ALL_INPUTS, 200, 50, TABLES, (0.1, 0.03, 0.01), Certification((0.05, 0.1, 0.2, 0.4), 40, 4, 30.0, 2.0)
    ),
    "paper": Size(
        ALL_INPUTS,
        1000,
        100,
        TABLES,
        (0.1, 0.03, 0.01, 0.003),
        Certification((0.025, 0.05, 0.1, 0.2, 0.4), 1000, 20, 600.0, 60.0),
    ),
}


def parts(budget: BudgetName, seed: int | None) -> Sequence[Part]:
    """Return the volumes of every activation by the number of inputs, then the networks of every table and lambda."""
    size = SIZES[budget]
    volumes = [
        Part(
            f"{activation}, {inputs} inputs",
            "cvxbench.studies.relaxation.volumes:volume",
            {
                "activation": activation,
                "inputs": inputs,
                "neurons": size.neurons,
                "points": size.points,
                "seed": seed or 0,
            },
        )
        for inputs, activation in product(size.inputs, ACTIVATIONS)
    ]
    networks = [
        Part(
            f"{dataset}, lambda {lam:g}",
            "cvxbench.studies.relaxation.networks:networks",
            {"dataset": dataset, "lam": lam, "seed": seed, **asdict(size.certification)},
        )
        for lam, dataset in product(size.lambdas, size.tables)
    ]
    return volumes + networks


EXPERIMENT = Experiment(
    "relaxation",
    "Envelopes of activations: what they leave, and what they certify of networks by convex training, SGD and Adam.",
    parts,
    findings,
)
