"""What the landscape experiment looks at: tables of the `uci` suite, small ones unless all are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cvxbench.bench.records import Part
from cvxbench.bench.seeds import seed_for
from cvxbench.bench.suite import LAMBDAS, load
from cvxbench.data import registry
from cvxbench.data.schema import Dataset

FOLLOW = "cvxbench.studies.landscape.path:follow"
ENDS = "cvxbench.studies.landscape.spread:ends"
CONVERGENCE = "cvxbench.studies.landscape.rates:convergence"
SPREAD_LAMBDA = 1e-3
WIDTHS = {"perceptron": (1,), "gated-relu": (2, 10, 50), "relu": (2, 10, 50)}
STEPS = {"perceptron": 10_000, "gated-relu": 3000, "relu": 3000}  # of full-batch Adam
LARGEST = 4000  # rows × columns of a table in the standard plan


def parts(budget: str, seed: int | None) -> tuple[Part, ...]:
    """Return all parts of the experiment, small tables first."""
    return tuple(part for dataset in _tables(budget) for part in _parts(dataset, budget, seed))


def _tables(budget: str) -> Sequence[Dataset]:
    if budget == "quick":
        return [registry.load().dataset("wine")]
    tables = sorted(load("uci", registry.load()).datasets, key=_size)
    return tables if budget == "paper" else [table for table in tables if _size(table) <= LARGEST]


def _size(dataset: Dataset) -> int:
    return (dataset.n or 0) * (dataset.d or 0)


def _parts(dataset: Dataset, budget: str, seed: int | None) -> Iterator[Part]:
    name, quick = dataset.name, budget == "quick"
    start = seed_for(seed, name, "start")
    lambdas = {"quick": LAMBDAS[3:4], "standard": LAMBDAS[1:4:2], "paper": LAMBDAS}[budget]
    for lam in lambdas:
        for network in ("gated-relu", "relu"):
            options = {"dataset": name, "network": network, "lam": lam, "epochs": 20 if quick else 300, "seed": start}
            yield Part(f"path: {name} {network} λ={lam:.2g}", FOLLOW, options)
        options = {"dataset": name, "lam": lam, "iterations": 200 if quick else 2000}
        yield Part(f"rates: {name} λ={lam:.2g}", CONVERGENCE, options)
    for model, widths in WIDTHS.items():
        options = {"dataset": name, "model": model, "widths": list(widths[:2] if quick else widths)}
        options |= {
            "lam": SPREAD_LAMBDA,
            "starts": 5 if quick else 20,
            "steps": STEPS[model] // (10 if quick else 1),
            "seed": start,
        }
        yield Part(f"ends: {name} {model}", ENDS, options)
