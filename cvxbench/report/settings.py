"""Which setting of a tuned method won: how often each reached the lowest objective of its study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cvxbench.report.cells import Cell, best


@dataclass(frozen=True)
class SettingWins:
    """How often a setting was the best of its study, at one lambda.

    Parameters
    ----------
    network, method : str
    setting : str
        Its options, such as "step 0.1".
    is_default : bool
    lam : float
    wins : int
        Cells where one of its attempts has the lowest training objective of all.
    total : int
        Cells of the method at this lambda; those that nobody won are not scored, or have not run.
    """

    network: str
    method: str
    setting: str
    is_default: bool
    lam: float
    wins: int
    total: int


def setting_wins(cells: Iterable[Cell]) -> tuple[SettingWins, ...]:
    """Return the wins of every setting of the methods that have more than one, at each lambda, in the plan's order."""
    groups: dict[tuple[str, str, float], list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.problem.network, cell.method, cell.problem.lam), []).append(cell)
    found: list[SettingWins] = []
    for (network, method, lam), group in groups.items():
        settings = {named(a.planned.options): a.planned.is_default for cell in group for a in cell.attempts}
        if len(settings) < 2:
            continue
        winners = Counter(_winner(cell) for cell in group)
        found += [
            SettingWins(network, method, setting, is_default, lam, winners[setting], len(group))
            for setting, is_default in settings.items()
        ]
    return tuple(found)


def named(options: Mapping[str, float]) -> str:
    """Return a setting's options as people read them, such as "step 0.1"."""
    return ", ".join(f"{name} {value:g}" for name, value in options.items())


def _winner(cell: Cell) -> str | None:
    winner = best(cell.verdicts)
    return next((named(a.planned.options) for a in cell.attempts if winner is not None and a.verdict is winner), None)
