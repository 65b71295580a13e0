"""relu.md, written from the CSV files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks import csvfile, everywhere, opponents, profiles

HEAD = """# Training over all activation patterns

Written by `python -m benchmarks.relu table` from `relu.csv` and `relu-opponents.csv`; do not edit.

    python -m benchmarks.relu sweep         # hours on one core; run again, it resumes
    python -m benchmarks.relu opponents     # 80 minutes; needs scnn, as convex.md says
    python -m benchmarks.relu references    # results/references/relu.csv, what reports measure gaps against
    python -m benchmarks.relu table         # in that environment too, for the figure

One thread; seconds are the processor's, on a machine with other work on it, which lengthens them. Tables are the
training rows of the binary and regression tables of `uci`, prepared as in every run. The search changed and got faster
several times (docs/search.md, False certificates); *present* counts the problems that were trained, claimed and judged
with that of today: all from 0.00251 up, with a limit of 60 s for the others' 120, and below it some that had missed
their target or end near it. The others are by earlier ones, of which those since the seventh were run on what had
missed its target or been refuted.
`sweep` makes the others anew. The networks beside Adam and SGD are by the second.
"""


def write(sweep: Path, raced: Path, page: Path, figure: Path) -> None:
    """Write the page and its figure."""
    rows, compared = everywhere.newest(csvfile.read(sweep, everywhere.Row)), csvfile.read(raced, opponents.Row)
    profiles.draw(compared, figure)
    parts = [HEAD, *_claims(rows), *_profiles(compared, figure), *_opponents(compared)]
    page.write_text("\n".join(parts) + "\n", encoding="utf-8")


def _claims(rows: Sequence[everywhere.Row]) -> list[str]:
    lines = [
        "## Claims, and a harder search",
        "",
        "*Within* counts problems whose gap is at most the target, both as claimed and by the harder search. *False*",
        "are claims that the latter exceeded twofold.",
        "",
        "| λ | problems | present | target | within | proven | median s | longest s | false |",
        "|---|---|---|---|---|---|---|---|---|",
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
        present = sum(row.search == everywhere.SEARCH for row in here)
        lines.append(
            f"| {lam:.3g} | {len(here)} | {present} | {target:.0e} | {len(within)} ({len(within) / len(here):.1%}) | "
            f"{proven} | {np.median(seconds):.2f} | {max(seconds):.0f} | {len(wrong)} |"
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
    by_problem = profiles.problems(rows)
    names = [name for name in dict.fromkeys(row.method for row in rows) if name != opponents.OURS]
    lines = [
        "",
        "## Beside Adam, SGD, and the program on sampled patterns",
        "",
        f"All on one thread. *ssn* (ours) and *{opponents.AL}* solve the ReLU program on {opponents.GATES} sampled",
        f"gates; scnn has {opponents.AL_LIMIT:g} s with each of two first penalties, its default and its paper's; its",
        "lowest iterate counts. Of Adam and SGD the lowest objective counts that any of the published study's 7",
        "steps × 3 seeds × 2000 epochs met, for networks as wide as ours (50 at least). Columns say how far above ours",
        "they end.",
        "",
        f"| table | n × d | λ | ours | gap | {' | '.join(names)} | ours, s | {', s | '.join(names)}, s |",
        "|" + "---|" * (6 + 2 * len(names)),
    ]
    beaten = []
    for (dataset, lam), found in by_problem.items():
        ours = next(row for row in found if row.method == opponents.OURS)
        of = {name: [row for row in found if row.method == name] for name in names}
        lowest = {name: min((row.objective for row in of[name]), default=np.nan) for name in names}
        above = " | ".join(f"{value / ours.objective - 1.0:+.2%}" for value in lowest.values())
        seconds = " | ".join(f"{sum(row.seconds for row in of[name]):.0f}" for name in names)
        beaten += [(dataset, lam)] if min(lowest.values()) < ours.objective * (1.0 - 1e-4) else []
        lines.append(
            f"| {dataset} | {ours.n} × {ours.d} | {lam:.3g} | {ours.objective:.9g} | {ours.gap:.0e} {ours.bound} | "
            f"{above} | {ours.seconds:.1f} | {seconds} |"
        )
    sentence = f"Beaten by more than 1e-4 on {len(beaten)} of {len(by_problem)} problems."
    named = [f"{dataset} at λ = {lam:.3g}" for dataset, lam in beaten]
    return [*lines, "", " ".join([sentence, *([f"They are {', '.join(named)}."] if named else [])])]


def _profiles(rows: Sequence[opponents.Row], figure: Path) -> list[str]:
    columns = " | ".join(f"{seconds:g} s" for seconds in profiles.MOMENTS)
    lines = [
        "",
        "## Objective against time, overall",
        "",
        f"Share of the {len(profiles.problems(rows))} problems below whose objective was within a",
        "thousandth, or within a hundredth, of the lowest that anyone met, after so many seconds.",
        "",
        f"| | within | {columns} |",
        "|" + "---|" * (2 + len(profiles.MOMENTS)),
    ]
    for within in (1e-3, 1e-2):
        for name, values in profiles.shares(rows, within).items():
            lines.append(f"| {name} | {within:g} | {' | '.join(f'{value:.0%}' for value in values)} |")
    return [*lines, "", f"![each problem's objective against time]({figure.name})"]
