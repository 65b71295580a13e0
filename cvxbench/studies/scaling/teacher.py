"""One-pass training on a teacher's noisy answers: noise-limited, with a population loss and a floor that are exact."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cvxbench.networks.relu import ReLUNetwork
from cvxbench.networks.separable import Separable
from cvxbench.nonconvex.trainer import Data, Recipe, Run, train
from cvxbench.studies.scaling.recipes import RULES, SCHEDULES

BATCH = 16  # rows a step
COLUMNS, NEURONS, DECAY = 25, 8, 0.75
POINTS = 60  # of a curve


@dataclass(frozen=True)
class Teacher:
    """y = f(x) + noise·N(0, 1), with f a ReLU network of unit variance and x_k of standard deviation k^−decay.

    Parameters
    ----------
    network : ReLUNetwork
        d inputs.
    deviations : ndarray, shape (d,)
        Of the independent Gaussian features.
    noise : float
        Standard deviation of the answers.
    """

    network: ReLUNetwork
    deviations: np.ndarray
    noise: float

    @classmethod
    def drawn(cls, noise: float, columns: int = COLUMNS, neurons: int = NEURONS, decay: float = DECAY) -> Teacher:
        """Draw the teacher that all runs have: Gaussian weights, scaled to unit variance of f."""
        generator = np.random.default_rng(0)
        deviations = np.arange(1, columns + 1) ** -decay
        hidden, output = generator.standard_normal((columns, neurons)), generator.standard_normal(neurons)
        second = output @ _products(hidden * deviations[:, None]) @ output
        mean = output @ np.linalg.norm(hidden * deviations[:, None], axis=0) / math.sqrt(2.0 * math.pi)
        return cls(ReLUNetwork(hidden, output / math.sqrt(second - mean**2)), deviations, noise)

    @property
    def floor(self) -> float:
        """The loss ½E(f(x) − y)² that no network is below: noise²/2."""
        return 0.5 * self.noise**2

    def sample(self, n: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return X, shape (n, d), and y, shape (n,), in float32."""
        X = generator.standard_normal((n, len(self.deviations)), dtype=np.float32) * self.deviations.astype(np.float32)
        noise = np.float32(self.noise) * generator.standard_normal(n, dtype=np.float32)
        return X, self.network.predict(X).astype(np.float32) + noise

    def excess(self, network: ReLUNetwork) -> float:
        """Return the population loss of a network above the floor, ½E(f(x) − f_network(x))², in closed form.

        E(u'x)₊(v'x)₊ for Gaussian x is the first arc-cosine kernel (Cho and Saul 2009). Infinite if a weight is not
        finite.
        """
        hidden = np.hstack([self.network.hidden, network.hidden]) * self.deviations[:, None]
        output = np.concatenate([self.network.output, -network.output])
        if not (np.isfinite(hidden).all() and np.isfinite(output).all()):
            return math.inf
        with np.errstate(over="ignore", invalid="ignore"):
            value = float(0.5 * output @ _products(hidden) @ output)
        return max(value, 0.0) if math.isfinite(value) else math.inf


def _products(hidden: np.ndarray) -> np.ndarray:
    """Return E(u'z)₊(v'z)₊ of all pairs of columns for z ~ N(0, I), shape (m, m)."""
    norms = np.linalg.norm(hidden, axis=0)
    scale = np.outer(norms, norms)
    cosine = np.clip(np.divide(hidden.T @ hidden, scale, out=np.zeros_like(scale), where=scale > 0.0), -1.0, 1.0)
    angle = np.arccos(cosine)
    return scale * (np.sqrt(1.0 - cosine**2) + (math.pi - angle) * cosine) / (2.0 * math.pi)


class _Curves:
    """The audience that follows the excess of every run, or looks away, and ends what has diverged."""

    def __init__(self, teacher: Teacher, horizon: int, runs: int, follow: bool) -> None:
        self._teacher = teacher
        points = np.geomspace(1, horizon, POINTS if follow else 8).round().astype(int).tolist()
        self._due = set(points)
        self.curves: list[list[tuple[int, float]]] = [[] for _ in range(runs)]

    def due(self, iteration: int) -> bool:
        return iteration in self._due

    def see(self, iteration: int, networks: Mapping[int, Separable]) -> list[int]:
        ended = []
        for run, network in networks.items():
            (part,) = network.parts
            assert isinstance(part, ReLUNetwork)
            self.curves[run].append((iteration, self._teacher.excess(part)))
            if not self.curves[run][-1][1] <= self.curves[run][0][1] * 10.0:
                ended.append(run)
        return ended


def train_teacher(
    rule: str,
    schedule: str,
    width: int,
    noise: float,
    horizon: int,
    steps: Sequence[float],
    seed: int,
    curves: bool = False,
) -> dict[str, Any]:
    """Train one student for each step size on the same `BATCH`·`horizon` fresh rows, each row once.

    Parameters
    ----------
    rule, schedule : str
        Keys of `RULES` and `SCHEDULES`.
    width : int
        Neurons of the student.
    noise : float
    horizon : int
        Steps taken, T.
    steps : sequence of float
        Peak step sizes.
    seed : int
        Of rows, start and order.
    curves : bool
        Whether to keep the excess along each run.

    Returns
    -------
    dict
        `losses`: ½E(f(x) − y)² at the end by step size, None where it diverged. `floor`: the lowest there is.
        `parameters`. `curves`, if asked for: pairs (t, excess) by step size.
    """
    teacher = Teacher.drawn(noise)
    X, y = teacher.sample(BATCH * horizon, np.random.default_rng(seed))
    runs = [Run(step, seed, 0.0) for step in steps]
    eyes = _Curves(teacher, horizon, len(runs), curves)
    train(Data(X, y[:, None], width), runs, Recipe(RULES[rule], SCHEDULES[schedule], 1, batches=horizon), eyes)
    losses = [
        teacher.floor + curve[-1][1] if curve[-1][0] == horizon and curve[-1][1] <= curve[0][1] else None
        for curve in eyes.curves
    ]
    kept = {"curves": [[p for p in curve if math.isfinite(p[1])] for curve in eyes.curves]} if curves else {}
    return {"losses": losses, "floor": teacher.floor, "parameters": width * (COLUMNS + 1)} | kept
