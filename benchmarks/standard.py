"""How much of the published studies of SGD and Adam can be saved: `python -m benchmarks.standard --help`."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from benchmarks import csvfile
from benchmarks.threads import one_thread
from cvxbench.bench.seeds import PUBLISHED
from cvxbench.bench.suite import LAMBDAS
from cvxbench.data.load import load_table
from cvxbench.data.prepare import prepare
from cvxbench.data.registry import load
from cvxbench.networks.patterns import distinct
from cvxbench.networks.problem import NETWORKS
from cvxbench.nonconvex.rules.adam import Adam
from cvxbench.nonconvex.rules.sgd import SGD
from cvxbench.nonconvex.schedules.cosine import Cosine
from cvxbench.nonconvex.study import PAPER, STANDARD, Study, train_study

RAW = Path(__file__).parent / "standard.csv"
TABLES = (
    "haberman-survival",
    "yacht-hydrodynamics",
    "iris",
    "servo",
    "auto-mpg",
    "hepatitis",
    "liver-disorders",
    "parkinsons",
    "diabetes",
    "heart-failure",
    "islp-boston",
    "pima",
    "website-phishing",
    "airfoil-self-noise",
    "contrac",
    "laser",
    "maternal-health-risk",
    "weather-izmir",
    "kc1",
    "quake",
    "framingham",
    "wine-quality-white",
)
GATED_ON = ("haberman-survival", "auto-mpg", "website-phishing", "weather-izmir")
GATES = 100
LARGE = 700  # training rows, from which SGD needs larger steps
LAMS = LAMBDAS[:4]  # at the two largest most optima are the zero network
RULES = {"sgd": SGD(), "adam": Adam()}
EXTRA = {"sgd": (50.0, 20.0, 2.0), "adam": (0.03, 0.003)}  # between the published steps, and beyond


@dataclass(frozen=True)
class Row:
    """One step size of one study of one opponent on one problem.

    Parameters
    ----------
    dataset : str
    n, d, outputs : int
        Training rows, columns, and columns of the target.
    network : str
    lam : float
    width : int
    opponent, schedule : str
    epochs : int
    settings : int
        Step sizes × seeds that were trained together.
    seconds : float
        Processor seconds of all of them.
    step : float
    best_0, best_1, best_2 : float
        Of each seed the lowest objective at any look; infinite if the run diverged.
    """

    dataset: str
    n: int
    d: int
    outputs: int
    network: str
    lam: float
    width: int
    opponent: str
    schedule: str
    epochs: int
    settings: int
    seconds: float
    step: float
    best_0: float
    best_1: float
    best_2: float


def measured(name: str, network: str, lam: float) -> Iterator[Row]:
    """Train the published study and cosines of 1000 and 500 epochs, of both opponents."""
    prepared = prepare(load_table(load().dataset(name)), seed=PUBLISHED["split"])
    X, Y = prepared.X_train, prepared.Y_train
    width, gates = 100 if lam < 1e-4 else 50, None  # a convex solution has more neurons there, and opponents as many
    if network == "gated-relu":
        gates = np.random.default_rng(PUBLISHED["gates"]).standard_normal((X.shape[1], GATES))
        width = distinct(X, gates).gates.shape[1]
    for opponent, rule in RULES.items():
        steps = PAPER.steps + EXTRA[opponent]
        for study in (PAPER, Study(steps, PAPER.seeds, 1000, Cosine()), Study(steps, PAPER.seeds, 500, Cosine())):
            since = time.process_time()
            trained = train_study(X, Y, lam, rule, study=study, width=width, gates=gates)
            seconds = time.process_time() - since
            for step in study.steps:
                bests = (math.inf if one.diverged else one.best for one in trained if one.run.step == step)
                yield Row(
                    name, *X.shape, Y.shape[1], network, lam, width, opponent, type(study.schedule).__name__.lower(),
                    study.epochs, len(trained), seconds, step, *bests,
                )  # fmt: skip


@click.command()
@click.option("--table", "tables", multiple=True, help="This dataset only; several times for several.")
@click.option("--network", type=click.Choice(NETWORKS), default="relu", show_default=True)
@click.option("--raw", default=RAW, type=click.Path(path_type=Path), help="The CSV file that is extended.")
def main(tables: tuple[str, ...], network: str, raw: Path) -> None:
    """Measure what is not in the CSV file yet."""
    done = {(row.dataset, row.network, f"{row.lam:.7g}") for row in csvfile.read(raw, Row)}
    with one_thread():
        for name in tables or (TABLES if network == "relu" else GATED_ON):
            for lam in LAMS:
                if (name, network, f"{lam:.7g}") not in done:
                    rows = list(measured(name, network, lam))
                    csvfile.append(raw, rows, digits=7)
                    seconds = sum({(row.opponent, row.epochs): row.seconds for row in rows}.values())
                    lowest = {who: min(_best(row) for row in rows if row.opponent == who) for who in RULES}
                    said = ", ".join(f"{who} {value:.6g}" for who, value in lowest.items())
                    click.echo(f"{name} {network} {lam:.3g}: {said}, {seconds:.0f} s")
    for network in NETWORKS:
        for opponent in RULES:
            rows = [row for row in csvfile.read(raw, Row) if (row.network, row.opponent) == (network, opponent)]
            _say(f"{network}, {opponent}: standard above published", above(rows))
            for size, some in (
                ("under", [row for row in rows if row.n < LARGE]),
                ("from", [row for row in rows if row.n >= LARGE]),
            ):
                _say(f"{network}, {opponent}: its steps above all steps, {size} {LARGE} rows", left_out(some))


def above(rows: Sequence[Row]) -> np.ndarray:
    """Return on each problem how far the standard study of an opponent ends above the published one, relative."""
    found: dict[tuple[str, float], dict[bool, float]] = {}
    for row in rows:
        published = row.schedule == "stepwise"
        if published or (row.epochs == STANDARD.epochs and row.step in STANDARD.steps):
            ends = found.setdefault((row.dataset, row.lam), {True: math.inf, False: math.inf})
            ends[published] = min(ends[published], _best(row, len((PAPER if published else STANDARD).seeds)))
    return np.array([ends[False] / ends[True] - 1.0 for ends in found.values()])


def left_out(rows: Sequence[Row]) -> np.ndarray:
    """Return on each problem how far the standard study of an opponent ends above that of all steps, relative."""
    found: dict[tuple[str, float], dict[float, float]] = {}
    for row in rows:
        if row.epochs == STANDARD.epochs:
            found.setdefault((row.dataset, row.lam), {})[row.step] = _best(row, len(STANDARD.seeds))
    return np.array(
        [min(ends[step] for step in ends.keys() & STANDARD.steps) / min(ends.values()) - 1.0 for ends in found.values()]
    )


def _say(what: str, above: np.ndarray) -> None:
    if above.size:
        click.echo(
            f"{what} on {above.size} problems: lowest {above.min():.2g}, "
            f"median {np.median(above):.2g}, nine in ten {np.quantile(above, 0.9):.2g}, highest {above.max():.2g}; "
            f"{np.sum(above > 1e-3)} above 0.1 %, {np.sum(above < -1e-3)} below by more"
        )


def _best(row: Row, seeds: int = 3) -> float:
    return min((row.best_0, row.best_1, row.best_2)[:seeds])


if __name__ == "__main__":
    main()
