"""What is proven of the longest feature, and how the search for it ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np


class Ending(Enum):
    """Why the search stopped. The value is the sentence that reports print."""

    EXACT = "every cell was walked; the bound is the maximum up to rounding"
    TARGET = "the bound is at most the target"
    TOLERANCE = "the bound is within the tolerance of a feature that was found"
    TIME = "time was up; the bound so far is proven, and a longer time limit improves it"
    NODES = "the cones were used up; the bound so far is proven, and a larger node limit improves it"
    RANK = "the rank is too large for a search; the bound is that of the singular values"


@dataclass(frozen=True)
class Longest:
    """An upper bound of |p'u| + |e(u)| on the unit ball of the row space, and a direction that attains nearly as much.

    Parameters
    ----------
    upper : float
        Proven: rounding is in it.
    direction : ndarray, shape (k,)
    nodes : int
        Arcs walked, or cones bounded.
    ending : Ending
    """

    upper: float
    direction: np.ndarray
    nodes: int
    ending: Ending


@dataclass(frozen=True)
class Proof:
    """lower ≤ max over ‖u‖ ≤ 1 and s = ±1 of s·r'(Xu)₊/n ≤ upper.

    Parameters
    ----------
    upper : float
        Proven: a theorem stands behind it, and rounding in float64 is allowed for.
    lower : float
        sign·r'(X direction)₊/n.
    direction : ndarray, shape (d,)
        Of unit length, or zero if every feature is.
    sign : float
        +1 or −1.
    nodes : int
        Arcs walked, or cones bounded.
    seconds : float
        Wall time.
    ending : Ending
    """

    upper: float
    lower: float
    direction: np.ndarray
    sign: float
    nodes: int
    seconds: float
    ending: Ending
