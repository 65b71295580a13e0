"""Cones that are cut together: the closer they are to each other, the fewer lines cross any of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cvxbench.convex.proofs.fan import Fan
from cvxbench.convex.proofs.terms import Terms

ENTRIES = 3e6  # lines times cones of a piece
CONES = 8000  # of a piece
PARTS = 4  # that a larger piece is cut into


@dataclass(frozen=True)
class Piece:
    """Some cones of one function.

    Parameters
    ----------
    whole : Terms
        f, for all directions.
    terms : Terms
        f, with the lines that may cross any of the cones.
    fan : Fan
    """

    whole: Terms
    terms: Terms
    fan: Fan

    @property
    def top(self) -> float:
        """Return the largest bound of the cones, 0 if there is none."""
        return float(self.fan.upper.max(initial=0.0))

    @property
    def large(self) -> bool:
        """Return whether the piece is better cut into parts."""
        return len(self.fan) * max(len(self.terms), ENTRIES / CONES) > ENTRIES

    def parts(self) -> list[Piece]:
        """Cut the piece across its longest extent; each part has lines of its own."""
        axes = self.fan.corners.sum(axis=1)
        axes /= np.linalg.norm(axes, axis=1, keepdims=True)
        order = np.argsort(axes[:, np.ptp(axes, axis=0).argmax()], kind="stable")
        fans = [self.fan.chosen(part) for part in np.array_split(order, PARTS)]
        return [Piece(self.whole, self.terms.on(fan.corners), fan) for fan in fans]

    def split(self, level: float) -> tuple[Piece, Piece]:
        """Return the cones with bounds above the level, and the others."""
        above = self.fan.upper > level
        return replace(self, fan=self.fan.chosen(above)), replace(self, fan=self.fan.chosen(~above))


def together(pieces: Sequence[Piece]) -> list[Piece]:
    """Return one piece for each function."""
    fans: dict[int, list[Fan]] = {}
    for piece in pieces:
        fans.setdefault(id(piece.whole), []).append(piece.fan)
    wholes = {id(piece.whole): piece.whole for piece in pieces}
    return [Piece(wholes[key], wholes[key], Fan.joined(found)) for key, found in fans.items()]
