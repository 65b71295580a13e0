"""The batched trainer: every run of a study advances together, and each is the run it would have been alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from cvxbench.networks.patterns import distinct
from cvxbench.networks.separable import Separable
from cvxbench.nonconvex.batch import Batch, Rows, start
from cvxbench.nonconvex.rules.rule import Rule, Step
from cvxbench.nonconvex.schedules.schedule import Schedule


@dataclass(frozen=True)
class Data:
    """What every run of a study is trained on.

    Parameters
    ----------
    X : ndarray, shape (n, d)
    Y : ndarray, shape (n, k)
        The k outputs share no neuron: each is a problem of its own.
    width : int
        Neurons per output, m.
    gates : ndarray, shape (d, m), or None
        Of a gated network; None for ReLU.
    active : ndarray of bool, shape (n, m), or None
        1[X gates ≥ 0].
    """

    X: np.ndarray
    Y: np.ndarray
    width: int
    gates: np.ndarray | None = None
    active: np.ndarray | None = None

    @classmethod
    def gated(cls, X: np.ndarray, Y: np.ndarray, gates: np.ndarray) -> Data:
        """Return the data of a gated network with one neuron for each distinct pattern of `gates` (d × P)."""
        patterns = distinct(X, gates)
        return cls(X, Y, patterns.gates.shape[1], patterns.gates, patterns.active)


@dataclass(frozen=True)
class Run:
    """One run of a study: its step size, its lambda, and the seed of its start and of its shuffling."""

    step: float
    seed: int
    lam: float


@dataclass(frozen=True)
class Recipe:
    """What all runs of a study have in common.

    Parameters
    ----------
    rule : Rule
    schedule : Schedule
    epochs : int
    batches : int
        Mini-batches an epoch: ⌈n/batches⌉ rows each.
    dtype : torch.dtype
    device : str
        Of torch; starts and shuffles are drawn on the processor, so they are the same everywhere.
    memory : float
        Bytes that the arrays of one batched step may take, of gated networks the weights; more runs than fit are
        trained in turn. The default keeps them in a processor's cache, which measured fastest for tables of any size; a
        GPU wants more.
    """

    rule: Rule
    schedule: Schedule
    epochs: int
    batches: int = 10
    dtype: torch.dtype = torch.float32
    device: str = "cpu"
    memory: float = 2.0**22

    def rows(self, n: int) -> int:
        """Return how many of n rows a step takes."""
        return n if self.rule.full_batch else -(-n // self.batches)

    def steps_per_epoch(self, n: int) -> int:
        """Return how many steps take all n rows."""
        return -(-n // self.rows(n))


class Audience(Protocol):
    """Who looks at the runs while they are trained, and may end some."""

    def due(self, iteration: int) -> bool:
        """Return whether it wants to see the runs after this many steps."""
        ...

    def see(self, iteration: int, networks: Mapping[int, Separable]) -> Collection[int]:
        """Look at the runs that are still going, by number; return those to freeze as they are."""
        ...


def train(data: Data, runs: Sequence[Run], recipe: Recipe, audience: Audience) -> list[Separable]:
    """Train all runs, in as few batches as the memory allows; return the network each ended with.

    Each run starts, shuffles and steps as it would alone. The audience sees every run's start as iteration 0. A run
    that it ends is left as it was; the others do not notice.
    """
    ended: dict[int, Separable] = {}
    with torch.no_grad(), no_denormals():
        for grid in _grids(runs, max(1, int(recipe.memory // _bytes(data, recipe)))):
            ended |= _Study(data, runs, grid, recipe).train(audience)
    return [ended[number] for number in range(len(runs))]


Grid = list[list[int]]  # numbers of runs: a row has one seed, a column one step size and one lambda


def _grids(runs: Sequence[Run], at_once: int) -> Iterator[Grid]:
    """Yield all runs as grids of at most `at_once`; seeds come together only where all settings of each fit."""
    of_seed: dict[int, list[int]] = {}
    for number in sorted(range(len(runs)), key=lambda number: (runs[number].lam, runs[number].step)):
        of_seed.setdefault(runs[number].seed, []).append(number)
    alike: dict[tuple[tuple[float, float], ...], Grid] = {}
    for numbers in of_seed.values():
        alike.setdefault(tuple((runs[number].step, runs[number].lam) for number in numbers), []).append(numbers)
    for settings, rows in alike.items():
        parts = -(-len(settings) // at_once)
        wide = -(-len(settings) // parts)  # as even as can be
        high = max(1, at_once // len(settings))
        for first in range(0, len(rows), high):
            for left in range(0, len(settings), wide):
                yield [row[left : left + wide] for row in rows[first : first + high]]


def _bytes(data: Data, recipe: Recipe) -> float:
    """Return the bytes of a batched step for each run: an array of rows × width and five of weights; if gated, one."""
    d = data.X.shape[1]
    numbers = (recipe.rows(len(data.X)) + 5 * (d + 1) if data.gates is None else d + 1) * data.width
    return float(numbers) * data.Y.shape[1] * recipe.dtype.itemsize


class _Study:
    """A grid of runs in one batch: the outputs of a run are neighbouring members of it."""

    def __init__(self, data: Data, runs: Sequence[Run], grid: Grid, recipe: Recipe) -> None:
        self._data, self._recipe, self._grid = data, recipe, grid
        self._live = {number for row in grid for number in row}
        d, k = data.X.shape[1], data.Y.shape[1]
        self._X, self._Y = self._tensor(data.X), self._tensor(data.Y)
        self._active = None if data.active is None else self._tensor(data.active)
        seeds, settings = [runs[row[0]].seed for row in grid], [runs[number] for number in grid[0]]
        self._shuffles = [torch.Generator().manual_seed(seed) for seed in seeds]
        weights = torch.stack([start(k, d, data.width, seed).repeat(1, len(settings), 1) for seed in seeds])
        self._batch = Batch(self._tensor(weights), self._column(run.lam for run in settings))
        self._state = recipe.rule.start(self._batch.weights)
        self._steps = self._column(run.step for run in settings)

    def _tensor(self, values: np.ndarray | torch.Tensor) -> torch.Tensor:
        return torch.as_tensor(values).to(self._recipe.device, self._recipe.dtype).contiguous()

    def _column(self, values: Iterable[float]) -> torch.Tensor:
        column = torch.tensor(list(values), dtype=torch.float64).repeat_interleave(self._data.Y.shape[1])
        return self._tensor(column[:, None])

    def train(self, audience: Audience) -> dict[int, Separable]:
        rule, schedule, epochs = self._recipe.rule, self._recipe.schedule, self._recipe.epochs
        per_epoch = self._recipe.steps_per_epoch(len(self._data.X))
        ended = self._show(0, audience)
        iteration = 0
        for _ in range(epochs):
            for rows in self._epoch():
                if not self._live:
                    return ended
                self._batch.differentiate(rows, decay=not rule.decoupled)
                rate = self._steps * schedule(iteration, epochs * per_epoch, per_epoch)
                iteration += 1
                step = Step(iteration, rate, self._batch.lam)
                rule.update(self._batch.weights, self._batch.gradient, self._state, step)
                if audience.due(iteration):
                    ended |= self._show(iteration, audience)
        return ended | self._networks()

    def _epoch(self) -> Iterator[Rows]:
        """Yield the mini-batches of the next epoch, each seed's in its own order."""
        n, size = len(self._data.X), self._recipe.rows(len(self._data.X))
        if self._recipe.rule.full_batch:
            drawn = [torch.arange(n) for _ in self._shuffles]
        else:
            drawn = [torch.randperm(n, generator=shuffle) for shuffle in self._shuffles]
        orders = torch.stack(drawn).to(self._recipe.device)
        X = self._X[orders].split(size, dim=1)
        y = self._Y[orders].mT.repeat(1, len(self._grid[0]), 1).split(size, dim=2)
        if self._active is None:
            return map(Rows, X, y)
        active = self._active[orders].mT.split(size, dim=2)
        return map(Rows, X, y, active)

    def _networks(self) -> dict[int, Separable]:
        k, gates = self._data.Y.shape[1], self._data.gates
        return {
            number: Separable(tuple(self._batch.network(seed, place * k + output, gates) for output in range(k)))
            for seed, row in enumerate(self._grid)
            for place, number in enumerate(row)
            if number in self._live
        }

    def _show(self, iteration: int, audience: Audience) -> dict[int, Separable]:
        """Let the audience look; return the runs that it ended.

        A setting leaves the batch when all its seeds have ended; until then what ended is trained on, unseen.
        """
        networks = self._networks()
        ending = set(audience.see(iteration, networks))
        self._live -= ending
        stays = [any(row[place] in self._live for row in self._grid) for place in range(len(self._grid[0]))]
        if not all(stays):
            self._grid = [[number for number, stay in zip(row, stays, strict=True) if stay] for row in self._grid]
            members = torch.tensor(stays).repeat_interleave(self._data.Y.shape[1]).to(self._recipe.device)
            self._batch = self._batch.select(members)
            self._state = {name: memory[..., members, :] for name, memory in self._state.items()}
            self._steps = self._steps[members]
        return {number: networks[number] for number in ending}


@contextmanager
def no_denormals() -> Iterator[None]:
    """Weight decay drives dead neurons into denormal numbers, which are many times slower."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
