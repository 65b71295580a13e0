"""Name → method. Ours and third parties' register alike: an entry point of the group `cvxbench.methods`."""

from __future__ import annotations

import difflib
import sys
from functools import lru_cache
from importlib.metadata import EntryPoints, entry_points

from cvxbench.attempt import Method
from cvxbench.errors import CvxbenchError

GROUP = "cvxbench.methods"


def names() -> list[str]:
    """Return the names of all registered methods."""
    return sorted({entry.name for entry in _registered(tuple(sys.path))})


def get(name: str) -> Method:
    """Return the method of that name; importing it may take seconds.

    Raises
    ------
    CvxbenchError
        If no installed package registers it, or what it registers is no method.
    """
    found = [entry for entry in _registered(tuple(sys.path)) if entry.name == name]
    if not found:
        close = difflib.get_close_matches(name, names(), n=1)
        hint = f"; did you mean '{close[0]}'?" if close else ""
        raise CvxbenchError(f"method '{name}' is unknown{hint} (cvxbench methods)")
    try:
        method = found[0].load()
    except Exception as error:  # whatever a third party's module does on import
        raise CvxbenchError(
            f"method '{name}' cannot be loaded from {found[0].value}: {type(error).__name__}: {error}"
        ) from error
    if not isinstance(method, Method):
        raise CvxbenchError(f"method '{name}' ({found[0].value}) is not a cvxbench.attempt.Method")
    return method


@lru_cache(maxsize=1)
def _registered(path: tuple[str, ...]) -> EntryPoints:
    """Return what is installed on `path`: reading it takes longer than many an attempt."""
    return entry_points(group=GROUP)
