"""An experiment: a fixed list of parts, each a function's call on a worker, and what is found in their results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Literal

from cvxbench.bench.records import Part, Plan
from cvxbench.errors import CvxbenchError
from cvxbench.studies import EXPERIMENTS
from cvxbench.studies.findings import Findings

TIME_LIMIT = 3600.0  # seconds of a part
MEMORY_LIMIT = 8.0  # GiB of a worker

BudgetName = Literal["quick", "standard", "paper"]


@dataclass(frozen=True)
class Experiment:
    """What a name of `EXPERIMENTS` stands for.

    Parameters
    ----------
    name, description : str
    parts : callable
        `parts(budget, seed)`: the whole plan, small parts first. "quick" is a smoke test, "standard" what the findings
        are stated for; a seed of None takes the published ones.
    findings : callable
        `findings(parts)`, of which some may not have run yet, or have failed.
    """

    name: str
    description: str
    parts: Callable[[BudgetName, int | None], Sequence[Part]]
    findings: Callable[[Sequence[Part]], Findings]


def get(name: str) -> Experiment:
    """Return the experiment of that name, a key of `EXPERIMENTS`."""
    module, _, attribute = EXPERIMENTS[name].partition(":")
    return getattr(import_module(module), attribute)


def plan(
    experiment: Experiment,
    budget: BudgetName = "standard",
    seed: int | None = None,
    time_limit: float | None = None,
    memory_limit: float | None = None,
    name: str | None = None,
) -> Plan:
    """Return all that a run of an experiment does.

    Parameters
    ----------
    experiment : Experiment
    budget : {"quick", "standard", "paper"}
    seed : int, optional
    time_limit, memory_limit : float, optional
        Seconds of one part, and GiB of one worker.
    name : str, optional
        Of the run; the experiment's if left out.

    Raises
    ------
    CvxbenchError
        If it has no parts.
    """
    parts = tuple(experiment.parts(budget, seed))
    if not parts:
        raise CvxbenchError(f"'{experiment.name}' has nothing to run by itself; it is {experiment.description}")
    planned = json.dumps([(part.key, part.function, part.options) for part in parts], sort_keys=True)
    record = {
        "name": name or experiment.name,
        "description": experiment.description,
        "experiment": experiment.name,
        "budget": {
            "name": budget,
            "time_limit": time_limit or TIME_LIMIT,
            "memory_limit": memory_limit or MEMORY_LIMIT,
        },
        "seed": seed,
        "plan": hashlib.sha256(planned.encode()).hexdigest()[:12],
    }
    return Plan(record, parts=parts)
