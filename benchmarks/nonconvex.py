"""Throughput of the batched study beside a plain `torch.optim` loop: `python -m benchmarks.nonconvex --help`."""

from __future__ import annotations

import csv
import math
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TypeVar

import click

from benchmarks.studies import Case
from benchmarks.threads import one_thread

RAW = Path(__file__).parent / "nonconvex.csv"
SMALL = (
    "conn-bench-sonar-mines-rocks",
    "spectf",
    "ionosphere",
    "residential-building",
    "diabetes",
    "breast-cancer-wisc-diag",
    "pima",
    "statlog-german-credit",
    "concrete-strength",
    "islp-oj",
)
LARGE = ("communities-crime", "spambase", "compactiv")
T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """What a case measured: processor seconds of one thread, and the memory that training added at its peak.

    Parameters
    ----------
    dataset, opponent, width, epochs
        The case.
    n, d : int
        Training rows and columns.
    batched, loop : float
        Seconds of the best of the repeats.
    speedup : float
    batched_mib, loop_mib : float
    difference : float
        The largest relative difference of final objectives between the two over the settings, after five epochs in
        float64.
    """

    dataset: str
    opponent: str
    width: int
    epochs: int
    n: int
    d: int
    batched: float
    loop: float
    speedup: float
    batched_mib: float
    loop_mib: float
    difference: float


@click.command()
@click.option("--epochs", default=40, show_default=True, help="Of both, on tables with n ≤ 1300.")
@click.option("--large-epochs", default=2, show_default=True, help="Of both, on larger tables.")
@click.option("--repeats", default=2, show_default=True, help="The best of so many counts, for both.")
@click.option("--table", "tables", multiple=True, help="This dataset only; several times for several.")
@click.option("--raw", default=RAW, type=click.Path(path_type=Path), help="The CSV file that is written.")
def main(epochs: int, large_epochs: int, repeats: int, tables: tuple[str, ...], raw: Path) -> None:
    """Time the 21 settings of SGD and of Adam both ways, one thread each, each side in a process of its own."""
    cases = [Case(name, who, m, epochs) for name in SMALL for m in (50, 100) for who in ("sgd", "adam")]
    cases += [Case(name, who, m, large_epochs) for name in LARGE for m in (50, 100, 1000) for who in ("sgd", "adam")]
    rows = []
    with one_thread():
        for case in cases:
            if not tables or case.dataset in tables:
                rows.append(_measure(case, repeats))
                click.echo(_sentence(rows[-1]))
                _write(raw, rows)
    for title, group in (("n ≤ 1300", SMALL), ("larger", LARGE)):
        if speedups := [row.speedup for row in rows if row.dataset in group]:
            mean = math.exp(sum(map(math.log, speedups)) / len(speedups))
            click.echo(f"{title}: {len(speedups)} studies, geometric mean {mean:.1f}×, lowest {min(speedups):.1f}×")


def _measure(case: Case, repeats: int) -> Row:
    from benchmarks.studies import difference, timed

    sides = {side: [_apart(timed, side, case) for _ in range(repeats)] for side in ("batched", "loop")}
    seconds = {side: min(side.seconds for side in results) for side, results in sides.items()}
    mib = {side: max(side.mib for side in results) for side, results in sides.items()}
    return Row(
        **asdict(case),
        n=sides["loop"][0].n,
        d=sides["loop"][0].d,
        batched=seconds["batched"],
        loop=seconds["loop"],
        speedup=seconds["loop"] / seconds["batched"],
        batched_mib=mib["batched"],
        loop_mib=mib["loop"],
        difference=_apart(difference, case),
    )


def _apart(function: Callable[..., T], *arguments: object) -> T:
    """Return what `function` does in a fresh process: its memory is then its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def _sentence(row: Row) -> str:
    return (
        f"{row.dataset} ({row.n} × {row.d}), {row.opponent}, width {row.width}: batched {row.batched:.2f} s "
        f"+{row.batched_mib:.0f} MiB, loop {row.loop:.2f} s +{row.loop_mib:.0f} MiB, {row.speedup:.1f}×, "
        f"objectives differ by {row.difference:.0e}"
    )


def _write(path: Path, rows: list[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([field.name for field in fields(Row)])
        writer.writerows(
            [f"{value:.4g}" if isinstance(value, float) else value for value in asdict(row).values()] for row in rows
        )


if __name__ == "__main__":
    main()
