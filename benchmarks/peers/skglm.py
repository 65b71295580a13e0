"""skglm's GroupBCD: block coordinate descent on working sets with Anderson acceleration (Bertrand et al. 2022).

Given: the matrix [D_1 X, …, D_P X] in Fortran order, float64; no intercept; a tolerance so small that it never stops by
itself. Its first call compiles and is not timed, nor is building the matrix. It is watched where it computes gradients,
once an outer iteration and every tenth epoch. A warm-started path of lambdas and other first working-set sizes were
tried and were slower.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

import numpy as np

from benchmarks.cases import Instance
from benchmarks.judge import Answer, Finished, gated_watch
from benchmarks.peers import Peer

SETTINGS: dict[str, dict[str, Any]] = {
    "default": {},
    "max_epochs=1000": {"max_epochs": 1000},
    "ws_strategy=fixpoint": {"ws_strategy": "fixpoint"},
}


def attempt(instance: Instance, setting: str, limit: float) -> Answer:
    """Return the time to the target under one of SETTINGS."""
    from skglm.datafits import QuadraticGroup
    from skglm.penalties import WeightedGroupL2
    from skglm.solvers import GroupBCD

    d, P = instance.gates.shape
    matrix = _features(instance)
    starts = np.arange(P + 1, dtype=np.int32) * np.int32(d)
    columns = np.arange(P * d, dtype=np.int32)
    loss = QuadraticGroup(starts, columns)
    penalty = WeightedGroupL2(instance.lam, np.ones(P), starts, columns)
    solver = GroupBCD(max_iter=10**6, tol=1e-15, fit_intercept=False, **SETTINGS[setting])
    watch = gated_watch(instance, limit)

    def look(weights: np.ndarray) -> None:
        if watch.due():
            watch.show(weights.reshape(P, d).T)

    with _watched(look), suppress(Finished):
        solver.solve(matrix, instance.y, loss, penalty)
    return watch.answer("watched")


def warm_up() -> None:
    """Compile every loop that the settings use, on a small problem of the same types."""
    rng = np.random.default_rng(0)
    X, gates = rng.standard_normal((200, 20)), rng.standard_normal((20, 50))
    tiny = Instance(X, rng.standard_normal(200), gates, X @ gates >= 0, 1e-3)
    for setting in SETTINGS:
        attempt(tiny, setting, limit=2.0)
    _features.cache_clear()


@lru_cache(maxsize=1)
def _features(instance: Instance) -> np.ndarray:
    return instance.features()


@contextmanager
def _watched(look: Callable[[np.ndarray], None]) -> Iterator[None]:
    """Call `look` with the coefficients whenever GroupBCD computes a gradient."""
    from skglm.solvers import group_bcd

    original = group_bcd._construct_grad

    def construct(X: np.ndarray, y: np.ndarray, w: np.ndarray, *rest: Any) -> Any:
        look(w)
        return original(X, y, w, *rest)

    group_bcd._construct_grad = construct
    try:
        yield
    finally:
        group_bcd._construct_grad = original


PEERS = (Peer("skglm", "skglm", tuple(SETTINGS), attempt, warm_up),)
