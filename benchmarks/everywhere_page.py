"""relu.md, written from the CSV files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks import csvfile, everywhere, opponents

HEAD = """# Training over all activation patterns

Written by `python -m benchmarks.relu table` from `relu.csv` and `relu-opponents.csv`; do not edit.

    python -m benchmarks.relu sweep        # hours on one core; run again, it resumes
    python -m benchmarks.relu opponents
    python -m benchmarks.relu references    # results/references/relu.csv, what reports measure gaps against
    python -m benchmarks.relu table

One thread; seconds are the processor's, on a machine with other work on it, which lengthens them. Tables are the
training rows of the binary and regression tables of `uci`, prepared as in every run. The rows of λ ≥ 0.0025 and those
beside Adam and SGD were made, and judged, with the search before the present one (docs/relu.md, False certificates).
"""


def write(sweep: Path, studies: Path, page: Path) -> None:
    """Write the page."""
    rows, compared = csvfile.read(sweep, everywhere.Row), csvfile.read(studies, opponents.Row)
    page.write_text("\n".join([HEAD, *_claims(rows), *_opponents(compared)]) + "\n", encoding="utf-8")


def _claims(rows: Sequence[everywhere.Row]) -> list[str]:
    lines = [
        "## Claims, and a harder search",
        "",
        "*Within* counts problems whose gap, by the harder search, is at most the target. *False* are claims that it",
        "exceeded twofold.",
        "",
        "| λ | problems | target | within | proven | median s | longest s | false |",
        "|---|---|---|---|---|---|---|---|",
    ]
    missed, false = [], []
    for lam in sorted({row.lam for row in rows}, reverse=True):
        here = [row for row in rows if row.lam == lam]
        target = min(everywhere.TOLERANCES.items(), key=lambda item: abs(np.log(item[0] / lam)))[1]
        within = [row for row in here if max(row.judged_gap, row.gap) <= target]
        wrong = [row for row in here if row.judged_gap > 2.0 * max(row.gap, 1e-12)]
        missed += [row for row in here if row not in within]
        false += wrong
        seconds = [row.seconds for row in here]
        proven = sum(row.bound == "proven" for row in here)
        lines.append(
            f"| {lam:.3g} | {len(here)} | {target:.0e} | {len(within)} ({len(within) / len(here):.1%}) | {proven} | "
            f"{np.median(seconds):.2f} | {max(seconds):.0f} | {len(wrong)} |"
        )
    lines += ["", "Not within the target:", "", *map(_sentence, missed)] if missed else []
    lines += ["", "False claims:", "", *map(_sentence, false)] if false else []
    return lines


def _sentence(row: everywhere.Row) -> str:
    return (
        f"- {row.dataset} ({row.n} × {row.d}), λ = {row.lam:.3g}: {row.objective:.9g}, claimed {row.gap:.1e}, "
        f"judged {row.judged_gap:.1e}, {row.seconds:.0f} s"
    )


def _opponents(rows: Sequence[opponents.Row]) -> list[str]:
    lines = [
        "",
        "## Beside the published studies of Adam and SGD",
        "",
        "How far the lowest objective that any of a study's 7 steps × 3 seeds × 2000 epochs met lies above ours.",
        "",
        "| table | n × d | λ | ours | gap | adam | sgd | ours, s | studies, s |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        above = " | ".join(f"{(value / row.ours - 1.0):+.2%}" for value in (row.adam, row.sgd))
        lines.append(
            f"| {row.dataset} | {row.n} × {row.d} | {row.lam:.3g} | {row.ours:.9g} | {row.gap:.0e} {row.bound} | "
            f"{above} | {row.seconds:.1f} | {row.study_seconds:.0f} |"
        )
    if rows:
        beaten = sum(min(row.adam, row.sgd) < row.ours * (1.0 - 1e-4) for row in rows)
        lines += ["", f"Beaten by more than 1e-4 on {beaten} of {len(rows)} problems."]
    return lines
