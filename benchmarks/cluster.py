"""A Dask cluster of this machine's, started by hand: a scheduler and workers, all bound to the loopback address."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

DASK = [sys.executable, "-m", "dask"]
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def scheduler(port: int) -> subprocess.Popen:
    """Start a scheduler."""
    line = ["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    return subprocess.Popen([*DASK, *line], **QUIET)


def worker(port: int) -> subprocess.Popen:
    """Start a worker of one thread, without a nanny."""
    line = ["worker", f"tcp://127.0.0.1:{port}", "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny"]
    return subprocess.Popen([*DASK, *line, "--no-dashboard", "--memory-limit", "0"], **QUIET)


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
