"""How loops are compiled that NumPy would go through memory for several times: when their module is first imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit

# Sums may be reordered, as vector instructions need. A loop that writes must not sum: whether it is done by vector
# instructions may depend on where its arrays lie, and one seed is to give one result.
FAST = {"reassoc", "contract", "nsz"}


def compiled(signature: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that compiles a function for one signature, in Numba's notation, and keeps that for later."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        try:
            return njit(signature, cache=True, error_model="numpy", fastmath=FAST)(function)
        except RuntimeError:  # there is no directory to keep it in: every process compiles it anew
            return njit(signature, error_model="numpy", fastmath=FAST)(function)

    return decorate
