"""One thread, whatever library is asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits

VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS")


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold BLAS, OpenMP, numba, Rust and torch to one thread; enter before a solver is imported."""
    os.environ.update(dict.fromkeys(VARIABLES, "1"))
    import torch

    torch.set_num_threads(1)
    with threadpool_limits(limits=1):
        yield
