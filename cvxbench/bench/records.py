"""What a run keeps: its tables, its planned attempts and parts, and what came of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class TableInfo:
    """What a run knows of a table once it is loaded.

    Parameters
    ----------
    dataset, task, kind : str
    n, n_train : int
        All rows, and the training rows of the split.
    d, outputs : int
        Columns after encoding, and columns of the target.
    null_objective : float
        Training objective of the zero network: Σ_k ‖Y_k‖²/(2n).
    sha256, origin : str
    """

    dataset: str
    task: str
    kind: str
    n: int
    n_train: int
    d: int
    outputs: int
    null_objective: float
    sha256: str
    origin: str


@dataclass(frozen=True)
class Planned:
    """One attempt of the fixed grid, before it has run."""

    dataset: str
    network: str
    lam: float
    method: str
    convex: bool
    options: dict[str, float]
    is_default: bool
    repeat: int


@dataclass(frozen=True)
class Verdict:
    """What the referee writes of a finished attempt; numbers are None where nothing was trained.

    Parameters
    ----------
    status : str
        A label of `Status`.
    detail : str
        One phrase on why it ended.
    objective, best, first, worst : float
        The objective of the network returned; the lowest, first and highest of the iterates seen.
    lower_bound : float
        A bound on the problem's optimum that this attempt's residual supports.
    starts : int
        0 if the bound is proven; else the starts of the search that found nothing to contradict it.
    test_score : float
        Accuracy in [0, 1], or mean squared error for regression, on the test rows.
    seconds : float
        Wall time of the method alone on this attempt.
    cost : float
        For an attempt that was trained in one batch with others: its share of the batch's wall time.
    iterations, neurons : int
        Iterations made, and the most neurons that any one output of the network has.
    contended : bool
        Whether other attempts shared the machine.
    trace : list of (iteration, seconds, objective)
    """

    status: str
    detail: str
    objective: float | None = None
    best: float | None = None
    first: float | None = None
    worst: float | None = None
    lower_bound: float | None = None
    starts: int | None = None
    test_score: float | None = None
    seconds: float | None = None
    cost: float | None = None
    iterations: int | None = None
    neurons: int | None = None
    contended: bool = False
    trace: Sequence[tuple[int, float, float]] = ()

    @property
    def spent(self) -> float:
        """The seconds by which this attempt lengthened the run; over a study they add up to what it took."""
        return next((value for value in (self.cost, self.seconds) if value is not None), 0.0)


@dataclass(frozen=True)
class Yardstick:
    """A row of the store: a model of another family on one table; numbers are None until and unless it is trained.

    Parameters
    ----------
    dataset, name : str
    status : str or None
        A label of `Status`; None until it has run.
    detail : str or None
        The setting that cross-validation chose, or why there is none.
    test_score : float or None
        Accuracy in [0, 1], or mean squared error for regression, on the test rows.
    seconds : float or None
        Wall time of tuning and training.
    contended : bool
        Whether other tasks shared the machine.
    """

    dataset: str
    name: str
    status: str | None = None
    detail: str | None = None
    test_score: float | None = None
    seconds: float | None = None
    contended: bool = False


@dataclass(frozen=True)
class Part:
    """A row of the store: one piece of an experiment, planned before anything runs; see `cvxbench.studies`.

    Parameters
    ----------
    key : str
        Its name, which no other part of the experiment has.
    function : str
        "module:name" of what a worker calls.
    options : dict
        What it is called with, as JSON can hold it.
    status : str or None
        A label of `Status`; None until it has run.
    detail : str or None
        Why there is no result.
    result : dict or None
        What the function returned, as JSON can hold it.
    seconds : float or None
        Wall time.
    contended : bool
        Whether other parts shared the machine.
    """

    key: str
    function: str
    options: Mapping[str, Any]
    status: str | None = None
    detail: str | None = None
    result: Mapping[str, Any] | None = None
    seconds: float | None = None
    contended: bool = False


@dataclass(frozen=True)
class Plan:
    """All that a run will do.

    Parameters
    ----------
    record : dict
        What is run, as JSON can hold it: two runs are the same if their records are, but for the budget's limits.
    attempts, yardsticks
        Of a suite.
    parts
        Of an experiment.
    """

    record: Mapping[str, Any]
    attempts: Sequence[Planned] = ()
    yardsticks: Sequence[Yardstick] = ()
    parts: Sequence[Part] = ()


@dataclass(frozen=True)
class Attempt:
    """A row of the store: the plan's part, and the verdict once there is one."""

    id: int
    planned: Planned
    verdict: Verdict | None
