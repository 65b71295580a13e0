"""How loops are compiled that NumPy would go through memory for several times."""

from __future__ import annotations

from numba import njit

# Sums may be reordered, as vector instructions need. A loop that writes must not sum: whether it is done by vector
# instructions may depend on where its arrays lie, and one seed is to give one result.
FAST = {"reassoc", "contract", "nsz"}

compiled = njit(cache=True, error_model="numpy", fastmath=FAST)
