"""The search for the neuron that a residual most wants: max over ‖u‖ ≤ 1 and s = ±1 of s·r'(Xu)₊/n."""

from __future__ import annotations

import math
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
WIDTHS = np.geomspace(0.05, 1e-3, 14)  # of the smoothing
MIXED, MOVED, ANYWHERE = 0.9, 0.2, 0.15  # of the climbs: at mixtures with hills and of neurons each; at moves; anywhere
FIRST = 6  # of the widths: after them only the best climbs go on
SPARE, LEAST = 2.0, 0.3  # times the share that met something wanted in the search before; and the least that go on
CLIMBING = 1e11  # n·r² times steps that a search of effort 1 spends on smoothed climbs
FEW_WIDTHS = np.geomspace(0.3, 1e-3, 6)
COARSE = 1e-3  # relative error of values from which climbs do, and nothing is walked
COARSE_WIDTHS, COARSE_FIRST = np.geomspace(0.05, 1e-3, 8), 3  # of climbs that are all there is
MORE = 1.5  # times as many of these
REFINED = 0.985  # of the neurons' median value: what climbed up to there is walked, or climbs once more
AGAIN_WIDTHS = np.geomspace(0.03, 1e-3, 4)  # for that, and for what was a maximum of another residual


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
    _rich: float = field(default=1.0, init=False, repr=False)  # share of the climbs before that met something wanted
    _met: tuple[np.ndarray, bool, Directions] | None = field(default=None, init=False, repr=False)

    def known(self, neurons: Directions) -> Directions:
        """Return the neurons and the pool."""
        return neurons if self.pool is None else Directions.joined([neurons, self.pool])

    def forgetful(self) -> Oracle:
        """Return one that knows nothing but the neurons."""
        other = Oracle(self.space, self.rng, Directions.none(self.space.shape[1]))
        other._met = self._met
        return other

    def learn(self, met: Directions) -> None:
        """Take what another search met at the last residual into the pool."""
        self.pool = Directions.joined([met] if self.pool is None else [self.pool, met])

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

        Most climbs begin at mixtures of neurons, or of a hill that nearly is one with any other: maxima lie near each
        other, and what a search meets joins the pool that the next one begins around. Some begin anywhere. Where few
        climbs meet anything above the neurons, more are begun, and only the best go on after the first smoothing steps,
        in about the same time. What climbed nearly as high as the neurons is then walked to exact maxima, as they and
        the pool are before; or, if values may have a relative `error` of a thousandth, climbs once more.
        """
        space, rng = self.space, self.rng
        r = space.shape[1]
        exact = error < COARSE
        known = self._maxima(residual, neurons, exact, deadline)
        typical = float(np.median(known.values[: len(neurons)])) if len(neurons) else 0.0
        hills = known.best_first().distinct(HILL, HILLS)
        share = float(np.clip(SPARE * self._rich, LEAST, 1.0))
        widths, first = (WIDTHS, FIRST) if exact else (COARSE_WIDTHS, COARSE_FIRST)
        effort *= (2.0 if exact else 1.0) / (share + (1.0 - share) * first / len(widths))
        kept = int(effort * np.clip(2000 // r, 50, 200) * (1.0 if exact else MORE))
        begun = [starts.random_signs(starts.gaussian(space, int((ANYWHERE if len(hills) else 1.0) * kept), rng), rng)]
        if len(hills):
            tops = hills.take(np.flatnonzero(hills.values >= min(TOP * typical, hills.values[0])))
            begun = [starts.moved(space, tops, int(MOVED * kept), rng), *begun]
            begun = [starts.mixtures(tops, hills, int(MIXED * kept), rng), *begun]
        if len(neurons):
            begun = [starts.mixtures(neurons, neurons, int(MIXED * kept), rng), *begun]
        affordable = max(1, int(effort * CLIMBING / (len(widths) * space.X.size * r)))
        chosen = Directions.joined([each.take(np.arange(min(affordable, len(each)))) for each in begun])
        met = climb(space, residual, chosen, widths[:first], deadline).best_first()
        tried = len(met)
        met = climb(space, residual, met.take(np.arange(math.ceil(share * tried))), widths[first:], deadline)
        self._rich = np.count_nonzero(met.values > typical) / max(tried, 1)
        met = met.best_first().distinct(ALIKE, len(met))
        if not exact:
            met = met.away_from(known, ALIKE)
        high = np.count_nonzero(met.values >= REFINED * (typical or met.values.max(initial=0.0)))
        refined = self._refined(residual, met.take(np.arange(high)), exact, deadline)
        met = Directions.joined([refined, met.take(np.arange(len(refined), len(met))).away_from(known, ALIKE)])
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
        known = self.known(neurons)
        met = self._refined(residual, known, exact, deadline)
        return Directions.joined([met, known.take(np.arange(len(met), len(known))).valued(self.space, residual)])

    def _refined(self, residual: np.ndarray, close: Directions, exact: bool, deadline: float) -> Directions:
        """Return the maxima next to directions that are close to them, of the first ones when time is up."""
        if exact:
            return walk(self.space, residual, close, CELLS, deadline)
        return climb(self.space, residual, close, AGAIN_WIDTHS, deadline)
