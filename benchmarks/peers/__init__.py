"""The solvers that ours is raced against; each file says how one of them is asked, and what it was given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from benchmarks.cases import Instance
from benchmarks.judge import Answer

NAMES = ("adelie", "skglm", "scnn", "clarabel", "ecos", "scs")
MODULES = {"clarabel": "conic", "ecos": "conic", "scs": "conic"}


@dataclass(frozen=True)
class Peer:
    """A solver of the gated program.

    Parameters
    ----------
    name : str
    package : str
        The distribution whose version is recorded.
    settings : tuple of str
        Tried one after the other; the best of them counts.
    attempt : function of (instance, setting, limit)
        Time to the target; the limit is in seconds.
    warm_up : function
        Compiles whatever is compiled at the first call.
    most_patterns : int, optional
        Larger programs are not asked for.
    """

    name: str
    package: str
    settings: tuple[str, ...]
    attempt: Callable[[Instance, str, float], Answer]
    warm_up: Callable[[], None]
    most_patterns: int | None = None


def peer(name: str) -> Peer:
    """Import and return the peer of that name."""
    module = import_module(f"benchmarks.peers.{MODULES.get(name, name)}")
    return next(found for found in module.PEERS if found.name == name)
