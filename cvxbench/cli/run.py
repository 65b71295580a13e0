"""`cvxbench run`: run a suite, or go on with it, and report."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cvxbench.cli.errors import reported
from cvxbench.cli.numbers import POSITIVE

if TYPE_CHECKING:
    from cvxbench.bench.records import Plan
    from cvxbench.bench.store import Store
    from cvxbench.bench.suite import Suite
    from cvxbench.studies.experiment import BudgetName


@click.command()
@click.option("--suite", metavar="NAME", help="A suite (cvxbench suites list), or a YAML file of yours.")
@click.option(
    "--series", type=click.Path(path_type=Path), metavar="FILE", help="A series of yours, instead of a suite."
)
@click.option("--target", metavar="COLUMN", help="With --series: what to forecast.")
@click.option("--lags", type=click.IntRange(min=1), metavar="N", help="With --series: of every column.  [default: 5]")
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
    help="Attempts side by side, each on a Dask worker of this machine's; their times then count as contended.",
)
@click.option("--scheduler", metavar="ADDRESS", help="Run on the workers of this Dask scheduler (docs/cluster.md).")
@click.option("--seed", type=click.IntRange(min=0), help="Of everything random.  [default: the published seeds]")
@click.option(
    "--retry", "retries", multiple=True, metavar="STATUS", help="Try again what ended so: crashed, skipped, …"
)
@click.option("--registry", type=click.Path(path_type=Path), metavar="PATH", help="A datasets.yaml of yours as well.")
@reported
def run(
    suite: str | None,
    series: Path | None,
    target: str | None,
    lags: int | None,
    out: Path | None,
    datasets: tuple[str, ...],
    methods: tuple[str, ...],
    networks: tuple[str, ...],
    lambdas: tuple[float, ...],
    budget: BudgetName | None,
    time_limit: float | None,
    memory_limit: float | None,
    jobs: int,
    scheduler: str | None,
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
    from cvxbench.studies import EXPERIMENTS

    if scheduler is not None and jobs > 1:
        raise CvxbenchError("--jobs starts workers, --scheduler uses those of a cluster; leave one out")
    known = [status.label for status in Status]
    for status in retries:
        if status not in known:
            raise CvxbenchError(f"status '{status}' is unknown; there are {', '.join(known)}")
    _one_of(suite, series, target, lags)
    if series is not None or suite in EXPERIMENTS:
        narrowing = {"dataset": datasets, "method": methods, "network": networks, "lambda": lambdas}
        _refuse({**narrowing, "registry": registry}, "an experiment, whose plan is its own")
        plan = _plan(suite, series, target, lags, budget or "standard", seed, time_limit, memory_limit)
        sys.exit(executed_parts(plan, out, jobs, retries, scheduler))
    assert suite is not None
    entries = load(registry)
    own, globs = split_off(datasets)
    check(own, seed)
    whole = suites.load(suite, entries, budget, EXPERIMENTS)
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
    sys.exit(executed(chosen, out or suites.default_folder(chosen, whole), jobs, retries, scheduler))


def executed_parts(
    plan: Plan, out: Path | None, jobs: int, retries: Sequence[str] = (), scheduler: str | None = None
) -> int:
    """Run what is left of an experiment, print its report and return the exit code."""
    from cvxbench.bench.pool import THREADS
    from cvxbench.bench.run import begun
    from cvxbench.cli.progress import console, watched_parts
    from cvxbench.report import experiment, terminal

    folder = out or Path("results") / f"{plan.record['name']}-{plan.record['budget']['name']}"
    with begun(folder, plan, THREADS, jobs) as store:
        _retry(store, retries)
        finished = watched_parts(store, folder, jobs, scheduler)
    if not finished:
        return _interrupted(folder)
    report = experiment.read(folder)
    assert report is not None
    terminal.print_page(experiment.preface(report), experiment.sheets(report), console(stderr=False))
    return experiment.exit_code(report)


def _one_of(suite: str | None, series: Path | None, target: str | None, lags: int | None) -> None:
    from cvxbench.errors import CvxbenchError

    if (suite is None) == (series is None):
        raise CvxbenchError("name either a --suite (cvxbench suites list) or a --series, a file of yours")
    if series is None:
        _refuse({"target": target, "lags": lags}, "a suite; they belong to --series")
    elif target is None:
        raise CvxbenchError(f"name the column of '{series}' that is to be forecast: --target COLUMN")


def _refuse(given: Mapping[str, Any], what: str) -> None:
    from cvxbench.errors import CvxbenchError

    for name, value in given.items():
        if value:
            raise CvxbenchError(f"--{name} does not go with {what}")


def _plan(
    suite: str | None,
    series: Path | None,
    target: str | None,
    lags: int | None,
    budget: BudgetName,
    seed: int | None,
    time_limit: float | None,
    memory_limit: float | None,
) -> Plan:
    from cvxbench.studies import experiment, own_series

    if series is not None and target is not None:
        own = own_series.of(series, target, own_series.LAGS if lags is None else lags)
        return experiment.plan(own, budget, seed, time_limit, memory_limit, name=series.stem)
    return experiment.plan(experiment.get(str(suite)), budget, seed, time_limit, memory_limit)


def executed(suite: Suite, folder: Path, jobs: int, retries: Sequence[str] = (), scheduler: str | None = None) -> int:
    """Run what is left, print the report and return the exit code."""
    from cvxbench.bench.pool import THREADS
    from cvxbench.bench.run import opened
    from cvxbench.cli.progress import console, watched
    from cvxbench.report import build, terminal

    with opened(folder, suite, THREADS, jobs) as store:
        _retry(store, retries)
        finished = watched(store, folder, suite, jobs, scheduler)
    if not finished:
        return _interrupted(folder)
    report = build.report(folder, None)
    terminal.print_report(report, console(stderr=False))
    return build.exit_code(report)


def _retry(store: Store, statuses: Sequence[str]) -> None:
    for status in statuses:
        click.echo(f"{store.retry(status)} attempts that ended as {status} will be tried again", err=True)


def _interrupted(folder: Path) -> int:
    click.echo(f"interrupted; the same command resumes it, and `cvxbench report {folder}` shows it so far", err=True)
    return 130
