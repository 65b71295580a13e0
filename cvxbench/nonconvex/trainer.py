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
        Bytes that the arrays of one batched step may take; more runs than fit are trained in turn. The default keeps
        them in a processor's cache, which measured fastest for tables of any size; a GPU wants more.
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
    that it ends is left as it was, and leaves the batch; the others do not notice.
    """
    at_once = max(1, int(recipe.memory // _bytes(data, recipe)))
    each = -(-len(runs) // -(-len(runs) // at_once))  # as even as can be
    ended: dict[int, Separable] = {}
    with torch.no_grad(), no_denormals():
        order = sorted(range(len(runs)), key=lambda number: runs[number].seed)  # one seed's runs share mini-batches
        for first in range(0, len(runs), each):
            ended |= _Study(data, {number: runs[number] for number in order[first : first + each]}, recipe).train(
                audience
            )
    return [ended[number] for number in range(len(runs))]


def _bytes(data: Data, recipe: Recipe) -> float:
    """Return the bytes of a batched step for each run: three arrays of rows × width, and five of weights."""
    n, d = data.X.shape
    numbers = recipe.rows(n) * (d + 3 * data.width) + 5 * (d + 1) * data.width
    return float(numbers) * data.Y.shape[1] * recipe.dtype.itemsize


class _Study:
    """Some runs in one batch: the outputs of a run are neighbouring members of it."""

    def __init__(self, data: Data, runs: Mapping[int, Run], recipe: Recipe) -> None:
        self._data, self._recipe = data, recipe
        self._live = list(runs)
        n, d = data.X.shape
        k = data.Y.shape[1]
        self._X, self._y = self._tensor(data.X), self._tensor(data.Y.T).reshape(-1)
        self._active = None if data.active is None else self._tensor(data.active)
        seeds = list(dict.fromkeys(run.seed for run in runs.values()))
        starts = {seed: start(k, d, data.width, seed) for seed in seeds}
        self._shuffles = [torch.Generator().manual_seed(seed) for seed in seeds]
        weights = torch.cat([starts[run.seed] for run in runs.values()])
        self._batch = Batch(self._tensor(weights), self._column(run.lam for run in runs.values()), d)
        self._state = recipe.rule.start(self._batch.weights)
        self._steps = self._column(run.step for run in runs.values())
        seed = torch.tensor([seeds.index(run.seed) for run in runs.values()])
        self._seed = seed.repeat_interleave(k).to(recipe.device)
        self._offset = torch.arange(k).mul(n).repeat(len(runs))[:, None].to(recipe.device)

    def _tensor(self, values: np.ndarray | torch.Tensor) -> torch.Tensor:
        return torch.as_tensor(values).to(self._recipe.device, self._recipe.dtype).contiguous()

    def _column(self, values: Iterable[float]) -> torch.Tensor:
        column = torch.tensor(list(values), dtype=torch.float64).repeat_interleave(self._data.Y.shape[1])
        return self._tensor(column[:, None])

    def train(self, audience: Audience) -> dict[int, Separable]:
        rule, schedule, epochs = self._recipe.rule, self._recipe.schedule, self._recipe.epochs
        n = len(self._data.X)
        per_epoch = self._recipe.steps_per_epoch(n)
        ended = self._show(0, audience)
        iteration = 0
        for _ in range(epochs):
            for chosen in self._orders(n).split(self._recipe.rows(n), dim=1):
                if not self._live:
                    return ended
                self._batch.differentiate(self._rows(chosen), decay=not rule.decoupled)
                rate = self._steps * schedule(iteration, epochs * per_epoch, per_epoch)
                iteration += 1
                step = Step(iteration, rate, self._batch.lam)
                rule.update(self._batch.weights, self._batch.gradient, self._state, step)
                if audience.due(iteration):
                    ended |= self._show(iteration, audience)
        return ended | self._networks()

    def _orders(self, n: int) -> torch.Tensor:
        """Return the order in which each seed takes the rows in the next epoch, shape (seeds, n)."""
        if self._recipe.rule.full_batch:
            orders = [torch.arange(n) for _ in self._shuffles]
        else:
            orders = [torch.randperm(n, generator=shuffle) for shuffle in self._shuffles]
        return torch.stack(orders).to(self._recipe.device)

    def _rows(self, chosen: torch.Tensor) -> Rows:
        """Return every member's mini-batch; `chosen` has shape (seeds, b)."""
        rows = chosen[self._seed]
        taken = chosen if len(chosen) == 1 else rows  # a single seed's rows are taken once, for all members

        def take(table: torch.Tensor) -> torch.Tensor:
            return table.index_select(0, taken.reshape(-1)).view(*taken.shape, -1).expand(len(rows), -1, -1)

        return Rows(
            X=take(self._X),
            y=self._y[rows + self._offset][:, None, :],
            active=None if self._active is None else take(self._active),
        )

    def _networks(self) -> dict[int, Separable]:
        k, gates = self._data.Y.shape[1], self._data.gates
        return {
            run: Separable(tuple(self._batch.network(place * k + output, gates) for output in range(k)))
            for place, run in enumerate(self._live)
        }

    def _show(self, iteration: int, audience: Audience) -> dict[int, Separable]:
        """Let the audience look; return the runs that it ended, which leave the batch."""
        networks = self._networks()
        ending = set(audience.see(iteration, networks))
        if ending:
            k = self._data.Y.shape[1]
            stays = torch.tensor([run not in ending for run in self._live])
            members = stays.repeat_interleave(k).to(self._recipe.device)
            self._live = [run for run in self._live if run not in ending]
            self._batch = self._batch.select(members)
            self._state = {name: memory[members] for name, memory in self._state.items()}
            self._steps, self._seed, self._offset = self._steps[members], self._seed[members], self._offset[members]
        return {run: networks[run] for run in ending}


@contextmanager
def no_denormals() -> Iterator[None]:
    """Weight decay drives dead neurons into denormal numbers, which are many times slower."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
