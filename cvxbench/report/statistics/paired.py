"""Is one method lower than another, or is it chance? Paired tests over tables, corrected for the number of pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.stats import binomtest, wilcoxon

from cvxbench.report.statistics.intervals import by_table


@dataclass(frozen=True)
class PairedTest:
    """Two methods on the same tables; the p-values are two-sided, and corrected by Holm over all pairs tested together.

    Parameters
    ----------
    method, opponent : str
    lower, ties, higher : int
        Tables where the method's mean is below, equal to and above that of its opponent.
    sign_p, wilcoxon_p : float
        Of the sign test, and of Wilcoxon's signed-rank test; ties count in neither.
    """

    method: str
    opponent: str
    lower: int
    ties: int
    higher: int
    sign_p: float
    wilcoxon_p: float


def paired_tests(values: Mapping[str, np.ndarray], tables: Sequence[str], tie: float = 0.0) -> tuple[PairedTest, ...]:
    """Return the tests of all pairs of methods, in the order of the methods.

    Parameters
    ----------
    values : mapping of str to ndarray, shape (problems,)
        Method → its score on each problem, lower is better; finite and on one scale, such as the log of objectives.
    tables : sequence of str, length problems
        The table that each problem belongs to; a table counts once, with the mean of its problems.
    tie : float
        Means that differ by no more than this are equal.
    """
    pairs = list(combinations(values, 2))
    differences = [_means(values[a] - values[b], tables, tie) for a, b in pairs]
    signs = holm([_sign_test(found) for found in differences])
    ranks = holm([_wilcoxon(found) for found in differences])
    return tuple(
        PairedTest(
            a, b, int(np.sum(found < 0.0)), int(np.sum(found == 0.0)), int(np.sum(found > 0.0)), sign_p, wilcoxon_p
        )
        for (a, b), found, sign_p, wilcoxon_p in zip(pairs, differences, signs, ranks, strict=True)
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values adjusted for their number, in the order given (Holm 1979)."""
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1.0)
    return adjusted.tolist()


def _means(differences: np.ndarray, tables: Sequence[str], tie: float) -> np.ndarray:
    sums, counts = by_table(differences, tables)
    means = sums / counts
    return np.where(np.abs(means) <= tie, 0.0, means)


def _sign_test(differences: np.ndarray) -> float:
    lower, unequal = int(np.sum(differences < 0.0)), int(np.sum(differences != 0.0))
    return float(binomtest(lower, unequal).pvalue) if unequal else 1.0


def _wilcoxon(differences: np.ndarray) -> float:
    unequal = differences[differences != 0.0]
    return np.asarray(wilcoxon(unequal), dtype=float)[1].item() if len(unequal) else 1.0
