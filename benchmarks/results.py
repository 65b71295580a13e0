"""From raw rows to one line per case: our time, each peer's best, and the ratio."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.race import OURS, REFERENCE
from benchmarks.rows import REACHED, Row


@dataclass(frozen=True)
class Time:
    """The time of a solver on a case.

    Parameters
    ----------
    seconds : float
        Of its best setting, the median over repeats; the limit if the target was not reached (ours has none).
    reached : bool
    setting : str
    """

    seconds: float
    reached: bool
    setting: str

    def __str__(self) -> str:
        if self.reached:
            return _digits(self.seconds)
        return f"> {_digits(self.seconds)}" if math.isfinite(self.seconds) else "missed"


@dataclass(frozen=True)
class Line:
    """One case.

    Parameters
    ----------
    example : Row
        Any row of the case, for its sizes.
    ours : Time
    peers : dict of name to Time
    """

    example: Row
    ours: Time
    peers: dict[str, Time]

    @property
    def best(self) -> str:
        """The fastest peer; if none reached the target, the one with the largest limit."""
        return min(self.peers, key=lambda name: (not self.peers[name].reached, self.peers[name].seconds))

    def ratio(self, name: str) -> float:
        """Return the peer's time over ours; a lower bound if the peer did not reach the target."""
        return self.peers[name].seconds / self.ours.seconds


def lines(rows: Iterable[Row]) -> list[Line]:
    """Return a line for each case that our engine has run, in the order of the rows."""
    by_case: dict[tuple[str, int, float], dict[str, list[Row]]] = {}
    for row in rows:
        by_case.setdefault(row.case, {}).setdefault(row.solver, []).append(row)
    found = []
    for solvers in by_case.values():
        times = {name: _time(of_solver) for name, of_solver in solvers.items() if name != REFERENCE}
        if OURS in times:
            found.append(Line(solvers[OURS][0], times.pop(OURS), times))
    return found


def geometric_mean(values: Sequence[float]) -> float:
    """Return exp of the mean of logs."""
    return math.exp(sum(map(math.log, values)) / len(values))


def _time(rows: list[Row]) -> Time:
    """Take each setting by the median of its repeats that reached the target, and of the settings the fastest."""
    times = {}
    for setting in dict.fromkeys(row.setting for row in rows):
        seconds = [row.seconds for row in rows if row.setting == setting and row.status == REACHED]
        if seconds:
            times[setting] = median(seconds)
    if times:
        best = min(times, key=times.__getitem__)
        return Time(times[best], True, best)
    longest = max(rows, key=lambda row: row.limit)
    return Time(longest.limit, False, longest.setting)


def _digits(seconds: float) -> str:
    return f"{seconds:.3f}" if seconds < 1 else f"{seconds:.2f}" if seconds < 10 else f"{seconds:.0f}"
