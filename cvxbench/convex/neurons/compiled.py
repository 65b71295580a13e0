"""How loops are compiled that NumPy would go through memory for several times."""

from __future__ import annotations

from numba import njit

# sums may be reordered and divisions shared, as vector instructions need; infinities and NaN are what they are
FAST = {"reassoc", "contract", "arcp", "nsz", "afn"}

compiled = njit(cache=True, error_model="numpy", fastmath=FAST)
