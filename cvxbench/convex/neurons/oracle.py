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
COPY = 1.0 - 1e-6  # cosine from which two maxima are one
SAME = 1.0 - 1e-4  # cosine from which two starts are one
CELLS = 60  # that one walk may visit
WIDTHS = np.geomspace(0.3, 1e-5, 20)  # of the smoothing; fewer steps cost longer walks and find less
WIDE_WIDTHS = np.geomspace(1.0, 1e-5, 20)  # where a start has nothing to be kept
CLIMBING = 1e11  # n·r² times steps that a search of effort 1 spends on smoothed climbs; the others only walk
FEW_WIDTHS = np.geomspace(0.3, 1e-3, 6)


@dataclass
class Oracle:
    """A search that remembers the local maxima it met.

    Parameters
    ----------
    space : Space
    rng : Generator
    pool : Directions or None
        Local maxima close to the neurons' values: next to be neurons, as the residual changes.
    """

    space: Space
    rng: np.random.Generator
    pool: Directions | None = field(default=None)

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
        self, residual: np.ndarray, neurons: Directions, effort: float = 1.0, deadline: float = np.inf
    ) -> tuple[Directions, int]:
        """Return local maxima, best first, and from how many starts they were sought, fewer when time is up.

        Most climbs begin at mixtures of the neurons and the pool, or some way from one of them: maxima lie near each
        other, and what a search meets joins the pool that the next one begins around. Others begin anywhere, at once or
        where cheap ascents end. All are then walked to exact maxima, and so are the neurons and the pool.
        """
        space, rng = self.space, self.rng
        r = space.shape[1]
        known = self.known(neurons)
        count, kept = int(effort * np.clip(20000 // r, 300, 2000)), int(effort * np.clip(2000 // r, 50, 200))
        begun = [
            starts.random_signs(starts.gaussian(space, count // 4, rng), rng),
            starts.random_signs(starts.differences(space, count // 8, rng), rng),
        ]
        anywhere = starts.random_signs(starts.gaussian(space, kept // 3, rng), rng)
        near = []
        if len(known):
            begun += [starts.mixtures(known, count // 8, rng), starts.perturbed(known, count // 8, -1.5, rng)]
            near = [starts.mixtures(known, kept, rng), starts.moved(space, known, kept, rng)]
        ascended = ascend(space, residual, Directions.joined(begun), 35, 0.3, 3e-4, deadline).best_first()
        chosen = Directions.joined([*near, ascended.distinct(SAME, kept // 2)])
        affordable = int(effort * CLIMBING / (len(WIDTHS) * space.X.size * r))
        climbed = climb(space, residual, chosen.take(np.arange(min(affordable, len(chosen)))), WIDTHS, deadline)
        left = chosen.take(np.arange(len(climbed), len(chosen)))
        lifted = climb(space, residual, anywhere.take(np.arange(min(affordable, len(anywhere)))), WIDE_WIDTHS, deadline)
        begun_at = Directions.joined([climbed, left, lifted])
        met = walk(space, residual, begun_at, CELLS, deadline)
        tried = sum(map(len, [*begun, anywhere, *near])) if len(met) == len(begun_at) else len(met)
        found = Directions.joined([walk(space, residual, known, CELLS), met])
        typical = np.median(found.values[: len(neurons)]) if len(neurons) else found.values.max()
        found = found.best_first().distinct(COPY, len(found))
        close = found.take(np.flatnonzero(found.values > NEAR * typical)[: int(np.clip(10000 // r, 300, 2000))])
        self.pool = close.away_from(neurons, 1.0 - 1e-8)
        return found, tried
