"""Which convex program trains which network."""

from __future__ import annotations

import numpy as np

from cvxbench.convex.gated.program import GatedProgram
from cvxbench.convex.path import Program
from cvxbench.errors import CvxbenchError
from cvxbench.networks.patterns import Patterns


def program_of(network: str, X: np.ndarray, patterns: Patterns, memory: float) -> Program:
    """Return the program of a network on given patterns; its dense matrices may take `memory` bytes."""
    if network == "gated-relu":
        return GatedProgram.of(X, patterns, memory)
    raise CvxbenchError(f"network '{network}' has no program")
