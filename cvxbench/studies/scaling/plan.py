"""What the scaling experiment trains: series of runs over horizons, each the same problem, recipe and size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cvxbench.bench.records import Part
from cvxbench.bench.seeds import seed_for
from cvxbench.studies.scaling.recipes import STEPS

FITTED = 512  # the longest horizon that a law may see
LATER = (FITTED, 2048)  # of a second look at the teacher: does a law that has seen these do better?
HORIZONS = (128, 256, FITTED, 1024, 2048, 5120, 10_240, 20_480, 40_960)  # to 80 times FITTED
TEACHER, SIZES, TABLE, TEXT = "teacher", "teacher sizes", "table", "characters"
FITTED_WIDTHS, WIDTHS = (8, 12, 16), (8, 12, 16, 128, 560, 1120)  # to 70 times the largest fitted
TABLES = ("diabetes", "breast-cancer-wisc-diag", "wine")
FOLLOWED = 5120  # the horizon at which the loss is followed along the run
_FUNCTIONS = {
    TEACHER: "cvxbench.studies.scaling.teacher:train_teacher",
    SIZES: "cvxbench.studies.scaling.teacher:train_teacher",
    TABLE: "cvxbench.studies.scaling.tables:train_on_table",
    TEXT: "cvxbench.studies.scaling.characters:train_on_text",
}
OPTIMUM = "cvxbench.studies.scaling.tables:optimum_of_table"


@dataclass(frozen=True)
class Series:
    """Runs that differ in horizon, step size and seed alone.

    Parameters
    ----------
    problem : str
        `TEACHER`, `SIZES`, `TABLE` or `TEXT`.
    rule, schedule : str
    noise : float
        Of a teacher; 0 elsewhere.
    width : int
        Of a teacher's student; 0 elsewhere.
    dataset : str
        Of a table; empty elsewhere.
    """

    problem: str
    rule: str
    schedule: str = "linear"
    noise: float = 0.0
    width: int = 0
    dataset: str = ""

    @property
    def name(self) -> str:
        """The problem, the rule and the schedule in words."""
        return f"{self._problem}, {self.rule}, {self.schedule}"

    @property
    def without_rule(self) -> str:
        """The problem and the schedule in words."""
        return f"{self._problem}, {self.schedule}"

    @property
    def _problem(self) -> str:
        return {
            TEACHER: f"teacher, noise {self.noise:g}",
            SIZES: f"teacher, {self.width} neurons",
            TABLE: self.dataset,
            TEXT: TEXT,
        }[self.problem]

    def part(self, horizon: int, seed: int, number: int) -> Part:
        """Return the part that trains all step sizes at a horizon with a seed."""
        options: dict[str, Any] = {"rule": self.rule, "schedule": self.schedule, "seed": seed}
        steps = STEPS[self.rule]
        if self.problem in (TEACHER, SIZES):
            follow = self.problem == TEACHER and horizon == FOLLOWED
            options |= {"width": self.width, "noise": self.noise, "horizon": horizon, "curves": follow}
        elif self.problem == TABLE:
            steps = tuple(10.0 * step for step in steps)  # columns of unit norm
            options |= {"dataset": self.dataset, "epochs": horizon // 10}
        else:
            options |= {"horizon": horizon}
        key = f"{self.problem}: {self.name}, width={self.width} T={horizon} seed={number}"
        return Part(key, _FUNCTIONS[self.problem], options | {"steps": list(steps)})


def series_of(part: Part) -> Series:
    """Return the series that a part is of."""
    given = part.options
    problems = [problem for problem, function in _FUNCTIONS.items() if function == part.function]
    problem = next(problem for problem in problems if part.key.startswith(f"{problem}:"))
    return Series(
        problem,
        given["rule"],
        given["schedule"],
        given.get("noise", 0.0),
        given.get("width", 0),
        given.get("dataset", ""),
    )


def parts(budget: str, seed: int | None) -> tuple[Part, ...]:
    """Return all parts of the experiment, short ones first."""
    planned: list[tuple[float, Part]] = []
    for series, horizons, repeats in _series(budget):
        for horizon in horizons:
            cost = horizon * max(series.width, 50)
            seeds = [seed_for(seed, series.problem, "start", repeat) for repeat in range(repeats)]
            planned += [(cost, series.part(horizon, one, number)) for number, one in enumerate(seeds)]
    planned.sort(key=lambda item: item[0])
    tables = TABLES[-1:] if budget == "quick" else TABLES
    optima = [Part(f"optimum of {dataset}", OPTIMUM, {"dataset": dataset}) for dataset in tables]
    return (*optima, *(part for _, part in planned))


def _series(budget: str) -> Iterator[tuple[Series, tuple[int, ...], int]]:
    """Yield each series with its horizons and the number of its seeds."""
    if budget == "quick":
        short = (64, 128, FITTED)
        for rule in ("sgd", "adamw"):
            yield Series(TEACHER, rule, noise=2.0, width=25), (*short, FOLLOWED), 2
        yield Series(TABLE, "adam", dataset=TABLES[-1]), short, 2
        yield Series(TEXT, "adamw"), short, 2
        return
    whole = budget == "paper"
    repeats = 10 if whole else 5
    for noise in (2.0, 1.0):
        for width in (25, 50, 100) if whole else (50,):
            for rule in ("sgd", "adamw"):
                for schedule in ("linear", "cosine", "wsd") if whole or noise == 2.0 else ("linear",):
                    yield Series(TEACHER, rule, schedule, noise, width), HORIZONS, repeats
    for width in WIDTHS:
        for rule in ("sgd", "adamw"):
            yield Series(SIZES, rule, noise=2.0, width=width), (512, 1024, 2048), repeats if whole else 3
    for dataset in TABLES:
        for rule in ("sgd", "adam"):
            yield Series(TABLE, rule, dataset=dataset), (*HORIZONS[:5], 5120, 40_960), 3
    for rule in ("sgd", "adamw"):
        yield Series(TEXT, rule), HORIZONS if whole else HORIZONS[:7], 3
