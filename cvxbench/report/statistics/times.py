"""Times of several methods on the same problems, where a time that solved nothing is inf and enters no mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SHIFT = 0.01  # seconds: differences far below it are of the clock and the start, not of the method


@dataclass(frozen=True)
class Times:
    """The times of one method, in seconds.

    Parameters
    ----------
    solved, capped : int
        Problems with a time, and without one.
    lower_quartile, median, upper_quartile : float or None
        Over all problems, those without a time being the slowest; None where the quantile is one of them.
    mean : float or None
        Shifted geometric mean over the `shared` problems; None if there is none.
    shared : int
        Problems that every method of the comparison solved.
    """

    solved: int
    capped: int
    lower_quartile: float | None
    median: float | None
    upper_quartile: float | None
    mean: float | None
    shared: int


def times(seconds: np.ndarray, shift: float = SHIFT) -> tuple[Times, ...]:
    """Return the summary of every method's times.

    Parameters
    ----------
    seconds : ndarray, shape (methods, problems)
        inf where a method did not solve a problem, or ran into a limit.
    shift : float
        Seconds.
    """
    shared = np.isfinite(seconds).all(axis=0)
    return tuple(_summary(row, row[shared], shift) for row in seconds)


def shifted_geometric_mean(seconds: np.ndarray, shift: float = SHIFT) -> float:
    """Return exp(mean(log(t + shift))) − shift of finite times ≥ 0, shape (problems,), at least one."""
    return float(np.exp(np.mean(np.log(seconds + shift))) - shift)


def _summary(seconds: np.ndarray, shared: np.ndarray, shift: float) -> Times:
    found = np.sort(seconds[np.isfinite(seconds)])
    return Times(
        len(found),
        len(seconds) - len(found),
        *(_quantile(found, share * (len(seconds) - 1)) for share in (0.25, 0.5, 0.75)),
        mean=shifted_geometric_mean(shared, shift) if len(shared) else None,
        shared=len(shared),
    )


def _quantile(found: np.ndarray, place: float) -> float | None:
    """Interpolate between the ordered times on both sides of a place; None if there is none on one of them."""
    return float(np.interp(place, np.arange(len(found)), found)) if 0.0 <= place <= len(found) - 1 else None
