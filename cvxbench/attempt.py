"""The contract between the benchmark and a method: what it is given, whom it shows its iterates, what it returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from cvxbench.networks.problem import Problem
    from cvxbench.networks.separable import Separable


class Status(Enum):
    """How an attempt can end. The value is the sentence that reports print."""

    CONVERGED = "met its own stopping rule"
    BUDGET = "used up its iterations or time; the best point so far is scored"
    DIVERGED = "left the finite numbers, or ten times its first objective; the step size is too large for this problem"
    OUT_OF_MEMORY = "needed more memory than the limit; raise --memory-limit or use fewer patterns"
    KILLED = "was ended from outside; `cvxbench run --retry killed` tries it again"
    CRASHED = "raised an error; the log beside the store has it whole"
    SKIPPED = "was not tried; the reason is in the cell"

    @property
    def label(self) -> str:
        """Return the word that stores, reports and `--retry` use, such as `budget-reached`."""
        return "budget-reached" if self is Status.BUDGET else self.name.lower().replace("_", "-")


@dataclass(frozen=True)
class Budget:
    """What one attempt may spend. Everything but the two limits at the end is the same on every machine.

    Parameters
    ----------
    name : str
    gates : dict
        Network name → number of gates drawn.
    work : float
        Floating-point operations one attempt may spend, by the method's own cost model; a cap that is known before
        anything runs, so that an interrupted run and an undisturbed one give the same answers.
    iterations : dict
        Convex method → iterations; a method that is not named has no bound of its own.
    epochs : int
        Passes of SGD and Adam over the training rows.
    schedule : {"stepwise", "cosine"}
        Of their step sizes: halved 20 times, or half a cosine.
    steps : tuple of float
        Step sizes of an opponent's study.
    repeats : int
        Seeds of an opponent's study.
    conic_size : float
        Nonzeros of the constraint matrix above which `conic` skips a problem.
    global_size : float
        Rows × columns × outputs above which `global` skips a problem.
    yardstick_rows : float
        Training rows that the cross-validation of a yardstick may take.
    yardstick_every : int
        1 for the whole grids of the yardsticks, 2 for every second value, and so on.
    time_limit : float
        Seconds of one attempt, a safety net.
    memory_limit : float
        GiB of one worker.
    """

    name: str
    gates: Mapping[str, int]
    work: float
    iterations: Mapping[str, int]
    epochs: int
    schedule: Literal["stepwise", "cosine"]
    steps: tuple[float, ...]
    repeats: int
    conic_size: float
    global_size: float
    yardstick_rows: float
    yardstick_every: int
    time_limit: float
    memory_limit: float

    def affordable(self, cost: float, wanted: int, least: int = 10) -> int:
        """Return how many of `wanted` iterations of `cost` floating-point operations each the budget pays for."""
        return int(min(wanted, max(least, self.work / max(cost, 1.0))))


@dataclass(frozen=True)
class Setting:
    """One point of a study: options such as the step, and the seed of everything random in the attempt.

    Parameters
    ----------
    options : dict
        Option → value; the same for every repeat.
    seed : int
    width : int
        Neurons per output of a network whose width is free.
    """

    options: Mapping[str, float]
    seed: int = 0
    width: int = 50


@dataclass(frozen=True)
class Claim:
    """A lower bound on the problem's optimum that the method vouches for; reports name the method beside it.

    Parameters
    ----------
    lower_bound : float
    starts : int
        0 if it is proven; else the starts of the search that found nothing to contradict it.
    """

    lower_bound: float
    starts: int


@dataclass(frozen=True)
class Outcome:
    """What a method returns for one setting.

    Parameters
    ----------
    network : Separable or None
        The last iterate; None only when skipped.
    status : Status
    detail : str
        One phrase on why it ended, for the report.
    iterations : int
    claim : Claim or None
        What the method knows of the optimum, where the referee cannot bound it by itself.
    """

    network: Separable | None
    status: Status
    detail: str
    iterations: int
    claim: Claim | None = None


class Watch(Protocol):
    """The referee's eye on a running attempt; the method's clock stands still while it looks."""

    def due(self, iteration: int) -> bool:
        """Return whether the referee wants to see this iterate (geometric in the iteration, and when time is up)."""
        ...

    def see(self, iteration: int, network: Separable) -> Outcome | None:
        """Score an iterate; the outcome to return at once if it diverged or time is up, else None."""
        ...


@dataclass(frozen=True)
class Method:
    """A method as the registry knows it.

    Parameters
    ----------
    name, summary : str
    networks : tuple of str
        The networks it can train.
    train : callable
        `train(problem, settings, budget, watches) -> list of Outcome`, one per setting, in order.
    settings : callable
        `settings(budget) -> list of options`: its study. The default setting, what a user would run untuned, is
        the one equal to `default`.
    default : dict
    convex : bool
        Whether it solves the program (its active neurons then set the width that the others get).
    repeats : bool
        Whether it is random, and so is repeated with the budget's seeds.
    at_once : bool
        Whether `train` wants its whole study in one call, rather than one setting a call.
    """

    name: str
    summary: str
    networks: tuple[str, ...]
    train: Callable[[Problem, Sequence[Setting], Budget, Sequence[Watch]], list[Outcome]]
    settings: Callable[[Budget], list[dict[str, float]]]
    default: Mapping[str, float]
    convex: bool
    repeats: bool = False
    at_once: bool = False


TrainOne = Callable[["Problem", Setting, Budget, Watch], Outcome]


def one_by_one(train: TrainOne) -> Callable[[Problem, Sequence[Setting], Budget, Sequence[Watch]], list[Outcome]]:
    """Make a method's `train` from a function that trains a single setting."""

    def train_all(
        problem: Problem, settings: Sequence[Setting], budget: Budget, watches: Sequence[Watch]
    ) -> list[Outcome]:
        return [train(problem, setting, budget, watch) for setting, watch in zip(settings, watches, strict=True)]

    return train_all


def no_settings(budget: Budget) -> list[dict[str, float]]:
    """Return the study of a method that has nothing to tune: one empty setting."""
    return [{}]
