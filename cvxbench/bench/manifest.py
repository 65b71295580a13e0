"""Where a run's numbers come from: code, packages, machine."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cvxbench.bench.machine import cpu
from cvxbench.bench.workload import workload_seconds

PACKAGES = ("clarabel", "cvxpy", "ecos", "numpy", "pandas", "scikit-learn", "scipy", "torch")


def manifest(threads: int, jobs: int) -> dict[str, Any]:
    """Return what a reader needs to repeat a run: version, commit, packages, BLAS, CPU, threads, speed.

    Parameters
    ----------
    threads : int
        Of one worker.
    jobs : int
        Workers side by side.
    """
    from threadpoolctl import threadpool_info

    return {
        "version": version("cvxbench"),
        "commit": _commit(),
        "packages": {name: version(name) for name in PACKAGES},
        "blas": sorted({f"{lib['internal_api']} {lib['version']}" for lib in threadpool_info()}),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": cpu(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "threads": threads,
        "jobs": jobs,
        "workload_seconds": workload_seconds(threads),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _commit() -> str | None:
    """Return the commit of the checkout that the package runs from, with +dirty if it was changed; None elsewhere."""
    package = Path(__file__).parents[1]
    if not (package.parent / ".git").exists():
        return None
    try:
        head = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+dirty"],
            cwd=package,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return head.stdout.strip()
