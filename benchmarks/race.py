"""The race: on every case our engine and each peer, under each of its settings, in turns; finished solves are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import cases, ours, rows
from benchmarks.cases import Case, Instance
from benchmarks.judge import TARGET, Answer
from benchmarks.peers import Peer, peer
from benchmarks.record import Attempt, record
from benchmarks.rows import Row

REFERENCE, OURS = "reference", "cvxbench"
REFERENCE_GAP = 1e-10
TURNS = 7  # of a peer's solve that is QUICK, and of ours before it, so that both meet the machine in the same moods
QUICK = 0.5  # seconds


@dataclass(frozen=True)
class Limits:
    """How long one solve of a peer may take, in processor time: the larger of two.

    Parameters
    ----------
    seconds : float
    patience : float
        Times what our engine took for a gap of 1e-10.
    """

    seconds: float
    patience: float


def run(path: Path, todo: Sequence[Case], names: Sequence[str], limits: Limits, say: Callable[[str], None]) -> None:
    """Race on every case and append each solve to the CSV file `path`; what that has already is not solved again."""
    peers = [peer(name) for name in names]
    for solver in peers:
        say(f"warming up {solver.name}")
        solver.warm_up()
    ours.solve(_tiny(), TARGET)
    done = {(row.case, row.solver, row.setting, row.repeat): row for row in rows.read(path)}
    for case in todo:
        field = _Field(path, case, cases.instance(case), done, say)
        reference = field.own(REFERENCE, REFERENCE_GAP, None)
        bound = reference.lower_bound
        field.own(OURS, TARGET, bound)
        limit = max(limits.seconds, limits.patience * reference.seconds)
        for solver in peers:
            if solver.most_patterns is None or field.instance.gates.shape[1] <= solver.most_patterns:
                field.peer(solver, bound, limit)


@dataclass
class _Field:
    """One case, what was already solved, and how often ours was asked."""

    path: Path
    case: Case
    instance: Instance
    done: dict[tuple[tuple[str, int, float], str, str, int], Row]
    say: Callable[[str], None]
    turns: int = 0

    def own(self, name: str, gap: float, bound: float | None) -> Row:
        """Solve with our engine, which has to prove the gap by itself."""
        self.turns += name == OURS
        attempt = Attempt(name, f"tol={gap:g}", ours.PACKAGE, max(self.turns, 1), bound=bound, own_gap=gap)
        return self._found(attempt) or self._keep(attempt, ours.solve(self.instance, gap))

    def peer(self, solver: Peer, bound: float, limit: float) -> None:
        """Try the peer's settings in turn; one that is slower than the best before it is not seen to its end."""
        for setting in solver.settings:
            first = Attempt(solver.name, setting, solver.package, 1, limit, bound, TARGET)
            solve = partial(solver.attempt, self.instance, setting, limit)
            row = self._found(first)
            if row is None:
                row = self._keep(first, solve())
                for repeat in range(2, 1 + TURNS):
                    if row.status == rows.REACHED and row.seconds < QUICK:
                        self.own(OURS, TARGET, bound)
                        self._keep(replace(first, repeat=repeat), solve())
            self.own(OURS, TARGET, bound)
            if row.status == rows.REACHED:
                limit = min(limit, row.seconds)

    def _found(self, attempt: Attempt) -> Row | None:
        case = (self.case.dataset, self.case.gates, self.case.lam)
        return self.done.get((case, attempt.solver, attempt.setting, attempt.repeat))

    def _keep(self, attempt: Attempt, answer: Answer) -> Row:
        row = record(self.path, self.case, self.instance, attempt, answer)
        self.say(row.sentence())
        return row


def _tiny() -> Instance:
    rng = np.random.default_rng(0)
    X, gates = rng.standard_normal((40, 3)), rng.standard_normal((3, 8))
    return Instance(X, rng.standard_normal(40), gates, X @ gates >= 0, 1e-3)
