"""Runs made by hand, small enough that their numbers can be counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from cvxbench.bench.records import Plan, Planned, TableInfo, Verdict, Yardstick
from cvxbench.bench.store import Store

BUDGET = {
    "name": "quick",
    "gates": {"gated-relu": 100, "relu": 50},
    "work": 1e9,
    "iterations": {"rfista": 100},
    "epochs": 100,
    "schedule": "stepwise",
    "steps": [0.1, 1.0],
    "repeats": 1,
    "conic_size": 1e5,
    "global_size": 1e9,
    "yardstick_rows": 300,
    "yardstick_every": 2,
    "time_limit": 60.0,
    "memory_limit": 2.0,
}
SESSION = {"version": "0.1.0", "commit": "abc+dirty", "packages": {}, "blas": [], "cpu": "x", "threads": 2, "jobs": 1}


def table(name: str, task: str = "binary", null: float = 0.5, sha256: str = "00" * 32) -> TableInfo:
    return TableInfo(name, task, "real", 100, 80, 5, 1, null, sha256, "nowhere")


def scored(*values: float, test: float = 0.8, **more) -> Verdict:
    """An attempt with one iterate a second, at these objectives; the first objective of all is 1."""
    return Verdict(
        **{
            "status": "budget-reached",
            "detail": "100 epochs",
            "objective": values[-1],
            "best": min(values),
            "first": 1.0,
            "worst": max(values),
            "test_score": test,
            "seconds": float(len(values)),
            "trace": [(i, float(i), value) for i, value in enumerate(values, 1)],
            **more,
        }
    )


CRASHED = Verdict("crashed", "ValueError: [bold]no")
DIVERGED = scored(1.0, 20.0, status="diverged", detail="objective 20 at iteration 2, 1 at first")


class Runs:
    """Writes a run from {(dataset, lam): {(method, step or None): verdict or None}}, all on one network."""

    scored = staticmethod(scored)
    table = staticmethod(table)
    CRASHED = CRASHED
    DIVERGED = DIVERGED

    def __init__(self, folder: Path) -> None:
        self._root = folder
        self._count = 0

    def __call__(
        self,
        grid: dict,
        tables: list[TableInfo] | None = None,
        sessions: list | None = None,
        yardsticks: list[Yardstick] | None = None,
    ) -> Path:
        self._count += 1
        folder = self._root / f"run{self._count}"
        folder.mkdir()
        plan, verdicts = [], {}
        for (dataset, lam), attempts in grid.items():
            for (method, step), verdict in attempts.items():
                options = {} if step is None else {"step": step}
                default = step is None or step == 0.1
                if verdict is not None:
                    verdicts[len(plan)] = verdict
                plan.append(Planned(dataset, "gated-relu", lam, method, step is None, options, default, 0))
        suite = {
            "name": "tiny",
            "description": "made by hand",
            "networks": {"gated-relu": ["rfista", "sgd"]},
            "lambdas": sorted({lam for _, lam in grid}),
            "tolerances": [1.0, 0.5, 0.1],
            "budget": BUDGET,
            "seed": None,
            "bias": False,
            "centre": False,
        }
        with Store(folder, create=True) as store:
            store.write_plan({"sessions": sessions or [SESSION]}, Plan(suite, plan, yardsticks or []))
            for info in tables if tables is not None else [table(name) for name in dict.fromkeys(n for n, _ in grid)]:
                store.add_table(info)
            store.finish(verdicts)
        return folder


@pytest.fixture
def runs(tmp_path) -> Runs:
    return Runs(tmp_path)


@pytest.fixture
def run(runs) -> Path:
    """Five problems: sgd ties, is near with its default, nears only when tuned, crashes, and has not all run."""
    convex = scored(0.9, 0.3, 0.1, status="converged", detail="gap closed", lower_bound=0.0999)
    return runs(
        {
            ("a|b", 0.01): {("rfista", None): convex, ("sgd", 0.1): scored(0.5, 0.1), ("sgd", 1.0): DIVERGED},
            ("a|b", 0.1): {("rfista", None): convex, ("sgd", 0.1): scored(0.5, 0.13), ("sgd", 1.0): scored(0.2)},
            ("[red]x", 0.01): {("rfista", None): convex, ("sgd", 0.1): DIVERGED, ("sgd", 1.0): scored(0.5, 0.105)},
            ("[red]x", 0.1): {("rfista", None): convex, ("sgd", 0.1): CRASHED, ("sgd", 1.0): CRASHED},
            ("house", 0.01): {
                ("rfista", None): scored(0.5, 0.4, test=2.0, contended=True),
                ("sgd", 0.1): scored(1.0, 0.3, test=1.5),
                ("sgd", 1.0): None,
            },
            ("house", 0.1): {("rfista", None): None, ("sgd", 0.1): None, ("sgd", 1.0): None},
        },
        [table("a|b"), table("[red]x"), table("house", task="regression", null=0.3)],
    )
