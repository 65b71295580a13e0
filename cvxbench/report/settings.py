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
    outermost : bool
        Whether one of its options has the smallest or the largest value of three or more in the study's grid.
    """

    network: str
    method: str
    setting: str
    is_default: bool
    lam: float
    wins: int
    total: int
    outermost: bool


def setting_wins(cells: Iterable[Cell]) -> tuple[SettingWins, ...]:
    """Return the wins of every setting of the methods that have more than one, at each lambda, in the plan's order."""
    groups: dict[tuple[str, str, float], list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.problem.network, cell.method, cell.problem.lam), []).append(cell)
    found: list[SettingWins] = []
    for (network, method, lam), group in groups.items():
        settings = {named(a.planned.options): a.planned for cell in group for a in cell.attempts}
        if len(settings) < 2:
            continue
        winners = Counter(_winner(cell) for cell in group)
        ends = _ends([planned.options for planned in settings.values()])
        found += [
            SettingWins(
                network=network,
                method=method,
                setting=setting,
                is_default=planned.is_default,
                lam=lam,
                wins=winners[setting],
                total=len(group),
                outermost=not ends.isdisjoint(planned.options.items()),
            )
            for setting, planned in settings.items()
        ]
    return tuple(found)


def named(options: Mapping[str, float]) -> str:
    """Return a setting's options as people read them: "step 0.1"; "as it is" where there is nothing to set."""
    return ", ".join(f"{name} {value:g}" for name, value in options.items()) or "as it is"


def _ends(settings: Iterable[Mapping[str, float]]) -> set[tuple[str, float]]:
    values: dict[str, set[float]] = {}
    for options in settings:
        for name, value in options.items():
            values.setdefault(name, set()).add(value)
    return {(name, end) for name, of in values.items() if len(of) > 2 for end in (min(of), max(of))}


def _winner(cell: Cell) -> str | None:
    winner = best(cell.verdicts)
    return next((named(a.planned.options) for a in cell.attempts if winner is not None and a.verdict is winner), None)
