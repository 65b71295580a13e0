"""An experiment: a fixed list of parts, each a function's call on a worker, and what is found in their results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Literal

from cvxbench.bench.records import Part, Plan
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
    time_limit: float = TIME_LIMIT,
    memory_limit: float = MEMORY_LIMIT,
) -> Plan:
    """Return all that a run of an experiment does.

    Parameters
    ----------
    experiment : Experiment
    budget : {"quick", "standard", "paper"}
    seed : int, optional
    time_limit : float
        Seconds of one part.
    memory_limit : float
        GiB of one worker.
    """
    parts = tuple(experiment.parts(budget, seed))
    planned = json.dumps([(part.key, part.function, part.options) for part in parts], sort_keys=True)
    record = {
        "name": experiment.name,
        "description": experiment.description,
        "experiment": experiment.name,
        "budget": {"name": budget, "time_limit": time_limit, "memory_limit": memory_limit},
        "seed": seed,
        "plan": hashlib.sha256(planned.encode()).hexdigest()[:12],
    }
    return Plan(record, parts=parts)
