"""Profiles: of each method, the share of all problems on which it is at most so slow, or so far from the reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Profile:
    """Step curves, right-continuous and 0 before the first point.

    Parameters
    ----------
    at : ndarray, shape (points,)
        Where some curve steps, ascending, each once; finite.
    share : ndarray, shape (methods, points)
        Share of *all* problems whose value is ≤ `at`: a problem that was not solved stays in every denominator.
    """

    at: np.ndarray
    share: np.ndarray


def performance_profile(times: np.ndarray) -> Profile:
    """Return the share of problems that each method solves within a factor of the fastest (Dolan and Moré 2002).

    The factors are relative to the methods compared: adding a fast one moves the curves of all others, which a data
    profile's does not.

    Parameters
    ----------
    times : ndarray, shape (methods, problems)
        > 0, in seconds; inf where a method did not solve the problem.
    """
    fastest = times.min(axis=0)
    solved = np.isfinite(times)
    return _curves(np.divide(times, fastest, out=np.full(times.shape, np.inf), where=solved))


def data_profile(times: np.ndarray) -> Profile:
    """Return the share of problems that each method solves within so many seconds (Moré and Wild 2009, in seconds).

    Parameters
    ----------
    times : ndarray, shape (methods, problems)
        In seconds; inf where a method did not solve the problem.
    """
    return _curves(times)


def quality_profile(gaps: np.ndarray) -> Profile:
    """Return the share of problems on which each method ends within a relative gap of the reference.

    Parameters
    ----------
    gaps : ndarray, shape (methods, problems)
        ≥ 0, relative; inf where a method has no score.
    """
    return _curves(gaps)


def _curves(values: np.ndarray) -> Profile:
    at = np.unique(values[np.isfinite(values)])
    below = np.array([np.searchsorted(np.sort(row), at, side="right") for row in values], dtype=float)
    return Profile(at, below / max(values.shape[1], 1))
