"""What the published ReLU studies of a whole suite would cost: `python -m benchmarks.study_cost`.

A batched step costs something by itself, and something for each seed, product and entry of a hidden layer in it. The
four prices are fitted to what a run of the published studies on every fourth table took (`uci_quarter.csv`), and judged
on tables left out of the fit.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import click
import numpy as np
from scipy.optimize import nnls

from cvxbench.bench.suite import LAMBDAS
from cvxbench.bench.suite import load as load_suite
from cvxbench.data.registry import load
from cvxbench.nonconvex.study import PAPER

QUARTER = Path(__file__).parent / "uci_quarter.csv"  # the report of the run
RAW = Path(__file__).parent / "study_cost.csv"
BATCHES = 10
STUDY, ALONE = (len(PAPER.steps), len(PAPER.seeds)), (1, 1)
MEMORY = 2.0**22  # bytes of one batch, as in Recipe
NUMBER = 4  # bytes of float32
NARROW = 50  # neurons
WIDTHS = (196, 107, 63, NARROW, NARROW, NARROW)  # by lambda: medians of relu-opponents.csv


@dataclass(frozen=True)
class Shape:
    """A study: n training rows, d columns, k outputs of m neurons; settings × seeds."""

    dataset: str
    n: int
    d: int
    k: int
    m: int
    settings: int
    seeds: int


@dataclass(frozen=True)
class Predicted:
    """The seconds of one thread that a table's published studies of both opponents are predicted to take.

    The winner and the default setting are trained again, alone, as in a run.

    Parameters
    ----------
    dataset : str
    n, d, outputs : int
        Training rows.
    narrow, wide : float
        At all six lambdas, with 50 neurons, and with the widths that smaller lambdas had elsewhere.
    """

    dataset: str
    n: int
    d: int
    outputs: int
    narrow: float
    wide: float


def prices(shape: Shape) -> np.ndarray:
    """Return how often each of the four prices is paid in a study."""
    rows = -(-shape.n // BATCHES)
    steps = PAPER.epochs * -(-shape.n // rows)
    run = NUMBER * shape.k * shape.m * (rows + 5 * (shape.d + 1))  # bytes, as the trainer counts
    at_once = max(1, int(MEMORY // run))
    parts = -(-shape.settings // at_once)
    batches = parts * -(-shape.seeds // max(1, at_once // shape.settings))
    entries = shape.settings * shape.seeds * shape.k * rows * shape.m
    return steps * np.array([batches, parts * shape.seeds, entries * shape.d, entries], dtype=float)


def tables() -> dict[str, tuple[int, int, int]]:
    """Return training rows, columns and outputs of every table of `uci`."""
    found = {}
    for dataset in load_suite("uci", load()).datasets:
        n = int(dataset.n or 0)
        k = int(dataset.classes or 1) if dataset.task == "multiclass" else 1
        found[dataset.name] = n - n // 5, int(dataset.d or 0), k
    return found


def measured() -> list[tuple[Shape, float]]:
    """Return the studies of the run, and the winners that it trained again alone, with their seconds."""
    found, shapes = [], tables()
    with QUARTER.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            shape = Shape(row["dataset"], *shapes[row["dataset"]], NARROW, *STUDY)
            found.append((shape, float(row["study_seconds"])))
            found.append((replace(shape, settings=ALONE[0], seeds=ALONE[1]), float(row["seconds"])))
    return found


def fit(times: Sequence[tuple[Shape, float]]) -> np.ndarray:
    """Return the prices, in seconds, that are nearest to the times in relative terms."""
    relative = np.array([prices(shape) / seconds for shape, seconds in times])
    scale = relative.max(axis=0)
    return nnls(relative / scale, np.ones(len(times)))[0] / scale


def left_out(times: Sequence[tuple[Shape, float]]) -> dict[str, float]:
    """Return for each table predicted over measured time of all its studies, by a fit to the other tables."""
    found = {}
    for dataset in dict.fromkeys(shape.dataset for shape, _ in times):
        price = fit([pair for pair in times if pair[0].dataset != dataset])
        ratios = [math.log(prices(shape) @ price / seconds) for shape, seconds in times if shape.dataset == dataset]
        found[dataset] = math.exp(sum(ratios) / len(ratios))
    return found


def predicted(price: np.ndarray) -> list[Predicted]:
    """Predict every table of `uci`."""
    found = []
    for name, (n, d, k) in tables().items():

        def seconds(widths: Sequence[int], n: int = n, d: int = d, k: int = k) -> float:
            shapes = [Shape("", n, d, k, m, *grid) for m in widths for grid in (STUDY, ALONE, ALONE)]
            return float(2 * sum(prices(shape) @ price for shape in shapes))  # SGD and Adam

        found.append(Predicted(name, n, d, k, seconds([NARROW] * len(LAMBDAS)), seconds(WIDTHS)))
    return sorted(found, key=lambda row: row.wide)


@click.command()
def main() -> None:
    """Fit the prices, say how far they are off on tables left out, and write what `uci` would take."""
    times = measured()
    errors = left_out(times)
    off = sorted(abs(math.log(ratio)) for ratio in errors.values())
    total = math.exp(sum(map(math.log, errors.values())) / len(errors))
    price = fit(times)
    click.echo(f"{len(times)} studies of {len(errors)} tables; prices {', '.join(f'{one:.2g}' for one in price)} s")
    click.echo(
        f"left out: off by a factor of {math.exp(off[len(off) // 2]):.2f} at the median and {math.exp(off[-1]):.2f} "
        f"at most; the geometric mean of predicted/measured is {total:.2f}"
    )
    rows = predicted(price)
    with RAW.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Predicted)], lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow(
                {name: f"{value:.4g}" if isinstance(value, float) else value for name, value in asdict(row).items()}
            )
    for name in ("narrow", "wide"):
        hours = sum(getattr(row, name) for row in rows) / 3600
        largest = sum(getattr(row, name) for row in rows[-5:]) / 3600
        click.echo(
            f"{name}: {hours:.1f} h of one thread for {len(rows)} tables, {largest:.1f} h of it for five of them"
        )


if __name__ == "__main__":
    main()
