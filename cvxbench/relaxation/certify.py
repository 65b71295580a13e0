"""Certified decisions: each row's box is proven to hold one class, or an input of another class is found in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from cvxbench.errors import CvxbenchError
from cvxbench.relaxation.attack import attack
from cvxbench.relaxation.exact import exact_minimum
from cvxbench.relaxation.intervals import Bounds, interval_bounds
from cvxbench.relaxation.linear import linear_bounds
from cvxbench.relaxation.network import LayeredNetwork
from cvxbench.relaxation.program import OutputProgram

EXACT_SECONDS = 10.0
TOGETHER = 200  # rows that are bounded and attacked at once: what memory holds, for wide networks


class Verdict(Enum):
    """What is known of a row. The value is the sentence that reports print."""

    WRONG = "the network's class is not the row's own"
    COUNTEREXAMPLE = "an input of another class was found in the box"
    INTERVAL = "certified by interval arithmetic"
    LINEAR = "certified by linear bounds"
    UNIVARIATE = "certified by the program with univariate cuts"
    ENVELOPE = "certified by the program with envelope cuts"
    EXACT = "certified by the mixed-integer program"
    OPEN = "neither certified nor refuted"

    @property
    def certified(self) -> bool:
        """Whether every input of the box has the row's class."""
        return self in (Verdict.INTERVAL, Verdict.LINEAR, Verdict.UNIVARIATE, Verdict.ENVELOPE, Verdict.EXACT)


@dataclass(frozen=True)
class Certificate:
    """What is known of one row.

    Parameters
    ----------
    verdict : Verdict
    margin : float
        The least bound of its margins over the box by the last method asked; positive if certified. For wrong rows and
        counterexamples the margin at `point`.
    point : ndarray, shape (n,), or None
        An input of the box with another class; for a wrong row the row itself.
    """

    verdict: Verdict
    margin: float
    point: np.ndarray | None = None


def margins(network: LayeredNetwork, label: int) -> LayeredNetwork:
    """Return the network whose outputs are all positive exactly where the class is `label`, but for ties.

    One output: its sign, positive for class 1. Several: that of `label` minus each other one.
    """
    outputs = len(network.output.bias)
    if outputs == 1:
        return network.combined(np.array([[1.0 if label == 1 else -1.0]]))
    others = np.delete(np.eye(outputs), label, axis=0)
    return network.combined(np.eye(outputs)[label] - others)


def certify(
    network: LayeredNetwork,
    X: np.ndarray,
    labels: np.ndarray,
    epsilon: np.ndarray,
    *,
    seed: int = 0,
    exact_seconds: float = EXACT_SECONDS,
) -> list[Certificate]:
    """Decide for each row whether every input within `epsilon` of it has its class, by what is cheapest first.

    Intervals, linear bounds, an attack, the program with univariate and then with envelope cuts, and for ReLU networks
    the mixed-integer program.

    Parameters
    ----------
    network : LayeredNetwork
    X : ndarray, shape (B, n)
    labels : ndarray of int, shape (B,)
        The classes: 0 or 1 for a network of one output, else the number of the output.
    epsilon : ndarray, shape (n,)
        How far each input may move.
    seed : int
        Of the attack.
    exact_seconds : float
        What each mixed-integer program may take; a row has one for every margin.

    Raises
    ------
    CvxbenchError
        If X does not have the network's inputs, or a label is not one of its classes.
    """
    classes = max(2, len(network.output.bias))
    if X.shape[1] != network.inputs:
        raise CvxbenchError(f"the network has {network.inputs} inputs and the table {X.shape[1]} columns of features")
    if labels.min() < 0 or labels.max() >= classes:
        raise CvxbenchError(
            f"the network tells {classes} classes apart and the table has class number {labels.max() + 1}"
        )
    found: list[Certificate | None] = [None] * len(X)
    for label in np.unique(labels):
        of_label = np.flatnonzero(labels == label)
        network_of_label = margins(network, int(label))
        for start in range(0, len(of_label), TOGETHER):
            rows = of_label[start : start + TOGETHER]
            ended = _certify(network_of_label, X[rows], epsilon, seed, exact_seconds)
            for row, certificate in zip(rows, ended, strict=True):
                found[row] = certificate
    return [one for one in found if one is not None]


def _certify(
    network: LayeredNetwork, X: np.ndarray, epsilon: np.ndarray, seed: int, exact_seconds: float
) -> list[Certificate]:
    lower, upper = X - epsilon, X + epsilon
    here = network.predict(X).min(axis=1)
    interval = interval_bounds(network, lower, upper).output[0].min(axis=1)
    linear = linear_bounds(network, lower, upper)
    points, least = attack(network, lower, upper, seed=seed)
    certificates = []
    for row in range(len(X)):
        if here[row] <= 0.0:
            certificates.append(Certificate(Verdict.WRONG, here[row], X[row]))
        elif interval[row] > 0.0:
            certificates.append(Certificate(Verdict.INTERVAL, interval[row]))
        elif linear.output[0][row].min() > 0.0:
            certificates.append(Certificate(Verdict.LINEAR, linear.output[0][row].min()))
        elif least[row] <= 0.0:
            certificates.append(Certificate(Verdict.COUNTEREXAMPLE, least[row], points[row]))
        else:
            certificates.append(_by_programs(network, linear.of(row), exact_seconds))
    return certificates


def _by_programs(network: LayeredNetwork, bounds: Bounds, exact_seconds: float) -> Certificate:
    outputs = range(len(network.output.bias))
    program = OutputProgram(network, bounds)
    margin = min(program.lower_bound(output, "univariate", enough=0.0).value for output in outputs)
    if margin > 0.0:
        return Certificate(Verdict.UNIVARIATE, margin)
    margin = min(program.lower_bound(output, "envelope", enough=0.0).value for output in outputs)
    if margin > 0.0:
        return Certificate(Verdict.ENVELOPE, margin)
    if any(activation.name != "relu" for _, activation in network.hidden):
        return Certificate(Verdict.OPEN, margin)
    exact = [exact_minimum(network, bounds, output, exact_seconds) for output in outputs]
    worst = min(exact, key=lambda one: one.value)
    if worst.value <= 0.0:
        return Certificate(Verdict.COUNTEREXAMPLE, worst.value, worst.point)
    proven = min(one.lower_bound for one in exact)
    return Certificate(Verdict.EXACT if proven > 0.0 else Verdict.OPEN, max(proven, margin))
