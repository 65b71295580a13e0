"""How the cost of our engine grows with one size of the program while the others stay."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import numpy as np

import cvxbench

TOL = 1e-6
SHARE = 30.0  # lambda is lambda_max over this
TEACHERS = 8  # gated neurons that made an output
SEEDS = 3


@dataclass(frozen=True)
class Size:
    """Rows, features, gates and outputs of a synthetic problem."""

    n: int = 1000
    d: int = 20
    P: int = 500
    k: int = 1


@dataclass(frozen=True)
class Point:
    """One measured solve; `seconds` is processor time."""

    axis: str
    n: int
    d: int
    P: int
    k: int
    seed: int
    seconds: float
    wall_seconds: float
    relative_gap: float


AXES: dict[str, tuple[int, ...]] = {
    "n": (250, 500, 1000, 2000, 4000, 8000),
    "d": (5, 10, 20, 40, 80, 160),
    "P": (125, 250, 500, 1000, 2000, 4000, 8000),
    "k": (1, 2, 4, 8, 16),
}


def measure(path: Path, say: Callable[[str], None]) -> None:
    """Time every size and append each solve to the CSV file `path`; what that has already is not solved again."""
    done = {(point.axis, point.n, point.d, point.P, point.k, point.seed) for point in read(path)}
    _solve(Size(n=40, d=3, P=8), 0)
    for axis, values in AXES.items():
        for value in values:
            for seed in range(SEEDS):
                size = replace(Size(), **{axis: value})
                if (axis, size.n, size.d, size.P, size.k, seed) not in done:
                    seconds, wall, gap = _solve(size, seed)
                    _append(path, Point(axis, size.n, size.d, size.P, size.k, seed, seconds, wall, gap))
                    say(f"{axis} = {value}, seed {seed}: {seconds:.3f} s, gap {gap:.1e}")


def read(path: Path) -> list[Point]:
    """Return the points of a file; none if there is no file."""
    if not path.exists():
        return []
    kinds = {"int": int, "float": float, "str": str}
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    return [
        Point(**{field.name: kinds[str(field.type)](line[field.name]) for field in fields(Point)}) for line in lines
    ]


def medians(points: list[Point], axis: str) -> dict[int, float]:
    """Return the median seconds for each value on an axis."""
    values = sorted({getattr(point, axis) for point in points if point.axis == axis})
    return {
        value: float(np.median([p.seconds for p in points if p.axis == axis and getattr(p, axis) == value]))
        for value in values
    }


def exponent(curve: dict[int, float]) -> float:
    """Return the slope of log seconds against log size, by least squares."""
    sizes, seconds = np.log(list(curve)), np.log(list(curve.values()))
    return float(np.polyfit(sizes, seconds, 1)[0])


def _solve(size: Size, seed: int) -> tuple[float, float, float]:
    X, Y, gates, lam = _synthetic(size, seed)
    seconds, wall = time.process_time(), time.perf_counter()
    solution = cvxbench.train_convex(X, Y, network="gated-relu", lam=lam, gates=gates, tol=TOL)
    return time.process_time() - seconds, time.perf_counter() - wall, solution.relative_gap


def _synthetic(size: Size, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Gaussian X with unit-norm columns; each output is made by gated neurons of its own, plus noise of equal power."""
    rng = np.random.default_rng([seed, size.n, size.d, size.P])
    X = rng.standard_normal((size.n, size.d))
    X /= np.linalg.norm(X, axis=0)
    gates = rng.standard_normal((size.d, size.P))
    outputs = []
    for _ in range(size.k):
        inner, teachers = rng.standard_normal((2, size.d, TEACHERS))
        signal = ((X @ teachers >= 0) * (X @ inner)).sum(1)
        outputs.append(signal / signal.std() + rng.standard_normal(size.n))
    Y = np.column_stack(outputs)
    pulls = X.T @ ((X @ gates >= 0)[:, :, None] * Y[:, None, :]).reshape(size.n, -1)
    lam = float(np.linalg.norm(pulls, axis=0).max()) / size.n / SHARE
    return X, Y if size.k > 1 else Y[:, 0], gates, lam


def _append(path: Path, point: Point) -> None:
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Point)], lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow({key: f"{v:.6g}" if isinstance(v, float) else v for key, v in asdict(point).items()})
