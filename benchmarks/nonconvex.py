"""Throughput of the batched study beside a plain `torch.optim` loop: `python -m benchmarks.nonconvex --help`."""

from __future__ import annotations

import csv
import math
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

import click

from benchmarks.studies import Case, Measured, measure
from benchmarks.threads import one_thread
from cvxbench.cli.errors import reported

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
MOST = 1300  # rows of a table that counts as small


@click.command()
@click.option("--epochs", default=40, show_default=True, help="Of both, on tables with n ≤ 1300.")
@click.option("--large-epochs", default=2, show_default=True, help="Of both, on larger tables.")
@click.option("--repeats", default=2, show_default=True, help="The best of so many counts, for both.")
@click.option("--table", "tables", multiple=True, help="Any dataset, instead of these; several times for several.")
@click.option("--raw", default=RAW, type=click.Path(path_type=Path), help="The CSV file that is written.")
@reported
def main(epochs: int, large_epochs: int, repeats: int, tables: tuple[str, ...], raw: Path) -> None:
    """Time the 21 settings of SGD and of Adam both ways, on one thread, each study in a process of its own."""
    small, large = _by_size(tables) if tables else (SMALL, LARGE)
    cases = [Case(name, who, m, epochs) for name in small for m in (50, 100) for who in ("sgd", "adam")]
    cases += [Case(name, who, m, large_epochs) for name in large for m in (50, 100, 1000) for who in ("sgd", "adam")]
    results: dict[Case, Measured] = {}
    with one_thread():
        for case in cases:
            results[case] = _apart(case, repeats)
            click.echo(_sentence(case, results[case]))
            _write(raw, results)
    for title, group in (("n ≤ 1300", small), ("larger", large)):
        if speedups := [done.loop / done.batched for case, done in results.items() if case.dataset in group]:
            mean = math.exp(sum(map(math.log, speedups)) / len(speedups))
            click.echo(f"{title}: {len(speedups)} studies, geometric mean {mean:.1f}×, lowest {min(speedups):.1f}×")


def _by_size(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the tables of at most 1300 rows, by the registry, and the others."""
    from cvxbench.data.registry import load

    registry = load()
    sizes = {name: registry.dataset(name).n or math.inf for name in names}
    return [name for name in sizes if sizes[name] <= MOST], [name for name in sizes if sizes[name] > MOST]


def _apart(case: Case, repeats: int) -> Measured:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, case, repeats).result()


def _sentence(case: Case, done: Measured) -> str:
    return (
        f"{case.dataset} ({done.n} × {done.d}), {case.opponent}, width {case.width}: batched {done.batched:.3f} s, "
        f"+{done.mib:.0f} MiB, loop {done.loop:.2f} s, {done.loop / done.batched:.1f}×, "
        f"objectives differ by {done.difference:.0e}"
    )


def _write(path: Path, results: dict[Case, Measured]) -> None:
    rows = [asdict(case) | asdict(done) | {"speedup": done.loop / done.batched} for case, done in results.items()]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(
            {name: f"{value:.4g}" if isinstance(value, float) else value for name, value in row.items()} for row in rows
        )


if __name__ == "__main__":
    main()
