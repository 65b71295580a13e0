"""How long each method takes to come near the reference, where what did not enters no mean."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from cvxbench.report.arrays import contended_times, networks, series, solve_times
from cvxbench.report.evidence import Evidence
from cvxbench.report.solve_rates import Accounting
from cvxbench.report.statistics.times import Times, times


@dataclass(frozen=True)
class SolveTimes(Times):
    """The seconds of one method to a tolerance, over the problems of a network.

    Parameters
    ----------
    network, method : str
    accounting : {"oracle", "default"}
    tol : float
    """

    network: str
    method: str
    accounting: Accounting
    tol: float


def time_rows(evidence: Evidence, tol: float, contended: bool = False) -> tuple[SolveTimes, ...]:
    """Return the times of every method and accounting, in the plan's order.

    Parameters
    ----------
    evidence : Evidence
    tol : float
    contended : bool
        Whether problems count on which some method's time is that of an attempt that shared the machine.
    """
    rows: list[SolveTimes] = []
    for network in networks(evidence):
        seconds = solve_times(evidence, network, tol)
        if not contended:
            seconds = seconds[:, ~np.isfinite(contended_times(evidence, network, tol)).any(axis=0)]
        for one, found in zip(series(evidence, network), times(seconds), strict=True):
            rows.append(
                SolveTimes(**asdict(found), network=network, method=one.method, accounting=one.counted, tol=tol)
            )
    return tuple(rows)
