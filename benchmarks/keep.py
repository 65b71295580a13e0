"""results/references/relu.csv: the best objectives of the sweep and of the methods beside it, with their bounds."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from benchmarks import csvfile, everywhere, opponents
from cvxbench.data.load import load_table
from cvxbench.data.registry import load

OURS = "train_convex over all patterns"
COLUMNS = (
    "dataset", "sha256", "network", "lam", "objective", "lower_bound", "starts", "source", "version", "seconds",
)  # fmt: skip


def write(sweep: Path, raced: Path, path: Path) -> int:
    """Write one row per problem, and return how many; `starts` is 0 where the bound is proven.

    The objective is the lowest of anyone, by any search so far. The bound is what the judge of the newest one leaves,
    from the starts of both; of a proven one, the claim itself.
    """
    swept, others = csvfile.read(sweep, everywhere.Row), csvfile.read(raced, opponents.Row)
    rows = list(_rows(everywhere.newest(swept), swept, others))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


def _rows(
    problems: list[everywhere.Row], swept: list[everywhere.Row], raced: list[opponents.Row]
) -> Iterator[dict[str, object]]:
    hashes: dict[str, str] = {}
    for row in sorted(problems, key=lambda row: (row.dataset, row.lam)):
        if row.dataset not in hashes:
            hashes[row.dataset] = load_table(load().dataset(row.dataset)).sha256
        older = (one.objective for one in swept if (one.dataset, one.lam) == (row.dataset, row.lam))
        source, objective = OURS, min(older)
        for other in raced:
            same = other.dataset == row.dataset and math.isclose(other.lam, row.lam, rel_tol=1e-9)
            if same and other.objective < objective:
                ours = other.method == opponents.OURS
                source, objective = OURS if ours else f"{other.method}, {other.setting}", other.objective
        proven = row.bound == "proven"
        gap = row.gap if proven else max(row.gap, row.judged_gap)
        yield {
            "dataset": row.dataset,
            "sha256": hashes[row.dataset],
            "network": "relu",
            "lam": row.lam,
            "objective": objective,
            "lower_bound": max(row.objective * (1.0 - gap), 0.0),
            "starts": 0 if proven else row.starts + row.judged_starts,
            "source": source,
            "version": version("cvxbench"),
            "seconds": round(row.seconds, 2),
        }
