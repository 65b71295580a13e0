"""Calls on the workers of a Dask cluster, whose workers and scheduler may be lost at any time."""

from __future__ import annotations

import itertools
import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future as LocalFuture
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from queue import Empty, SimpleQueue

import dask.config
from distributed import CancelledError, Client, Future, KilledWorker, LocalCluster

from cvxbench.bench import pool, relay, worker
from cvxbench.bench.executor import Call
from cvxbench.bench.relay import Child, Ended, Limits
from cvxbench.bench.worker import Data
from cvxbench.errors import CvxbenchError

AHEAD = 2  # calls under way for each thread of a worker, so that none waits for the coordinator
GLANCE = 5.0  # seconds between looks at which workers there are
ANSWER = 10.0  # seconds in which a scheduler should answer
BACK_OFF = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)  # seconds between tries to reach a scheduler that was lost
RETRIES = 3  # of a call that a worker could not begin


@contextmanager
def local(jobs: int) -> Iterator[str]:
    """Start Dask workers of one thread each, bound to this machine's loopback address; yield that of the scheduler."""
    dask.config.set({"distributed.worker.profile.enabled": False})  # CPython 3.11 can crash while it is sampled
    with LocalCluster(
        n_workers=jobs,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"dashboard": False},
        memory_limit=0,
        silence_logs=logging.CRITICAL,
    ) as cluster:
        assert isinstance(cluster, LocalCluster)
        yield cluster.scheduler_address


@dataclass
class _Under:
    """A call that is under way, and where."""

    call: Call
    future: Future
    worker: str | None
    retries: int


