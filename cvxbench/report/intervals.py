"""Confidence intervals of solve rates."""

from __future__ import annotations

from scipy.stats import binomtest


def wilson(solved: int, total: int) -> tuple[float, float]:
    """Return the Wilson 95 % interval of the rate solved/total, total > 0 (Wilson 1927)."""
    interval = binomtest(solved, total).proportion_ci(confidence_level=0.95, method="wilson")
    return float(interval.low), float(interval.high)
