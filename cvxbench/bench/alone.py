"""The times of attempts that were trained in one batch: the winner and the default setting are trained again, alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from cvxbench.attempt import Status
from cvxbench.bench.records import Verdict

Retrain = Callable[[int], Mapping[int, float]]


def with_own_times(verdicts: Sequence[Verdict], default: int | None, retrain: Retrain) -> list[Verdict]:
    """Return the verdicts of a study with every attempt's own seconds, and its share of the study's as its cost.

    A step costs every setting of a study the same, so those that are not trained again are given the winner's pace.

    Parameters
    ----------
    verdicts : sequence of Verdict
        Their seconds, and those of their traces, are the whole batch's.
    default : int or None
        The number of the default setting's first repeat.
    retrain : callable
        Of an attempt's number: trains it alone, and returns iteration → seconds, the last iteration included.
    """
    scored = {
        number: verdict.best
        for number, verdict in enumerate(verdicts)
        if verdict.best is not None and verdict.status != Status.DIVERGED.label
    }
    winner = min(scored, key=lambda number: scored[number], default=default)
    again = {number: retrain(number) for number in {winner, default} if number is not None}
    pace = again[winner] if winner is not None else {}
    return [_retimed(verdict, again.get(number, pace), len(verdicts)) for number, verdict in enumerate(verdicts)]


def _retimed(verdict: Verdict, own: Mapping[int, float], members: int) -> Verdict:
    if verdict.seconds is None or verdict.iterations is None:
        return verdict
    return replace(
        verdict,
        cost=verdict.seconds / members,
        seconds=own.get(verdict.iterations, verdict.seconds),
        trace=[(iteration, own.get(iteration, seconds), value) for iteration, seconds, value in verdict.trace],
    )
