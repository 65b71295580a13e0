"""adelie's group elastic net on its own gated-ReLU matrix (Yang and Hastie 2024).

Given: the matrix type made for this program, Fortran-ordered; one thread; no intercept; all penalty factors one. The
lambda is reached along a warm-started geometric path from lambda_max, which beat the direct solve up to 8-fold (paths
of 1, 3, 5, 10, 20, 40, 80 and 160 lambdas were tried); float32 is its fastest and is tried beside float64. The
tolerance is the loosest that reaches the target. Building the matrix is left out of its time.
"""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

from benchmarks.cases import Instance
from benchmarks.judge import Answer, network_of
from benchmarks.peers import Peer
from benchmarks.search import Solved, cheapest

SETTINGS: dict[str, tuple[Any, int, float]] = {  # precision, lambdas on the path, tolerance of the block update
    "float32, path of 20": (np.float32, 20, 1e-5),
    "float64, path of 10": (np.float64, 10, 1e-12),
}


GRACE = 1.5  # the alarm rings on the wall: one on processor time would make that clock coarse


class _TimeUp(Exception):
    """Raised by the alarm; adelie polls for signals, logs it and returns the path as far as it came."""


def attempt(instance: Instance, setting: str, limit: float) -> Answer:
    """Return the time to the target under one of SETTINGS."""
    import adelie

    dtype, count, newton = SETTINGS[setting]
    d, P = instance.gates.shape
    X = np.asfortranarray(instance.X, dtype=dtype)
    matrix = adelie.matrix.convex_relu(X, np.asfortranarray(instance.active), gated=True, n_threads=1)
    loss = adelie.glm.gaussian(instance.y.astype(dtype), dtype=dtype)
    path = np.geomspace(instance.lambda_max(), instance.lam, count + 1)[1:]
    groups, penalty = np.arange(P) * d, np.ones(P, dtype=dtype)

    def solve(tolerance: float) -> Solved:
        state = None
        seconds, wall = time.process_time(), time.perf_counter()
        with suppress(_TimeUp), _alarm(GRACE * limit + 0.5):
            state = adelie.grpnet(
                matrix,
                loss,
                groups=groups,
                penalty=penalty,
                lmda_path=path,
                tol=tolerance,
                newton_tol=newton,
                max_iters=10**9,
                early_exit=False,
                intercept=False,
                progress_bar=False,
                n_threads=1,
            )
        seconds, wall = time.process_time() - seconds, time.perf_counter() - wall
        if state is None or state.betas.shape[0] < count:
            return Solved(None, seconds, wall)
        weights = state.betas[-1].toarray().reshape(P, d).T
        return Solved(network_of(instance, weights), seconds, wall)

    return cheapest(solve, instance, limit)


def warm_up() -> None:
    """Import; nothing is compiled."""
    import adelie  # noqa: F401

    logging.disable(logging.CRITICAL)  # adelie reports each alarm to the root logger


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    def ring(*_: object) -> None:
        raise _TimeUp

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


PEERS = (Peer("adelie", "adelie", tuple(SETTINGS), attempt, warm_up),)
