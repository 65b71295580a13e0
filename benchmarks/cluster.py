"""A Dask cluster of this machine's, started by hand: a scheduler and workers, all bound to the loopback address."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

DASK = [sys.executable, "-m", "dask"]
UNSAMPLED = {"DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False"}  # CPython 3.11 can crash while it is sampled


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def scheduler(port: int) -> subprocess.Popen:
    """Start a scheduler."""
    return _started("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")


def worker(port: int) -> subprocess.Popen:
    """Start a worker of one thread, without a nanny."""
    address = f"tcp://127.0.0.1:{port}"
    options = ["--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "0"]
    return _started("worker", address, *options)


def _started(*line: str) -> subprocess.Popen:
    quiet = subprocess.DEVNULL
    return subprocess.Popen([*DASK, *line], stdout=quiet, stderr=quiet, env=os.environ | UNSAMPLED)


@contextmanager
def cluster(workers: int) -> Iterator[tuple[str, list[subprocess.Popen]]]:
    """Yield the address of a scheduler, and its process and those of its workers."""
    port = free_port()
    processes = [scheduler(port), *(worker(port) for _ in range(workers))]
    try:
        yield f"tcp://127.0.0.1:{port}", processes
    finally:
        for process in processes:
            process.kill()
            process.wait()
