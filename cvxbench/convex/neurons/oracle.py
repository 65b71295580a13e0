"""The search for the neuron that a residual most wants: max over ‖u‖ ≤ 1 and s = ±1 of s·r'(Xu)₊/n."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cvxbench.convex.neurons import starts
from cvxbench.convex.neurons.ascent import ascend
from cvxbench.convex.neurons.directions import Directions
from cvxbench.convex.neurons.smoothing import climb
from cvxbench.convex.neurons.space import Space
from cvxbench.convex.neurons.walk import walk

NEAR = 0.93  # of the neurons' median value: local maxima from there up are kept in the pool
LOW, HILL, HILLS = 0.8, 0.97, 1000  # and so many from here up of which no better one is within this cosine
TOP = 0.98  # of the neurons' median value: hills from there up are what climbs begin around
COPY, ALIKE = 1.0 - 1e-6, 1.0 - 1e-4  # cosine from which two maxima are one: two that were walked, two climbed
SAME = 1.0 - 1e-8  # and from which a maximum is a neuron
CELLS = 60  # that one walk may visit
WIDTHS = np.geomspace(0.3, 1e-5, 20)  # of the smoothing; fewer steps cost longer walks and find less
WIDE_WIDTHS = np.geomspace(1.0, 1e-5, 20)  # where a start has nothing to be kept
CLIMBING = 1e11  # n·r² times steps that a search of effort 1 spends on smoothed climbs; the others only walk
FEW_WIDTHS = np.geomspace(0.3, 1e-3, 6)
COARSE = 1e-3  # relative error of values from which climbs do, and nothing is walked
COARSE_WIDTHS = np.geomspace(0.3, 1e-3, 10)
AGAIN_WIDTHS = np.geomspace(0.03, 1e-3, 4)  # for what was a maximum of another residual


@dataclass
class Oracle:
    """A search that remembers the local maxima it met.

    Parameters
    ----------
    space : Space
    rng : Generator
    pool : Directions or None
        Local maxima close to the neurons' values, next to be neurons as the residual changes; and the highest of their
        surroundings, hills, which searches begin around.
    """

    space: Space
    rng: np.random.Generator
    pool: Directions | None = field(default=None)
    _met: tuple[np.ndarray, bool, Directions] | None = field(default=None, init=False, repr=False)

    def known(self, neurons: Directions) -> Directions:
        """Return the neurons and the pool."""
        return neurons if self.pool is None else Directions.joined([neurons, self.pool])

    def rough(self, residual: np.ndarray, neurons: Directions, deadline: float = np.inf) -> Directions:
        """Return directions for a residual far from optimal: ascents, the best of them climbed a little."""
        r = self.space.shape[1]
        k = int(np.clip(1000 / r, 12, 100))
        begun = [
            starts.both_signs(starts.gaussian(self.space, 2 * k, self.rng)),
            starts.both_signs(starts.differences(self.space, k, self.rng)),
        ]
        if len(neurons):
            begun += [starts.perturbed(neurons, 2 * k, -2.0, self.rng), neurons]
        ascended = ascend(self.space, residual, Directions.joined(begun), 40, 0.5, 1e-4, deadline).best_first()
        affordable = int(CLIMBING / (len(FEW_WIDTHS) * self.space.X.size * r))
        best = climb(
            self.space, residual, ascended.take(np.arange(min(40, affordable, len(ascended)))), FEW_WIDTHS, deadline
        )
        return Directions.joined([best, ascended]).best_first()

    def search(
        self,
        residual: np.ndarray,
        neurons: Directions,
        effort: float = 1.0,
        error: float = 0.0,
        deadline: float = np.inf,
    ) -> tuple[Directions, int]:
        """Return local maxima, best first, and from how many starts they were sought, fewer when time is up.

        Most climbs begin some way from a neuron, or from a hill that nearly is one: at mixtures with other hills, or at
        random. Maxima lie near each other, and what a search meets joins the pool that the next one begins around.
        Some begin anywhere. All are then walked to exact maxima, and so are the neurons and the pool; unless values may
        have a relative `error` of a thousandth: three times as many starts are then climbed in the same time.
        """
        space, rng = self.space, self.rng
        r = space.shape[1]
        exact = error < COARSE
        known = self._maxima(residual, neurons, exact, deadline)
        typical = float(np.median(known.values[: len(neurons)])) if len(neurons) else 0.0
        hills = known.best_first().distinct(HILL, HILLS)
        kept = int(effort * np.clip(2000 // r, 50, 200))
        anywhere = starts.random_signs(starts.gaussian(space, kept // 3 if len(hills) else kept, rng), rng)
        near = Directions.none(r)
        if len(hills):
            tops = hills.take(np.flatnonzero(hills.values >= min(TOP * typical, hills.values[0])))
            near = Directions.joined([starts.mixtures(tops, hills, kept, rng), starts.moved(space, tops, kept, rng)])
        widths, wide = (WIDTHS, WIDE_WIDTHS) if exact else (COARSE_WIDTHS, COARSE_WIDTHS)
        affordable = int(effort * CLIMBING / (len(widths) * space.X.size * r))
        climbed = climb(space, residual, near.take(np.arange(min(affordable, len(near)))), widths, deadline)
        lifted = climb(space, residual, anywhere.take(np.arange(min(affordable, len(anywhere)))), wide, deadline)
        met, tried = Directions.joined([climbed, lifted]), len(climbed) + len(lifted)
        if exact:
            begun_at = Directions.joined([climbed, near.take(np.arange(len(climbed), len(near))), lifted])
            met = walk(space, residual, begun_at, CELLS, deadline)
            tried = len(near) + len(anywhere) if len(met) == len(begun_at) else len(met)
        found = Directions.joined([known, met])
        copy = COPY if exact else ALIKE
        found = found.best_first().distinct(copy, len(found))
        typical = typical or float(found.values[0])
        close = found.take(np.flatnonzero(found.values > NEAR * typical)[: int(np.clip(10000 // r, 300, 2000))])
        high = found.take(np.flatnonzero(found.values > LOW * typical)).distinct(HILL, HILLS)
        pool = Directions.joined([close, high.away_from(close, copy)])
        self.pool = pool.away_from(neurons, SAME if exact else ALIKE)
        self._met = residual, exact, known.take(np.arange(len(neurons)))
        return found, tried

    def _maxima(self, residual: np.ndarray, neurons: Directions, exact: bool, deadline: float) -> Directions:
        """Return the neurons and the pool as local maxima; of the last search's residual they are that already.

        When time is up, those that were not reached have the values they have where they are.
        """
        if self._met is not None and self._met[0] is residual and self._met[1] >= exact and self.pool is not None:
            return Directions.joined([self._met[2], self.pool])
        space, known = self.space, self.known(neurons)
        if exact:
            met = walk(space, residual, known, CELLS, deadline)
        else:
            met = climb(space, residual, known, AGAIN_WIDTHS, deadline)
        return Directions.joined([met, known.take(np.arange(len(met), len(known))).valued(space, residual)])
