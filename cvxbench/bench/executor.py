"""Where calls are made: in one process of this machine's, or on the workers of a Dask cluster."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from cvxbench.bench import pool, worker
from cvxbench.bench.relay import Child, Ended, Limits, pickled
from cvxbench.bench.worker import Data


@dataclass(frozen=True)
class Call:
    """A function of `cvxbench.bench.worker` and what it is given.

    Parameters
    ----------
    function : callable
    args : sequence
    patience : float
        Seconds after which its process is ended.
    data : Data or None
        The table whose rows it needs. It has been loaded by this executor before.
    """

    function: Callable[..., Any]
    args: Sequence[Any]
    patience: float
    data: Data | None = None


class Executor(Protocol):
    """Makes calls side by side; each has a ticket, by which its end is told."""

    @property
    def slots(self) -> int:
        """How many calls should be under way."""
        ...

    @property
    def contended(self) -> bool:
        """Whether calls that end now have shared a machine with others."""
        ...

    def load(self, data: Data, patience: float) -> int:
        """Load a table, and remember it for the calls that need it; the result is that of `worker.load`."""
        ...

    def forget(self, data: Data) -> None:
        """Give up a table that no further call needs."""
        ...

    def submit(self, call: Call) -> int:
        """Take a call on, and return its ticket."""
        ...

    def ended(self) -> tuple[int, Ended]:
        """Wait for the next call to end, and return its ticket and how it ended."""
        ...


class Alone:
    """One child process: nothing else is started, and a call waits until its end is asked for."""

    slots = 1
    contended = False

    def __init__(self, child: Child, memory_limit: float) -> None:
        self._child = child
        self._memory_limit = memory_limit
        self._waiting: deque[tuple[int, Call]] = deque()
        self._tickets = 0

    def load(self, data: Data, patience: float) -> int:
        """Take the loading of a table on; every call finds it by itself."""
        return self.submit(Call(worker.load, [data], patience))

    def forget(self, data: Data) -> None:
        """Do nothing."""

    def submit(self, call: Call) -> int:
        """Put a call in line."""
        self._tickets += 1
        self._waiting.append((self._tickets, call))
        return self._tickets

    def ended(self) -> tuple[int, Ended]:
        """Make the next call in line.

        Raises
        ------
        CvxbenchError
            If no process can be started.
        """
        ticket, call = self._waiting.popleft()
        try:
            return ticket, self._child.call(pickled(call.function, call.args), call.patience)
        except BrokenProcessPool as error:
            raise pool.broken(self._memory_limit) from error


@contextmanager
def executor(jobs: int, scheduler: str | None, memory_limit: float) -> Iterator[Executor]:
    """Start what makes the calls of a run, and stop it at the end, whatever happens.

    Parameters
    ----------
    jobs : int
        With more than one, as many Dask workers are started on this machine, which nobody else can reach.
    scheduler : str or None
        Address of a Dask scheduler whose workers are used instead.
    memory_limit : float
        GiB of an attempt's process.

    Raises
    ------
    CvxbenchError
        If the scheduler cannot be reached.
    """
    limits = Limits(pool.THREADS, memory_limit)
    with Child(limits) as child:
        if jobs == 1 and scheduler is None:
            yield Alone(child, memory_limit)
            return
        from cvxbench.bench.cluster import Cluster, local

        if scheduler is not None:
            with Cluster(scheduler, child, limits) as cluster:
                yield cluster
        else:
            with local(jobs) as address, Cluster(address, child, limits) as cluster:
                yield cluster
