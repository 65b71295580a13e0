"""The fixed grid of a suite: every attempt that a run will make, known before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from cvxbench import methods
from cvxbench.bench.records import Attempt, Planned
from cvxbench.bench.suite import Suite
from cvxbench.data.schema import Dataset


@dataclass(frozen=True)
class Task:
    """What a worker does in one go: load a table, or train some settings of one cell.

    Parameters
    ----------
    dataset : str
    attempts : tuple of Attempt
        Of one cell; empty for loading the table.
    """

    dataset: str
    attempts: tuple[Attempt, ...] = ()

    def waits_for(self, other: Task) -> bool:
        """Return whether `other` must end first: the table's loading, and the convex methods, which set the width."""
        if self.dataset != other.dataset or not self.attempts:
            return False
        if not other.attempts:
            return True
        mine, theirs = self.attempts[0].planned, other.attempts[0].planned
        same = (mine.network, mine.lam) == (theirs.network, theirs.lam)
        return same and theirs.convex and not mine.convex


def grid(suite: Suite) -> list[Planned]:
    """Return every attempt of the suite: small tables first, and on each problem the convex methods first."""
    size = {dataset.name: _size(dataset) for dataset in suite.datasets} | dict.fromkeys(suite.unavailable, 0.0)
    chosen = {network: [methods.get(name) for name in names] for network, names in suite.networks.items()}
    studies = {method.name: method.settings(suite.budget) for group in chosen.values() for method in group}
    return [
        Planned(
            dataset=dataset,
            network=network,
            lam=lam,
            method=method.name,
            convex=method.convex,
            options=options,
            is_default=options == method.default,
            repeat=repeat,
        )
        for dataset in sorted(size, key=lambda name: (size[name], name))
        for network, group in chosen.items()
        for lam in suite.lambdas
        for method in sorted(group, key=lambda method: not method.convex)
        for repeat in range(suite.budget.repeats if method.repeats else 1)
        for options in studies[method.name]
    ]


def tasks(attempts: Iterable[Attempt]) -> Iterator[Task]:
    """Yield the work that is left, in the plan's order."""
    pending = [attempt for attempt in attempts if attempt.verdict is None]
    for dataset, of_dataset in groupby(pending, key=lambda attempt: attempt.planned.dataset):
        yield Task(dataset)
        for _, of_cell in groupby(of_dataset, key=_cell):
            cell = tuple(of_cell)
            at_once = methods.get(cell[0].planned.method).at_once
            for chunk in [cell] if at_once else [(attempt,) for attempt in cell]:
                yield Task(dataset, chunk)


def _cell(attempt: Attempt) -> tuple[str, str, float, str]:
    planned = attempt.planned
    return planned.dataset, planned.network, planned.lam, planned.method


def _size(dataset: Dataset) -> float:
    if dataset.n is None:
        return float("inf")
    outputs = dataset.classes or 1 if dataset.task == "multiclass" else 1
    return float(dataset.n * (dataset.d or 1) * outputs)
