"""The fixed grid of a suite: every attempt that a run will make, known before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from cvxbench import methods
from cvxbench.bench.records import Attempt, Planned, Yardstick
from cvxbench.bench.suite import Suite
from cvxbench.bench.worker import LEAST_WIDTH
from cvxbench.data.schema import Dataset

OPERATIONS = 4  # per row, column, neuron and epoch: products forward and backward
ALONE = 5e12  # operations of an attempt, a minute: from there on a batch gains no time, and a crash costs one less
SPEED, OVERHEAD = ALONE / 60, 0.1  # operations a second, and seconds that the smallest attempt takes


@dataclass(frozen=True)
class Task:
    """What a worker does in one go: load a table, train some settings of one cell, or train a yardstick.

    Parameters
    ----------
    dataset : str
    attempts : tuple of Attempt
        Of one cell.
    yardstick : str or None
        With neither, the table is loaded.
    """

    dataset: str
    attempts: tuple[Attempt, ...] = ()
    yardstick: str | None = None

    @property
    def loads(self) -> bool:
        """Whether it loads the table."""
        return not self.attempts and self.yardstick is None

    def split(self) -> tuple[Task, Task]:
        """Return its first attempt and the others as tasks of their own."""
        return replace(self, attempts=self.attempts[:1]), replace(self, attempts=self.attempts[1:])

    def waits_for(self, other: Task) -> bool:
        """Return whether `other` must end first: the table's loading, and the convex methods, which set the width."""
        if self.dataset != other.dataset or self.loads:
            return False
        if other.loads:
            return True
        if not self.attempts or not other.attempts:
            return False
        mine, theirs = self.attempts[0].planned, other.attempts[0].planned
        same = (mine.network, mine.lam) == (theirs.network, theirs.lam)
        return same and theirs.convex and not mine.convex


def grid(suite: Suite) -> list[Planned]:
    """Return every attempt of the suite: small tables first, then small lambdas, which take longest.

    On each problem the convex methods come first.
    """
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
        for dataset in _small_first(suite)
        for lam in sorted(suite.lambdas)
        for network, group in chosen.items()
        for method in sorted(group, key=lambda method: not method.convex)
        for repeat in range(suite.budget.repeats if method.repeats else 1)
        for options in studies[method.name]
    ]


def yardsticks(suite: Suite) -> list[Yardstick]:
    """Return every yardstick of the suite, in the order of the grid's tables."""
    return [Yardstick(dataset, name) for dataset in _small_first(suite) for name in suite.yardsticks]


def alone(suite: Suite) -> Callable[[Planned, int], bool]:
    """Return what tells whether an attempt is too long to be trained in its study's batch.

    By the registry's sizes, and the neurons per output of the convex solutions of its problem.
    """
    operations = _operations(suite)
    return lambda planned, neurons: operations(planned.dataset, planned.network, neurons) > ALONE


def predicted(suite: Suite) -> Callable[[str, str | None], float]:
    """Return what predicts the seconds of an attempt on a dataset's network, or of a yardstick (None), for proportions.

    By the registry's sizes: as if all methods took the time of an opponent.
    """
    operations = _operations(suite)

    def seconds(dataset: str, network: str | None) -> float:
        return OVERHEAD + (min(operations(dataset, network, 0), suite.budget.work) / SPEED if network else 0.0)

    return seconds


def _operations(suite: Suite) -> Callable[[str, str, int], float]:
    """Return what tells how many operations an opponent's run takes; 0 of unknown sizes.

    By dataset, network, and neurons per output of the convex solutions as far as they are known.
    """
    work = {
        dataset.name: OPERATIONS * _size(dataset) * suite.budget.epochs
        for dataset in suite.datasets
        if dataset.n is not None
    }
    width = {**suite.budget.gates, "relu": LEAST_WIDTH}
    return lambda dataset, network, neurons: work.get(dataset, 0.0) * max(width[network], neurons)


def tasks(attempts: Iterable[Attempt], yardsticks: Iterable[Yardstick]) -> Iterator[Task]:
    """Yield the work that is left, in the plan's order; a table's yardsticks come before its cells.

    The attempts of a study are one task if its method trains them together.
    """
    pending: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        if attempt.verdict is None:
            pending.setdefault(attempt.planned.dataset, []).append(attempt)
    beside: dict[str, list[str]] = {}
    for yardstick in yardsticks:
        if yardstick.status is None:
            beside.setdefault(yardstick.dataset, []).append(yardstick.name)
    for dataset in pending | beside:
        yield Task(dataset)
        for name in beside.get(dataset, []):
            yield Task(dataset, yardstick=name)
        for _, of_cell in groupby(pending.get(dataset, []), key=_cell):
            cell = tuple(of_cell)
            for chunk in [cell] if methods.get(cell[0].planned.method).at_once else [(attempt,) for attempt in cell]:
                yield Task(dataset, chunk)


def _cell(attempt: Attempt) -> tuple[str, str, float, str]:
    planned = attempt.planned
    return planned.dataset, planned.network, planned.lam, planned.method


def _small_first(suite: Suite) -> list[str]:
    size = {dataset.name: _size(dataset) for dataset in suite.datasets} | dict.fromkeys(suite.unavailable, 0.0)
    return sorted(size, key=lambda name: (size[name], name))


def _size(dataset: Dataset) -> float:
    if dataset.n is None:
        return float("inf")
    outputs = dataset.classes or 1 if dataset.task == "multiclass" else 1
    return float(dataset.n * (dataset.d or 1) * outputs)
