"""The experiment `landscape`."""

from __future__ import annotations

from cvxbench.studies.experiment import Experiment
from cvxbench.studies.landscape.findings import findings
from cvxbench.studies.landscape.plan import parts

EXPERIMENT = Experiment(
    name="landscape",
    description="Convexity along the paths of SGD and Adam, where training ends, and how fast the program is solved.",
    parts=parts,
    findings=findings,
)
