"""What a worker process does: prepare a table, train some settings of one cell, let the referee judge them."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from importlib import import_module
from multiprocessing import parent_process
from pathlib import Path

import numpy as np

from cvxbench import methods
from cvxbench.attempt import Budget, Outcome, Setting, Status
from cvxbench.bench import yardsticks
from cvxbench.bench.alone import with_own_times
from cvxbench.bench.records import Part, TableInfo, Verdict, Yardstick
from cvxbench.bench.referee import DIVERGED, Clock, RefereeWatch, held_out_score, lower_bound, null_objective
from cvxbench.bench.relay import end_if_used, out_of_memory
from cvxbench.bench.seeds import seed_for
from cvxbench.data.load import load_table
from cvxbench.data.prepare import Prepared, prepare
from cvxbench.data.schema import Dataset
from cvxbench.errors import CvxbenchError
from cvxbench.networks.problem import Problem

LEAST_WIDTH = 50  # of a ReLU network, as published; or the convex solution's active neurons if these are more


@dataclass(frozen=True)
class Data:
    """What leads to the training rows: the dataset's entry as JSON, the run's seed, and how to prepare."""

    entry: str
    seed: int | None
    bias: bool
    centre: bool


@dataclass(frozen=True)
class Job:
    """Some settings of one cell.

    Parameters
    ----------
    data : Data
    network, method : str
    lam : float
    budget : Budget
    settings : sequence of (attempt id, options, repeat)
    neurons : int
        Active neurons per output of the convex solutions of this problem, 0 if there are none.
    """

    data: Data
    network: str
    lam: float
    method: str
    budget: Budget
    settings: Sequence[tuple[int, dict[str, float], int]]
    neurons: int


@dataclass(frozen=True)
class Judged:
    """The verdicts of a job by attempt id, and the traceback if it crashed."""

    verdicts: dict[int, Verdict]
    log: str = ""


def start(threads: int, memory_limit: float) -> None:
    """Set a fresh worker up: threads, memory limit (GiB), no Ctrl-C of its own, and death with its parent."""
    import signal

    import torch

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(threads)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    if sys.platform == "linux":
        import resource

        limit = int(memory_limit * 2**30)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _die_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def load(data: Data) -> TableInfo | str:
    """Load and prepare a table; return what there is to know of it, or the sentence that says why it cannot be had."""
    try:
        prepared, origin = _loaded(data)
    except CvxbenchError as error:
        return str(error)
    return TableInfo(
        dataset=prepared.name,
        task=prepared.task,
        kind=Dataset.model_validate_json(data.entry).kind,
        n=len(prepared.X_train) + len(prepared.X_test),
        n_train=len(prepared.X_train),
        d=prepared.X_train.shape[1],
        outputs=prepared.Y_train.shape[1],
        null_objective=null_objective(prepared.Y_train),
        sha256=prepared.sha256,
        origin=origin,
    )


def load_rows(data: Data) -> tuple[TableInfo | str, bytes]:
    """Return what `load` does, and the prepared rows in the form that workers elsewhere are sent."""
    known = load(data)
    return known, b"" if isinstance(known, str) else _loaded(data)[0].to_bytes()


def train(job: Job, rows: Path | None = None) -> Judged:
    """Train a job's settings and judge each; whatever goes wrong ends in a verdict.

    Parameters
    ----------
    job : Job
    rows : Path, optional
        A file of prepared rows, as `load_rows` gives them; the table is loaded if left out.
    """
    try:
        prepared = _prepared(job.data, rows)
        return Judged(dict(zip([id for id, _, _ in job.settings], _train(job, prepared), strict=True)))
    except Exception as error:  # a method may raise anything; the cell says what, the log has it whole
        status, detail, log = _failure(error, job.budget.memory_limit)
        verdict = Verdict(status.label, detail)
        return Judged({id: verdict for id, _, _ in job.settings}, log)


def measure(data: Data, name: str, budget: Budget, rows: Path | None = None) -> tuple[Yardstick, str]:
    """Train a yardstick and score it; return it, and the traceback if it crashed. `rows` is as in `train`."""
    dataset = Dataset.model_validate_json(data.entry).name
    try:
        prepared = _prepared(data, rows)
        trained = yardsticks.train(name, prepared, budget, seed_for(data.seed, dataset, "folds"))
    except Exception as error:  # a model may raise anything; the status says what, the log has it whole
        status, detail, log = _failure(error, budget.memory_limit)
        return Yardstick(dataset, name, status.label, detail), log
    return Yardstick(dataset, name, Status.CONVERGED.label, **asdict(trained)), ""


def perform(part: Part, time_limit: float, memory_limit: float) -> tuple[Part, str]:
    """Call the function of an experiment's part; return how it ended, and the traceback if it crashed.

    A CvxbenchError is a sentence on why it cannot be done here.
    """
    module, _, name = part.function.partition(":")
    clock = Clock(time_limit)
    try:
        function = getattr(import_module(module), name)
        with clock.enforced():
            result = function(**part.options)
    except CvxbenchError as error:
        return replace(part, status=Status.SKIPPED.label, detail=str(error)), ""
    except Exception as error:  # a part may raise anything; the status says what, the log has it whole
        status, detail, log = _failure(error, memory_limit)
        return replace(part, status=status.label, detail=detail, seconds=clock.seconds()), log
    return replace(part, status=Status.CONVERGED.label, result=result, seconds=clock.seconds()), ""


def _failure(error: Exception, memory_limit: float) -> tuple[Status, str, str]:
    """Return status, detail and traceback of what went wrong."""
    if out_of_memory(error):
        end_if_used()
        return Status.OUT_OF_MEMORY, f"limit of {memory_limit:g} GiB", ""
    return Status.CRASHED, f"{type(error).__name__}: {error}", traceback.format_exc()


def _train(job: Job, prepared: Prepared) -> list[Verdict]:
    method, seed = methods.get(job.method), job.data.seed
    X = prepared.X_train
    gates = np.random.default_rng(seed_for(seed, prepared.name, "gates")).standard_normal(
        (X.shape[1], job.budget.gates[job.network])
    )
    problem = Problem(X=X, Y=prepared.Y_train, lam=job.lam, network=job.network, gates=gates)
    width = max(LEAST_WIDTH, job.neurons)
    settings = [
        Setting(options, seed_for(seed, prepared.name, "start", repeat), width) for _, options, repeat in job.settings
    ]

    def trained(chosen: Sequence[Setting]) -> tuple[list[Outcome], list[RefereeWatch], float]:
        clock = Clock(job.budget.time_limit * len(chosen))
        watches = [RefereeWatch(problem, clock) for _ in chosen]
        with clock.enforced():
            outcomes = method.train(problem, chosen, job.budget, watches)
        return outcomes, watches, clock.seconds()

    def alone(number: int) -> dict[int, float]:
        (outcome,), (watch,), seconds = trained([settings[number]])
        return {iteration: at for iteration, at, _ in watch.trace} | {outcome.iterations: seconds}

    outcomes, watches, seconds = trained(settings)
    verdicts = [
        _judge(job, prepared, problem, outcome, watch, seconds)
        for outcome, watch in zip(outcomes, watches, strict=True)
    ]
    if len(verdicts) == 1:
        return verdicts
    first = ((options, repeat) == (method.default, 0) for _, options, repeat in job.settings)
    return with_own_times(verdicts, next((number for number, is_first in enumerate(first) if is_first), None), alone)


def _judge(
    job: Job, prepared: Prepared, problem: Problem, outcome: Outcome, watch: RefereeWatch, seconds: float
) -> Verdict:
    """Score the network that came back, and hold the method's word against it."""
    network = outcome.network
    if network is None:
        return Verdict(outcome.status.label, outcome.detail, seconds=seconds)
    if not watch.trace or watch.trace[-1][0] != outcome.iterations:
        ended = watch.see(outcome.iterations, network)
        watch.trace[-1] = (outcome.iterations, seconds, watch.trace[-1][2])
        if ended is not None and ended.status is Status.DIVERGED:
            outcome = ended
    values = [value for _, _, value in watch.trace]
    sound = watch.worst < DIVERGED * watch.first
    claim = (lower_bound(problem, network) or outcome.claim) if sound else None
    return Verdict(
        status=outcome.status.label,
        detail=outcome.detail,
        objective=values[-1],
        best=min(values),
        first=watch.first,
        worst=watch.worst,
        lower_bound=claim.lower_bound if claim else None,
        starts=claim.starts if claim else None,
        test_score=held_out_score(prepared.task, network, prepared.X_test, prepared.Y_test) if sound else None,
        seconds=seconds,
        iterations=outcome.iterations,
        neurons=network.neurons(),
        trace=watch.trace,
    )


def _prepared(data: Data, rows: Path | None) -> Prepared:
    return _loaded(data)[0] if rows is None else _read(rows)


@lru_cache(maxsize=1)
def _read(rows: Path) -> Prepared:
    return Prepared.from_bytes(rows.read_bytes())


@lru_cache(maxsize=1)
def _loaded(data: Data) -> tuple[Prepared, str]:
    dataset = Dataset.model_validate_json(data.entry)
    table = load_table(dataset)
    split = seed_for(data.seed, dataset.name, "split")
    return prepare(table, seed=split, bias=data.bias, centre=data.centre), table.origin
