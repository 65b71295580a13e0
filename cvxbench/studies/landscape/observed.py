"""What was seen along paths, at ends and of rates, as numbers that tables and plots share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cvxbench.bench.records import Part
from cvxbench.studies.landscape.path import RULES
from cvxbench.studies.landscape.plan import CONVERGENCE, ENDS, FOLLOW

NONE = 1e-6  # a violation below it, in parts of the objective, counts as none
Visit = Mapping[str, Any]


@dataclass(frozen=True)
class Path:
    """One opponent's path on one problem.

    Parameters
    ----------
    dataset, network, rule : str
    lam : float
    optimum : float
        Of the convex program.
    lipschitz, smoothness : float
        Largest change of the objective, and of the gradient, between neighbouring visits, in parts of their distance.
    visits : sequence of dict
        As `looked_along` returns them.
    """

    dataset: str
    network: str
    rule: str
    lam: float
    optimum: float
    lipschitz: float
    smoothness: float
    visits: Sequence[Visit]

    @property
    def gap(self) -> float:
        """The relative gap at its end to the optimum of the program."""
        return self.visits[-1]["objective"] / self.optimum - 1.0

    def before_end(self) -> Sequence[Visit]:
        """Return all visits but the last, which is the end itself."""
        return self.visits[:-1]

    def late(self) -> Sequence[Visit]:
        """Return the second half of the visits before the end."""
        before = self.before_end()
        return before[len(before) // 2 :]

    def violation(self, towards: str, visits: Sequence[Visit]) -> float:
        """Return the largest violation on segments `to_end` or `to_best`."""
        return max((visit[towards]["violation"] for visit in visits), default=0.0)

    def bend(self, towards: str, visit: Visit) -> float | None:
        """Return the weak-convexity modulus in parts of the largest curvature; None where that is not known."""
        largest = visit["largest"]
        return None if largest is None else visit[towards]["modulus"] / largest

    def negative(self, visit: Visit) -> float | None:
        """Return −λ_min/λ_max of the Hessian, 0 if none is negative; None where one is not known."""
        if visit["smallest"] is None or visit["largest"] is None:
            return None
        return max(0.0, -visit["smallest"]) / visit["largest"]


@dataclass(frozen=True)
class Ends:
    """Where one model of one width ended from many starts.

    Parameters
    ----------
    dataset, model : str
    width : int
    objectives : ndarray, shape (starts,)
    optimum : float
        Of the convex program; of ReLU the lowest that it or training at any width reached, if its time ran out.
    """

    dataset: str
    model: str
    width: int
    objectives: np.ndarray
    optimum: float

    @property
    def spread(self) -> float:
        """(highest − lowest)/lowest."""
        return float(self.objectives.max() / self.objectives.min() - 1.0)

    @property
    def gaps(self) -> np.ndarray:
        """Relative gaps to the optimum of the program, shape (starts,)."""
        return self.objectives / self.optimum - 1.0


@dataclass(frozen=True)
class Convergence:
    """How three methods closed the gap of one program: method → relative gaps, shape (iterations,)."""

    dataset: str
    lam: float
    gaps: Mapping[str, np.ndarray]


def paths(parts: Sequence[Part]) -> list[Path]:
    """Return the paths of all parts that have run."""
    found = []
    for part in _done(parts, FOLLOW):
        given, result = part.options, part.result or {}
        for rule in RULES:
            seen = result[rule]
            where = (given["dataset"], given["network"], rule, given["lam"])
            found.append(Path(*where, result["optimum"], seen["lipschitz"], seen["smoothness"], seen["visits"]))
    return found


def ends(parts: Sequence[Part]) -> list[Ends]:
    """Return the ends of all parts that have run."""
    found = []
    for part in _done(parts, ENDS):
        given, result = part.options, part.result or {}
        model, known = given["model"], result["optima"]
        if model == "relu":  # over all widths, so what any of them reached is a bound too
            known = [min(known + [min(each) for each in result["objectives"]])] * len(known)
        for width, objectives, optimum in zip(given["widths"], result["objectives"], known, strict=True):
            found.append(Ends(given["dataset"], model, width, np.array(objectives), optimum))
    return found


def convergences(parts: Sequence[Part]) -> list[Convergence]:
    """Return the gaps of all parts that have run."""
    return [
        Convergence(
            part.options["dataset"], part.options["lam"], {n: np.array(g) for n, g in part.result["gaps"].items()}
        )
        for part in _done(parts, CONVERGENCE)
        if part.result is not None
    ]


def _done(parts: Sequence[Part], function: str) -> list[Part]:
    return [part for part in parts if part.function == function and part.result is not None]
