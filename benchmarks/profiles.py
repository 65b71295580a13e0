"""Objective against time: how many problems each method has nearly solved by when, and each problem's curves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.opponents import Row

MOMENTS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)  # seconds
FLOOR = 1e-5  # relative excess that is drawn as zero

Problem = tuple[str, float]


def problems(rows: Sequence[Row]) -> dict[Problem, list[Row]]:
    """Return the rows of each problem."""
    found: dict[Problem, list[Row]] = {}
    for row in rows:
        found.setdefault((row.dataset, row.lam), []).append(row)
    return found


def excess(rows: Sequence[Row], method: str, seconds: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return how far a method's lowest objective on one problem is above everybody's lowest, after so many seconds.

    Of a method with several settings the lowest counts at each moment, as if they ran side by side.
    """
    lowest = min(row.objective for row in rows)
    moments = sorted(moment for row in rows if row.method == method for moment in row.moments)
    return np.array(
        [min((value for at, value in moments if at <= moment), default=np.inf) / lowest - 1.0 for moment in seconds]
    )


def shares(rows: Sequence[Row], within: float) -> dict[str, np.ndarray]:
    """Return for each method the share of problems whose excess is at most `within` at each of MOMENTS."""
    each = problems(rows).values()
    return {
        method: np.mean([excess(of, method, MOMENTS) <= within for of in each], axis=0)
        for method in dict.fromkeys(row.method for row in rows)
    }


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draw every problem's excess against seconds, both logarithmic: a row of panels per table, a column per lambda."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    each = problems(rows)
    tables, lams = list(dict.fromkeys(name for name, _ in each)), sorted({lam for _, lam in each})
    seconds = np.geomspace(0.03, 120.0, 40)
    size = (2.4 * len(lams), 1.6 * len(tables))
    figure, panels = pyplot.subplots(
        len(tables), len(lams), figsize=size, sharex=True, sharey=True, squeeze=False, layout="constrained"
    )
    for (name, lam), of in each.items():
        panel = panels[tables.index(name)][lams.index(lam)]
        for number, method in enumerate(dict.fromkeys(row.method for row in rows)):
            curve = np.clip(excess(of, method, seconds), FLOOR, None)
            panel.loglog(seconds, np.where(np.isfinite(curve), curve, np.nan), color=f"C{number}", label=method)
        panel.set_title(f"{name}, λ = {lam:.2g}", fontsize=7)
        panel.tick_params(labelsize=6)
        panel.grid(True, alpha=0.2)
    figure.supxlabel("seconds", fontsize=8)
    figure.supylabel(f"objective above the lowest, relative ({FLOOR:g}: less)", fontsize=8)
    figure.legend(*panels[0][0].get_legend_handles_labels(), loc="outside upper center", ncols=5, fontsize=8)
    figure.savefig(path, dpi=90, metadata={"Software": None})
    pyplot.close(figure)
