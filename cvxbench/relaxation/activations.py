"""Activations with their derivative and their shape: where they are convex, where concave, where they turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import erf, expit

from cvxbench.errors import CvxbenchError

Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Activation:
    """A function σ of one number whose curvature changes its sign at known places.

    Parameters
    ----------
    name : str
    value, slope : callable
        σ and a derivative of it, elementwise; at a kink, any number between the two one-sided slopes.
    convex_first : bool
        Whether σ is convex left of its first inflection; without inflections, everywhere.
    inflections : tuple of float
        Ascending; σ is convex and concave by turns between them.
    turns : tuple of float
        Where σ changes between falling and rising.
    """

    name: str
    value: Function
    slope: Function
    convex_first: bool
    inflections: tuple[float, ...] = ()
    turns: tuple[float, ...] = ()

    def range(self, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the least and the greatest value of σ on the intervals [lower, upper], of any shape."""
        ends = [self.value(lower), self.value(upper)]
        ends += [self.value(np.clip(turn, lower, upper)) for turn in self.turns]
        return np.minimum.reduce(ends), np.maximum.reduce(ends)


def leaky_relu(slope: float = 0.01) -> Activation:
    """Return max(0, z) + slope·min(0, z), convex for a slope of at most 1.

    Raises
    ------
    CvxbenchError
        If the slope is larger than 1.
    """
    if not slope <= 1.0:
        raise CvxbenchError(f"leaky ReLU with a negative slope of {slope:g} is not convex; the largest slope is 1")
    return Activation(
        "leaky-relu",
        value=lambda z: np.where(z > 0.0, z, slope * z),
        slope=lambda z: np.where(z > 0.0, 1.0, slope),
        convex_first=True,
        turns=(0.0,) if slope < 0.0 else (),
    )


def elu(alpha: float = 1.0) -> Activation:
    """Return z for z > 0 and alpha·(exp(z) − 1) below, convex for alpha between 0 and 1.

    Raises
    ------
    CvxbenchError
        If alpha is outside [0, 1].
    """
    if not 0.0 <= alpha <= 1.0:
        raise CvxbenchError(f"ELU with alpha {alpha:g} is not convex; alpha must be between 0 and 1")
    return Activation(
        "elu",
        value=lambda z: np.where(z > 0.0, z, alpha * np.expm1(np.minimum(z, 0.0))),
        slope=lambda z: np.where(z > 0.0, 1.0, alpha * np.exp(np.minimum(z, 0.0))),
        convex_first=True,
    )


def softplus(beta: float = 1.0) -> Activation:
    """Return log(1 + exp(beta·z))/beta.

    Raises
    ------
    CvxbenchError
        If beta is not positive.
    """
    if not beta > 0.0:
        raise CvxbenchError(f"softplus with beta {beta:g} is not defined; beta must be above 0")
    return Activation(
        "softplus",
        value=lambda z: np.logaddexp(0.0, beta * z) / beta,
        slope=lambda z: expit(beta * z),
        convex_first=True,
    )


def _s_shaped(name: str, value: Function, slope: Function) -> Activation:
    return Activation(name, value, slope, convex_first=True, inflections=(0.0,))


def _bell_curved(name: str, value: Function, slope: Function, inflection: float, turn: float) -> Activation:
    return Activation(name, value, slope, convex_first=False, inflections=(-inflection, inflection), turns=(turn,))


def _normal_density(z: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)


def _normal_distribution(z: np.ndarray) -> np.ndarray:
    return 0.5 * (1.0 + erf(z / np.sqrt(2.0)))


RELU = Activation("relu", lambda z: np.maximum(z, 0.0), lambda z: np.where(z > 0.0, 1.0, 0.0), convex_first=True)
SIGMOID = _s_shaped("sigmoid", expit, lambda z: expit(z) * expit(-z))
TANH = _s_shaped("tanh", np.tanh, lambda z: 4.0 * expit(2.0 * z) * expit(-2.0 * z))
SOFTSIGN = _s_shaped("softsign", lambda z: z / (1.0 + np.abs(z)), lambda z: (1.0 + np.abs(z)) ** -2)
ARCTAN = _s_shaped("arctan", np.arctan, lambda z: 1.0 / (1.0 + z**2))
# Neither is S-shaped on the whole line. SiLU has its inflection where z·tanh(z/2) = 2, its turn where z = −1 − exp(z).
SILU = _bell_curved(
    "silu",
    lambda z: z * expit(z),
    lambda z: expit(z) * (1.0 + z * expit(-z)),
    inflection=2.399357280520548,
    turn=-1.2784645427610737,
)
GELU = _bell_curved(
    "gelu",
    lambda z: z * _normal_distribution(z),
    lambda z: _normal_distribution(z) + z * _normal_density(z),
    inflection=float(np.sqrt(2.0)),
    turn=-0.7517915246935645,
)

ACTIVATIONS = {
    one.name: one for one in (RELU, leaky_relu(), elu(), softplus(), SIGMOID, TANH, SOFTSIGN, ARCTAN, SILU, GELU)
}
