"""Training over all patterns beside its opponents: the objective of each against time.

The opponents are every setting of the published studies of Adam and SGD, and the ReLU program on sampled patterns, by
our `ssn` and by scnn's augmented Lagrangian.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import cases, csvfile
from benchmarks.cases import Case, Instance
from benchmarks.judge import Watch, judge
from benchmarks.peers.scnn import watched
from benchmarks.sampled import AL, DELTAS
from cvxbench.bench.suite import LAMBDAS
from cvxbench.convex.solution import Solution
from cvxbench.convex.train import train_convex
from cvxbench.networks.relu import ReLUNetwork
from cvxbench.nonconvex.rules.adam import Adam
from cvxbench.nonconvex.rules.rule import Rule
from cvxbench.nonconvex.rules.sgd import SGD
from cvxbench.nonconvex.study import PAPER, train_study

TABLES = (
    "haberman-survival",
    "servo",
    "parkinsons",
    "spectf",
    "yacht-hydrodynamics",
    "auto-mpg",
    "ionosphere",
    "liver-disorders",
    "diabetes",
    "breast-cancer-wisc-diag",
    "heart-failure",
    "pima",
)
LAMS = LAMBDAS[:5]  # at the sixth nearly every optimum is the zero network
OURS, SAMPLED, RULES = "all patterns", "ssn", {"adam": Adam(), "sgd": SGD()}
GATES = 1000  # of the sampled programs
TOL = 1e-4
LIMIT = 120.0  # wall seconds of ours, on all patterns or on sampled ones
AL_LIMIT = 20.0  # processor seconds of each setting of scnn
LEAST_WIDTH = 50
FALL = 1e-5  # relative, of what is kept of a trace


@dataclass(frozen=True)
class Row:
    """How one method did on one problem.

    Parameters
    ----------
    dataset, n, d, lam
    method, setting : str
    width : int
        Neurons of our network; of the opponents' as many, but 50 at least; sampled patterns.
    objective : float
        The lowest that it met, by any setting and seed of a study and at any look; in float64.
    gap, bound : float, str
        Relative gap and its label, of ours over all patterns; else nan and nothing.
    seconds : float
        Wall time on one thread, without the looks.
    trace : str
        "seconds objective" where the lowest objective so far fell by 1e-5, with semicolons between. The seconds of a
        study are those of all its runs, shared out by epochs.
    """

    dataset: str
    n: int
    d: int
    lam: float
    method: str
    setting: str
    width: int
    objective: float
    gap: float
    bound: str
    seconds: float
    trace: str

    @property
    def moments(self) -> list[tuple[float, float]]:
        """The trace as (seconds, objective)."""
        pairs = (moment.split() for moment in self.trace.split(";"))
        return [(float(seconds), float(objective)) for seconds, objective in pairs]


def run(path: Path, tables: Sequence[str], say: Callable[[str], None]) -> None:
    """Train each problem by every method and append its rows to the CSV file `path`; what that has is not repeated."""
    have = {(row.dataset, row.lam, row.method, row.setting): row for row in csvfile.read(path, Row)}
    for case in (Case(name, GATES, lam) for name in tables for lam in LAMS):
        instance = cases.instance(case)
        ours = have.get((case.dataset, case.lam, OURS, f"tol={TOL:g}"))
        for method, setting, measure in _methods():
            if (case.dataset, case.lam, method, setting) not in have:
                row = measure(case, instance, max(LEAST_WIDTH, ours.width if ours else 0))
                ours = row if method == OURS else ours
                csvfile.append(path, [row])
                above = row.objective / ours.objective - 1.0 if ours else np.nan
                say(f"{case.dataset} {case.lam:.3g}, {method} {setting}: {above:+.1e}, {row.seconds:.1f} s")


def _methods() -> Iterator[tuple[str, str, Callable[[Case, Instance, int], Row]]]:
    """Yield every method and setting with the function that measures it; ours first, as it sets the width."""
    yield OURS, f"tol={TOL:g}", everywhere
    yield SAMPLED, f"{GATES} gates", sampled
    for delta in DELTAS:
        yield AL, f"delta={delta}", partial(augmented_lagrangian, delta)
    for name, rule in RULES.items():
        yield name, "published study", partial(study, name, rule)


def everywhere(case: Case, instance: Instance, _: int) -> Row:
    """Train over all patterns."""
    solution = train_convex(instance.X, instance.y, network="relu", lam=case.lam, tol=TOL, time_limit=LIMIT)
    return _ours(case, instance, OURS, f"tol={TOL:g}", solution, solution.relative_gap, solution.bound)


def sampled(case: Case, instance: Instance, _: int) -> Row:
    """Solve the program on sampled patterns to the same tolerance."""
    solution = train_convex(
        instance.X, instance.y, network="relu", lam=case.lam, gates=instance.gates, tol=TOL, time_limit=LIMIT
    )
    return _ours(case, instance, SAMPLED, f"{GATES} gates", solution, np.nan, "")


def augmented_lagrangian(delta: int, case: Case, instance: Instance, _: int) -> Row:
    """Run scnn on the same patterns, in its default float32: in trials it came lower in the same time than float64.

    Its tolerances do not stop it. Its iterates are judged as networks: weights outside their cones stand for patterns
    that were not sampled.
    """
    from scnn.models import ConvexReLU
    from scnn.private.models import AL_MLP
    from scnn.solvers import AL as Solver

    solver = Solver(ConvexReLU(instance.gates), max_primal_iters=10**8, tol=1e-7, constraint_tol=1e-7, delta=delta)
    moments: list[tuple[float, float]] = []

    def build(weights: np.ndarray) -> ReLUNetwork:
        return ReLUNetwork.from_program(weights[0].astype(float), weights[1].astype(float))

    def reached(weights: np.ndarray) -> bool:
        moments.append((watch.spent, judge(instance, build(weights)).objective))
        return False

    def start() -> Watch:
        nonlocal watch
        watch = Watch(build, reached, AL_LIMIT)
        return watch

    watch = start()
    model = partial(AL_MLP, delta=delta)
    answer = watched(instance, "float32", model, solver, start, lambda weights: weights[:, 0].transpose(0, 2, 1))
    width = instance.gates.shape[1]
    return _row(case, instance, AL, f"delta={delta}", width, moments, answer.seconds)


def study(name: str, rule: Rule, case: Case, instance: Instance, width: int) -> Row:
    """Train the published study: 7 steps × 3 seeds × 2000 epochs."""
    since = time.perf_counter()
    trained = train_study(instance.X, instance.y, case.lam, rule, study=PAPER, width=width)
    seconds = time.perf_counter() - since
    moments = [(seconds * epoch / PAPER.epochs, objective) for run in trained for epoch, objective in run.trace]
    return _row(case, instance, name, "published study", width, moments, seconds)


def _ours(case: Case, instance: Instance, method: str, setting: str, solution: Solution, gap: float, bound: str) -> Row:
    assert isinstance(solution.network, ReLUNetwork)
    moments = [(seconds, objective) for seconds, objective, _ in solution.trace]
    moments.append((solution.seconds, judge(instance, solution.network).objective))
    width = solution.network.output.size if method == OURS else instance.gates.shape[1]
    return _row(case, instance, method, setting, width, moments, solution.seconds, gap, bound)


def _row(
    case: Case,
    instance: Instance,
    method: str,
    setting: str,
    width: int,
    moments: Iterable[tuple[float, float]],
    seconds: float,
    gap: float = np.nan,
    bound: str = "",
) -> Row:
    lowest, trace, moments = np.inf, [], sorted(moments)
    for moment, objective in moments:
        if objective < lowest * (1.0 - FALL):
            lowest = objective
            trace.append(f"{moment:.3g} {objective:.9g}")
    return Row(
        case.dataset,
        *instance.X.shape,
        case.lam,
        method,
        setting,
        width,
        min(objective for _, objective in moments),
        gap,
        bound,
        seconds,
        ";".join(trace),
    )
