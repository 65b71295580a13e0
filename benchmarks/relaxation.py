"""The time of envelopes, cuts and the ReLU hull by the number of inputs: `python -m benchmarks.relaxation`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from benchmarks.csvfile import append
from benchmarks.threads import one_thread
from cvxbench.relaxation.activations import ACTIVATIONS
from cvxbench.relaxation.envelope import Neurons, concave_envelope
from cvxbench.relaxation.relu_hull import relu_hull
from cvxbench.relaxation.separation import separate

FILE = Path(__file__).with_name("relaxation.csv")
INPUTS = (2, 5, 10, 20, 50, 100, 200, 500, 1000)
POINTS = 1000
REPEATS = 5


@dataclass(frozen=True)
class Timing:
    """Milliseconds for a batch of 1000 neurons, each at a point of its own; the least of five."""

    activation: str
    inputs: int
    envelope: float
    cut: float
    hull: float


def instance(name: str, inputs: int) -> tuple[Neurons, np.ndarray, np.ndarray]:
    """Return covered neurons on [−1, 1]ⁿ with ‖w‖₁ = 2, points, and values of which some are outside the hull."""
    rng = np.random.default_rng(inputs)
    weights = rng.normal(size=(4 * POINTS, inputs))
    weights *= 2.0 / np.abs(weights).sum(axis=1, keepdims=True)
    box = np.ones_like(weights)
    drawn = Neurons(ACTIVATIONS[name], weights, rng.uniform(-1.0, 1.0, size=4 * POINTS), -box, box)
    kept = np.flatnonzero(drawn.covered())[:POINTS]
    neurons = Neurons(drawn.activation, weights[kept], drawn.bias[kept], -box[kept], box[kept])
    return neurons, rng.uniform(-1.0, 1.0, size=(POINTS, inputs)), rng.uniform(-1.0, 1.0, size=POINTS)


def milliseconds(call: Callable[[], object]) -> float:
    """Return the processor time of a call, the least of several."""
    found = []
    for _ in range(REPEATS):
        since = time.process_time()
        call()
        found.append(time.process_time() - since)
    return 1e3 * min(found)


def measure(name: str, inputs: int) -> Timing:
    """Time one envelope, the most violated cut, and for ReLU the hull's greedy inequality."""
    neurons, points, values = instance(name, inputs)
    if len(neurons.weights) < POINTS:
        raise RuntimeError(f"only {len(neurons.weights)} of {POINTS} neurons with {inputs} inputs are covered")
    given = neurons.weights, neurons.bias, neurons.lower, neurons.upper, points
    return Timing(
        name,
        inputs,
        milliseconds(lambda: concave_envelope(neurons, points)),
        milliseconds(lambda: separate(neurons, points, values)),
        milliseconds(lambda: relu_hull(*given)) if name == "relu" else float("nan"),
    )


@click.command()
def main() -> None:
    """Append a row for every activation and number of inputs to benchmarks/relaxation.csv, on one thread."""
    with one_thread():
        for name in ACTIVATIONS:
            for inputs in INPUTS:
                timing = measure(name, inputs)
                append(FILE, [timing], digits=4)
                click.echo(f"{name}, {inputs} inputs: envelope {timing.envelope:.2f} ms, cut {timing.cut:.2f} ms")


if __name__ == "__main__":
    main()
