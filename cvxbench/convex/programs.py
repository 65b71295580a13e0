"""Which convex program trains which network."""

from __future__ import annotations

import numpy as np

from cvxbench.convex.cones.program import ConeProgram
from cvxbench.convex.gated.program import GatedProgram
from cvxbench.convex.path import Program
from cvxbench.networks.patterns import Patterns

PROGRAMS = {"gated-relu": GatedProgram, "relu": ConeProgram}


def program_of(network: str, X: np.ndarray, patterns: Patterns, memory: float) -> Program:
    """Return the program of a network on given patterns; its dense matrices may take `memory` bytes."""
    return PROGRAMS[network].of(X, patterns, memory)
