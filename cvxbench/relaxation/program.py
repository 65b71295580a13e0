"""The linear program around a network on one box: cuts are added where its solution violates them (HiGHS)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import highspy
import numpy as np

from cvxbench.relaxation.curves import covered
from cvxbench.relaxation.envelope import Neurons
from cvxbench.relaxation.intervals import Bounds
from cvxbench.relaxation.linear import lines
from cvxbench.relaxation.network import LayeredNetwork
from cvxbench.relaxation.separation import Cuts, separate

ROUNDS = 30
TOLERANCE = 1e-7  # of a violation, as a share of what the neuron's value can vary by
NARROW = 1e-9  # a neuron that varies by less gets no rows: they would be rounding
ROUNDING = 1e-14  # by which rows are loosened, relative to their terms
Family = Literal["univariate", "envelope"]


@dataclass(frozen=True)
class Bound:
    """A lower bound of one output, and what it took.

    Parameters
    ----------
    value : float
        Recomputed from the program's duals, so that the solver's tolerances do not make it wrong.
    cuts : int
        Added on the way.
    rounds : int
        Programs solved.
    """

    value: float
    cuts: int
    rounds: int


class OutputProgram:
    """min f_i(x) over a box with each neuron between cuts; all bounds on a box are had from one such object.

    It starts from the lines of `linear_bounds`, so that no bound is below that one's. A "univariate" bound adds
    tangents of the envelopes of σ as a function of one number on the interval that the neuron can receive: for a ReLU,
    the triangle. An "envelope" bound also adds those of σ(w'y + b) as a function of the box of the layer before
    (Carrasco and Muñoz 2024; Anderson et al. 2020 for ReLU). A neuron that has no envelopes keeps the range of σ. Cuts
    stay, so ask for all univariate bounds first if they are to be compared.

    Parameters
    ----------
    network : LayeredNetwork
    bounds : Bounds
        Of one box, as `linear_bounds(...).of(box)` gives them.
    """

    def __init__(self, network: LayeredNetwork, bounds: Bounds) -> None:
        self._network, self._bounds = network, bounds
        self._ends = [(bounds.lower[0], bounds.upper[0])]
        for (_, activation), (low, high) in zip(network.hidden, bounds.hidden, strict=True):
            self._ends.append(activation.range(low[0], high[0]))
        self._starts = np.cumsum([0] + [len(low) for low, _ in self._ends])
        lower, upper = (np.concatenate(side) for side in zip(*self._ends, strict=True))
        self._centre, self._radius = 0.5 * (lower + upper), 0.5 * (upper - lower)
        # The variables are t with centre + radius·t the inputs and the neurons' values, layer by layer; −1 ≤ t ≤ 1.
        self._rows = np.empty((0, len(lower)))
        self._sides = np.empty(0)
        self._highs = highspy.Highs()
        self._highs.setOptionValue("output_flag", False)
        self._highs.setOptionValue("threads", 1)
        self._highs.setOptionValue("primal_feasibility_tolerance", 1e-9)
        self._highs.setOptionValue("dual_feasibility_tolerance", 1e-9)
        self._highs.addVars(len(lower), np.full(len(lower), -1.0), np.ones(len(lower)))
        for layer, ((affine, activation), (low, high)) in enumerate(zip(network.hidden, bounds.hidden, strict=True)):
            line = lines(activation, low[0], high[0])
            for side, slope, intercept in (
                (1.0, line.upper_slope, line.upper_intercept),
                (-1.0, line.lower_slope, line.lower_intercept),
            ):
                every = np.arange(len(slope))
                self._add(layer, every, side, slope[:, None] * affine.weights, slope * affine.bias + intercept)

    def lower_bound(self, output: int, family: Family, enough: float = np.inf) -> Bound:
        """Bound one output from below, in rounds of cuts until none is violated.

        Parameters
        ----------
        output : int
        family : {"univariate", "envelope"}
            Which cuts may be added.
        enough : float
            Stop once the bound is above this.
        """
        weights = np.zeros(len(self._centre))
        weights[self._starts[-2] :] = self._network.output.weights[output]
        constant = weights @ self._centre + self._network.output.bias[output]
        objective = weights * self._radius
        self._highs.changeColsCost(len(objective), np.arange(len(objective), dtype=np.int32), objective)
        best, cuts, rounds = -np.inf, 0, 0
        while rounds < ROUNDS:
            rounds += 1
            point, duals = self._solve()
            best = max(best, self._safe(objective, duals) + constant)
            if best > enough:
                break
            added = self._separate(point, family)
            cuts += added
            if not added:
                break
        return Bound(float(best), cuts, rounds)

    def _solve(self) -> tuple[np.ndarray, np.ndarray]:
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            self._highs.clearSolver()  # cuts that are nearly parallel can leave a basis that no warm start gets out of
            self._highs.run()
        status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            ended = self._highs.modelStatusToString(status)
            raise RuntimeError(f"HiGHS ended with {ended} on a bounded feasible program")
        solution = self._highs.getSolution()
        return np.array(solution.col_value), np.array(solution.row_dual)

    def _safe(self, objective: np.ndarray, duals: np.ndarray) -> float:
        """Return the Lagrangian bound of the rows' multipliers over the box: valid whatever the multipliers are."""
        multipliers = np.maximum(-duals, 0.0)
        return float(-np.abs(objective + multipliers @ self._rows).sum() - multipliers @ self._sides)

    def _separate(self, point: np.ndarray, family: Family) -> int:
        """Add the violated cuts at a point, and return how many."""
        before = len(self._rows)
        parts = np.split(self._centre + self._radius * np.clip(point, -1.0, 1.0), self._starts[1:-1])
        for layer, ((affine, activation), (low, high)) in enumerate(
            zip(self._network.hidden, self._bounds.hidden, strict=True)
        ):
            inputs, values = parts[layer], parts[layer + 1]
            tol = TOLERANCE * np.maximum(self._radius[self._columns(layer + 1)], 1e-6)
            z = np.clip(affine(inputs), low[0], high[0])
            has = np.flatnonzero(covered(activation, low[0], high[0]))
            one = Neurons(activation, np.ones((len(has), 1)), np.zeros(len(has)), low[0][has, None], high[0][has, None])
            cuts = separate(one, z[has, None], values[has], tol[has])
            slope = cuts.gradient
            shift = cuts.intercept + slope[:, 0] * affine.bias[has]
            self._add_found(layer, has, cuts, slope * affine.weights[has], shift)
            if family == "envelope":
                wide = Neurons(activation, affine.weights, affine.bias, *self._ends[layer])
                has = np.flatnonzero(wide.covered())  # the interval of a neuron may be narrower than its box makes it
                wide = Neurons(activation, affine.weights[has], affine.bias[has], *self._ends[layer])
                cuts = separate(wide, inputs, values[has], tol[has])
                self._add_found(layer, has, cuts, cuts.gradient, cuts.intercept)
        return len(self._rows) - before

    def _add_found(
        self, layer: int, neurons: np.ndarray, cuts: Cuts, gradients: np.ndarray, intercepts: np.ndarray
    ) -> None:
        for side in (1.0, -1.0):
            found = cuts.exists & (cuts.side == side)
            self._add(layer, neurons[found], side, gradients[found], intercepts[found])

    def _add(self, layer: int, neurons: np.ndarray, side: float, gradients: np.ndarray, intercepts: np.ndarray) -> None:
        """Add side·(y_j − gradient'y_before) ≤ side·intercept for some neurons j of a layer, in t and scaled."""
        before, columns = self._columns(layer), self._starts[layer + 1] + neurons
        wide = self._radius[columns] > NARROW
        gradients, intercepts, columns = gradients[wide], intercepts[wide], columns[wide]
        if not len(columns):
            return
        radius, centre = self._radius[columns], self._centre[columns]
        rows = np.zeros((len(columns), len(self._centre)))
        rows[:, before] = -side * gradients * self._radius[before] / radius[:, None]
        rows[np.arange(len(columns)), columns] = side
        terms = np.abs(intercepts) + np.abs(centre) + np.abs(gradients) @ np.abs(self._centre[before])
        sides = side * (intercepts + gradients @ self._centre[before] - centre) + ROUNDING * terms
        sides /= radius
        self._rows = np.vstack([self._rows, rows])
        self._sides = np.concatenate([self._sides, sides])
        at, entries = np.nonzero(rows)
        starts = np.searchsorted(at, np.arange(len(rows)))
        infinite = np.full(len(rows), -highspy.kHighsInf)
        integers = starts.astype(np.int32), entries.astype(np.int32)
        self._highs.addRows(len(rows), infinite, sides, len(entries), *integers, rows[at, entries])

    def _columns(self, layer: int) -> slice:
        return slice(self._starts[layer], self._starts[layer + 1])
