"""Published tables and figures that can be run again, each with its verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cvxbench.report import experiment
from cvxbench.report.evidence import Evidence, read
from cvxbench.report.reference import best_objectives, lower_bounds, references
from cvxbench.report.solve_rates import SolveRate, null_problems, solve_rates
from cvxbench.studies.findings import Comparison

PAPER_TOLERANCES = (1.0, 0.5, 0.1)  # figures 4, 7 and 8
CONVEX = {"gated-relu": ("ssn", "rfista", "conic"), "relu": ("global", "ssn", "al", "conic")}


@dataclass(frozen=True)
class Reproduction:
    """A published table or figure.

    Parameters
    ----------
    name : str
    source, claim : str
    suite : str
        The suite or experiment that measures it.
    needs : str
        How long it takes at the standard budget on two cores.
    compare : callable
        The run's folder → claims beside what was measured.
    """

    name: str
    source: str
    claim: str
    suite: str
    needs: str
    compare: Callable[[Path], Sequence[Comparison]]


def of_experiment(folder: Path) -> Sequence[Comparison]:
    """Return the comparisons that an experiment itself makes."""
    report = experiment.read(folder)
    return report.findings.comparisons if report is not None else ()


def uci_solve_rate(folder: Path) -> Sequence[Comparison]:
    """Return whether the convex programs solve more problems, by the published rule and by ours.

    The published rule: f_best of this run alone, null problems dropped, an oracle over settings and seeds. Ours:
    references that outlive runs, null problems kept, and the default setting beside the oracle.
    """
    evidence = read(folder)
    alone = references(best_objectives(evidence.cells, {}), lower_bounds(evidence.cells, {}))
    null = null_problems(alone, evidence.tables)
    found = [*_claims(evidence, solve_rates(evidence.cells, alone, PAPER_TOLERANCES, without=null), "the paper's rule")]
    ours = solve_rates(evidence.cells, evidence.references, PAPER_TOLERANCES)
    return [*found, *_claims(evidence, ours, "our rule")]


def _claims(evidence: Evidence, rates: Sequence[SolveRate], rule: str) -> list[Comparison]:
    oracle = [row for row in rates if row.accounting == "oracle"]
    found = []
    for network in dict.fromkeys(cell.problem.network for cell in evidence.cells):
        for tol in PAPER_TOLERANCES:
            rows = {row.method: row for row in oracle if row.network == network and row.tol == tol}
            program = max(
                (rows[name] for name in CONVEX[network] if name in rows), key=lambda row: row.solved, default=None
            )
            opponents = [row for name, row in rows.items() if name in ("sgd", "adam")]
            if program is None or not opponents:
                continue
            best = max(opponents, key=lambda row: row.solved)
            more = program.solved > best.solved
            told = f"{program.method} {_share(program)}, {best.method} {_share(best)}"
            found.append(
                Comparison(
                    f"{network}, within {100 * tol:g} %: convex training solves more problems, by {rule}",
                    "more (a curve)",
                    told,
                    "holds" if more else "does not hold",
                    "the best convex method beside the better opponent, each counted at the best of its study",
                )
            )
    return found


def _share(rate: SolveRate) -> str:
    return f"{rate.solved}/{rate.total}"


MIRRORS = "Zeger et al. 2024 (arXiv 2403.01046)"
FAST = "Mishkin, Sahiner, Pilanci 2022 (arXiv 2202.01331)"
CONVEX_LIKE = "Bu, Xu, Mao 2026 (arXiv 2602.07145)"
OURS = "no public protocol: ours"

REPRODUCTIONS = (
    Reproduction(
        "uci-solve-rate",
        f"{FAST}, figures 4, 7, 8",
        "convex training solves more of the UCI problems to 1, 0.5 and 0.1",
        "uci-73",
        "a night",
        uci_solve_rate,
    ),
    Reproduction(
        "cv-accuracy",
        f"{FAST}, table 3",
        "validation accuracy of six ways of training on twenty tables",
        "cv-accuracy",
        "an hour",
        of_experiment,
    ),
    Reproduction(
        "ecg-loss",
        OURS,
        "on an ECG convex training reaches a lower training loss than SGD and Adam",
        "ecg",
        "30 minutes",
        of_experiment,
    ),
    Reproduction(
        "nyse-mse",
        f"{OURS}, on James et al. 2023, chapter 10",
        "on the stock exchange convex training has a lower validation MSE than SGD and Adam",
        "nyse",
        "30 minutes",
        of_experiment,
    ),
    Reproduction(
        "lasso-1d",
        f"{MIRRORS}, figures 18, 19",
        "the optima that the public code prints",
        "lasso-1d",
        "seconds",
        of_experiment,
    ),
    Reproduction(
        "scaling-law",
        f"{CONVEX_LIKE}, at second hand",
        "loss and best step follow 1/√T laws to 80 times the horizon and 70 times the size",
        "scaling-law",
        "10 minutes",
        of_experiment,
    ),
    Reproduction(
        "landscape",
        f"{CONVEX_LIKE}, at second hand",
        "losses become convex along the path; convex problems end in one place, nonconvex ones in many",
        "landscape",
        "40 minutes",
        of_experiment,
    ),
    Reproduction(
        "relaxation",
        "Carrasco, Muñoz 2024 (arXiv 2410.23362); Anderson et al. 2020",
        "envelopes are the ReLU hull, and tighten relaxations of neurons and of trained networks",
        "relaxation",
        "30 minutes",
        of_experiment,
    ),
)