class Cluster:
    """An executor on the workers of a scheduler; a context manager.

    Tables are loaded on this machine and travel to a worker once, by the hash of their rows. A call whose worker is
    lost is made again by Dask, as often as the scheduler's `allowed-failures` says; calls that are lost with the
    scheduler are submitted again as soon as there is one at its address.

    Parameters
    ----------
    address : str
        Of the scheduler, such as tcp://127.0.0.1:8786.
    child : Child
        Loads tables.
    limits : Limits
        Of the processes in which workers make calls.
    """

    def __init__(self, address: str, child: Child, limits: Limits) -> None:
        self._address, self._child, self._limits = address, child, limits
        self._ends: SimpleQueue[tuple[int, Future | LocalFuture[Ended]]] = SimpleQueue()
        self._tickets = itertools.count()
        self._under: dict[int, _Under] = {}
        self._loads: dict[int, Data] = {}
        self._rows: dict[Data, bytes] = {}
        self._tables: dict[Data, Future] = {}
        self._loader = ThreadPoolExecutor(1)
        dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TB"})  # a table is a large graph to it
        self._sends = itertools.count()
        self._code = relay.code_version()
        self._threads: dict[str, int] = {}
        self._client = self._connected(BACK_OFF[:1])
        self.contended = False
        self._glance()

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self._under.clear()
        self._client.close(timeout=ANSWER)
        self._loader.shutdown(wait=False, cancel_futures=True)

    @property
    def slots(self) -> int:
        """Two calls for each thread of the workers there are."""
        return AHEAD * max(1, sum(self._threads.values()))

    def load(self, data: Data, patience: float) -> int:
        """Load a table on this machine."""
        ticket = next(self._tickets)
        self._loads[ticket] = data
        future = self._loader.submit(self._child.call, relay.pickled(worker.load_rows, [data]), patience)
        future.add_done_callback(partial(self._end, ticket))
        return ticket

    def forget(self, data: Data) -> None:
        """Let the workers drop a table."""
        self._rows.pop(data, None)
        self._tables.pop(data, None)

    def submit(self, call: Call) -> int:
        """Submit a call to the scheduler."""
        ticket = next(self._tickets)
        self._send(ticket, call, 0)
        return ticket

    def ended(self) -> tuple[int, Ended]:
        """Wait for the next call to end; while there is no worker, or no scheduler for some time, it waits for them.

        Raises
        ------
        CvxbenchError
            If a lost scheduler does not come back, or the workers cannot make calls at all.
        """
        while True:
            if time.monotonic() > self._glanced + GLANCE:
                self._glance()
            try:
                ticket, future = self._ends.get(timeout=GLANCE)
            except Empty:
                continue
            ended = self._loaded(ticket, future) if isinstance(future, LocalFuture) else self._answer(ticket, future)
            if ended is not None:
                return ticket, ended

    def _end(self, ticket: int, future: Future | LocalFuture[Ended]) -> None:
        self._ends.put((ticket, future))

    def _loaded(self, ticket: int, future: LocalFuture[Ended]) -> Ended:
        data = self._loads.pop(ticket)
        try:
            ended = future.result()
        except BrokenProcessPool as error:
            raise pool.broken(self._limits.memory) from error
        if ended.value is None:
            return ended
        known, self._rows[data] = ended.result()
        return replace(ended, value=relay.dumped(known))

    def _answer(self, ticket: int, future: Future) -> Ended | None:
        """Return how a call ended; None if it goes on, or has another future by now."""
        under = self._under.get(ticket)
        if under is None or under.future is not future:
            return None
        retries = under.retries
        try:
            ended: Ended = future.result()
        except KilledWorker:
            ended = Ended(how="lost")
        except CancelledError:
            self._send(ticket, under.call, retries)
            return None
        except (BrokenProcessPool, OSError, RuntimeError) as error:
            if retries == RETRIES:
                raise CvxbenchError(f"no worker can make attempts ({error}); finished ones are kept") from error
            time.sleep(BACK_OFF[retries])
            self._send(ticket, under.call, retries + 1)
            return None
        del self._under[ticket]
        return ended

    def _send(self, ticket: int, call: Call, retries: int) -> None:
        payload = relay.pickled(call.function, call.args)
        self._check()
        table = self._table(call.data) if call.data else None
        content = payload + str(table.key if table else "").encode() + self._code.encode()
        key = f"{call.function.__name__}-{relay.digest(content)}-{next(self._sends)}"
        given = [payload, table, call.patience, self._limits, self._code]
        where = self._least_busy()
        future = self._client.submit(
            relay.attempt, *given, key=key, pure=False, workers=where, allow_other_workers=where is not None
        )
        self._under[ticket] = _Under(call, future, where, retries)
        future.add_done_callback(partial(self._end, ticket))

    def _least_busy(self) -> str | None:
        """Return the worker with the fewest calls for its threads: Dask would choose the one that has the table."""
        calls = Counter(under.worker for under in self._under.values())
        return min(self._threads, key=lambda worker: calls[worker] / self._threads[worker], default=None)

    def _table(self, data: Data) -> Future:
        """Return the table's rows as the scheduler knows them, who can have them computed wherever they are lost."""
        table = self._tables.get(data)
        if table is None or table.status in ("cancelled", "lost", "error"):
            rows = self._rows[data]
            key = f"keep-{relay.digest(rows)}-{next(self._sends)}"
            table = self._tables[data] = self._client.submit(relay.keep, rows, key=key, pure=False)
        return table

    def _glance(self) -> None:
        """Look at which workers there are."""
        self._glanced = time.monotonic()
        self._check()
        with suppress(CancelledError, OSError):  # while the client finds its scheduler again
            workers = self._client.scheduler_info(n_workers=-1)["workers"]
            self._threads = {address: known["nthreads"] for address, known in workers.items()}
            hosts = Counter(known["host"] for known in workers.values() for _ in range(known["nthreads"]))
            self.contended = self.contended or max(hosts.values(), default=0) > 1

    def _check(self) -> None:
        """If the client has given its scheduler up, wait for another one, and submit to it what was under way."""
        if self._client.status != "closed":
            return
        self._client = self._connected(BACK_OFF)
        for ticket, under in list(self._under.items()):
            self._send(ticket, under.call, under.retries)

    def _connected(self, waits: Sequence[float]) -> Client:
        for wait in waits:
            try:
                return Client(self._address, timeout=ANSWER, set_as_default=False)
            except OSError:
                time.sleep(wait)
            except ValueError as error:
                raise CvxbenchError(f"'{self._address}' is no address of a Dask scheduler ({error})") from error
        raise CvxbenchError(
            f"no Dask scheduler answers at {self._address}; start one (docs/cluster.md), and the same command goes on"
        )
