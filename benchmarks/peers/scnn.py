"""scnn's R-FISTA: restarted FISTA with backtracking, the method of the paper (Mishkin, Sahiner and Pilanci 2022).

Given: the numpy backend, which beat torch on one core; float64 and its default float32; our patterns, so that none has
to be found twice; a tolerance that never stops it; no metrics. Setting up is left out of its time. It is watched
through its own callback after each iteration.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np

from benchmarks.cases import Instance
from benchmarks.judge import Answer, Finished, Watch, gated_watch
from benchmarks.peers import Peer

SETTINGS = ("float64", "float32")


def attempt(instance: Instance, setting: str, limit: float) -> Answer:
    """Return the time to the target in one of two precisions."""
    from scnn.models import ConvexGatedReLU
    from scnn.private.models import ConvexMLP
    from scnn.solvers import RFISTA

    solver = RFISTA(ConvexGatedReLU(instance.gates), max_iters=10**8, tol=1e-30)
    start = partial(gated_watch, instance, limit)
    return watched(instance, setting, ConvexMLP, solver, start, lambda weights: weights[0].T)


def watched(
    instance: Instance,
    dtype: str,
    model_type: Any,
    solver: Any,
    start: Callable[[], Watch],
    groups: Callable[[np.ndarray], np.ndarray],
) -> Answer:
    """Run one of scnn's solvers on a model of `model_type`, and show a watch what `groups` makes of its weights."""
    import lab
    from scnn.metrics import Metrics
    from scnn.private.interface import build_internal_regularizer, build_optimizer, get_logger, process_data, set_device
    from scnn.regularizers import NeuronGL1

    set_device("cpu", dtype, 0)
    penalty = NeuronGL1(instance.lam)
    train, test, _ = process_data(instance.X, instance.y[:, None], None, None, unitize_data=False)
    patterns, gates = lab.all_to_tensor([instance.active.astype(float), instance.gates], dtype=lab.get_dtype())
    regularizer = build_internal_regularizer(penalty)
    model = model_type(instance.X.shape[1], patterns, gates, "einsum", regularizer=regularizer)
    procedure = build_optimizer(solver, penalty, Metrics(metric_freq=10**9))
    iterations = 0

    def look(model: Any, *_: Any) -> Any:
        nonlocal iterations
        iterations += 1
        if watch.due():
            watch.show(groups(np.asarray(model.weights)))
        return model

    watch = start()
    with suppress(Finished):
        procedure(get_logger("scnn"), model, lambda model: model, train, test, ([], [], []), callback=look)
    return watch.answer(f"{iterations} iterations")


def warm_up() -> None:
    """Run a tiny problem; nothing is compiled, but modules are imported late."""
    rng = np.random.default_rng(0)
    X, gates = rng.standard_normal((40, 3)), rng.standard_normal((3, 8))
    tiny = Instance(X, rng.standard_normal(40), gates, X @ gates >= 0, 1e-3)
    for setting in SETTINGS:
        attempt(tiny, setting, limit=0.2)


PEERS = (Peer("scnn", "pyscnn", SETTINGS, attempt, warm_up),)
