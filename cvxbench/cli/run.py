"""`cvxbench run`: run a suite, or go on with it, and report."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvxbench.cli.errors import reported
from cvxbench.cli.numbers import POSITIVE

if TYPE_CHECKING:
    from cvxbench.bench.suite import Suite


@click.command()
@click.option("--suite", required=True, metavar="NAME", help="A suite (cvxbench suites list), or a YAML file of yours.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the run.  [default: results/SUITE-BUDGET]")
@click.option(
    "--dataset",
    "datasets",
    multiple=True,
    metavar="GLOB",
    help="Only these datasets; a table of yours as FILE or FILE:TARGET.",
)
@click.option("--method", "methods", multiple=True, metavar="NAME", help="Only these methods (cvxbench methods).")
@click.option("--network", "networks", multiple=True, metavar="NAME", help="Only these: gated-relu, relu.")
@click.option("--lambda", "lambdas", multiple=True, type=POSITIVE, metavar="X", help="These instead of the suite's.")
@click.option("--budget", type=click.Choice(["quick", "standard", "paper"]), help="What an attempt may spend.")
@click.option("--time-limit", type=POSITIVE, metavar="S", help="Seconds of one attempt.")
@click.option("--memory-limit", type=POSITIVE, metavar="GIB", help="Memory of one worker.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Attempts side by side; with more than one their times count as contended.",
)
@click.option("--seed", type=click.IntRange(min=0), help="Of everything random.  [default: the published seeds]")
@click.option(
    "--retry", "retries", multiple=True, metavar="STATUS", help="Try again what ended so: crashed, skipped, …"
)
@click.option("--registry", type=click.Path(path_type=Path), metavar="PATH", help="A datasets.yaml of yours as well.")
@reported
def run(
    suite: str,
    out: Path | None,
    datasets: tuple[str, ...],
    methods: tuple[str, ...],
    networks: tuple[str, ...],
    lambdas: tuple[float, ...],
    budget: str | None,
    time_limit: float | None,
    memory_limit: float | None,
    jobs: int,
    seed: int | None,
    retries: tuple[str, ...],
    registry: Path | None,
) -> None:
    """Run a suite and print its report; the same command again resumes it.

    Exit codes: 0 fine, 2 wrong use, 3 some attempts crashed, ran out of memory or were killed, 4 nothing was measured,
    130 interrupted.

    Example: cvxbench run --suite uci-mini
    """
    from cvxbench.attempt import Status
    from cvxbench.bench import suite as suites
    from cvxbench.cli.own import check, split_off
    from cvxbench.data.registry import load
    from cvxbench.errors import CvxbenchError

    known = [status.label for status in Status]
    for status in retries:
        if status not in known:
            raise CvxbenchError(f"status '{status}' is unknown; there are {', '.join(known)}")
    entries = load(registry)
    own, globs = split_off(datasets)
    check(own, seed)
    whole = suites.load(suite, entries, budget)
    chosen = suites.narrowed(
        whole,
        entries,
        datasets=globs,
        own=own,
        methods=methods,
        networks=networks,
        lambdas=lambdas,
        time_limit=time_limit,
        memory_limit=memory_limit,
        seed=seed,
    )
    check([dataset for dataset in chosen.datasets if dataset not in own], seed)
    sys.exit(_executed(chosen, out or suites.default_folder(chosen, whole), jobs, retries))


def _executed(suite: Suite, folder: Path, jobs: int, retries: Sequence[str]) -> int:
    """Run what is left, print the report and return the exit code."""
    from cvxbench.bench.execute import THREADS
    from cvxbench.bench.run import opened
    from cvxbench.cli.progress import console, watched
    from cvxbench.report import build, terminal

    with opened(folder, suite, THREADS, jobs) as store:
        for status in retries:
            console().print(f"{store.retry(status)} attempts that ended as {status} will be tried again")
        finished = watched(store, folder, suite, jobs)
    if not finished:
        click.echo(
            f"interrupted; the same command resumes it, and `cvxbench report {folder}` shows it so far", err=True
        )
        return 130
    report = build.report(folder, None)
    terminal.print_report(report, console(stderr=False))
    return build.exit_code(report)
