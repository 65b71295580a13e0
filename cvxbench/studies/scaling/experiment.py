"""The experiment `scaling-law`."""

from __future__ import annotations

from cvxbench.studies.experiment import Experiment
from cvxbench.studies.scaling.findings import findings
from cvxbench.studies.scaling.plan import parts

EXPERIMENT = Experiment(
    name="scaling-law",
    description="Loss and best step size against horizon and size: 1/√T laws, fitted short and held against long runs.",
    parts=parts,
    findings=findings,
)
