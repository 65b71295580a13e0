"""Deep narrow ReLU networks on one-dimensional data, trained by a Lasso over an explicit dictionary.

Zeger, Wang, Mishkin, Ergen, Candès and Pilanci (2024), "A Library of Mirrors: Deep Neural Nets in Low Dimensions are
Convex Lasso Models with Reflection Features": min ½‖Az + ξ1 − y‖² + β‖z‖₁. A feature of L layers is
a_L(x) = (s·(a_{L−1}(x) − a_{L−1}(c)))₊ with a_1(x) = x, a sign s and a data point c in each layer; the innermost c of
four layers may be a data point reflected at another, 2x_j − x_i.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from scipy.optimize import linprog

from cvxbench.bench.records import Part
from cvxbench.studies.experiment import BudgetName, Experiment
from cvxbench.studies.findings import Comparison, Findings, Sheet

X = (0.0, 2.0, 6.0, 7.0)
Y = {"level": (0.0, 0.0, 3.0, 3.0), "steep": (0.0, 0.0, 3.0, 7.0)}
BETA = 1e-8
PUBLISHED = {("level", 3): 1.5e-8, ("level", 4): 3e-8, ("steep", 2): 4e-8, ("steep", 3): 4e-8, ("steep", 4): 9e-8}
SAME = 1e-3  # relative


def parts(budget: BudgetName, seed: int | None) -> Sequence[Part]:
    """Return the plan: the five optima that the authors' public code prints."""
    return [
        Part(f"{name}, {layers} layers", f"{__name__}:solve", {"name": name, "layers": layers})
        for name, layers in PUBLISHED
    ]


def solve(name: str, layers: int) -> dict[str, Any]:
    """Return the optimum between two bounds that are proven.

    Interpolating at the least ‖z‖₁ = v costs βv; with the multipliers μ of that linear program, βμ is feasible in the
    Lasso's dual, and bounds it from below by βv − β²‖μ‖²/2.
    """
    A, y = dictionary(np.array(X), layers), np.array(Y[name])
    ones = np.ones((len(y), 1))
    cost = np.concatenate([np.ones(2 * A.shape[1]), [0.0, 0.0]])
    program = linprog(cost, A_eq=np.hstack([A, -A, ones, -ones]), b_eq=y, bounds=(0.0, None))
    mu = program.eqlin.marginals
    mu = (mu - mu.mean()) / max(1.0, float(np.abs(A.T @ (mu - mu.mean())).max()))
    z = program.x[: A.shape[1]] - program.x[A.shape[1] : -2]
    return {
        "objective": BETA * float(np.abs(z).sum()),
        "lower_bound": BETA * float(mu @ y) - 0.5 * BETA**2 * float(mu @ mu),
        "residual": float(np.abs(A @ z + program.x[-2] - program.x[-1] - y).max()),
        "columns": A.shape[1],
        "weights": [[float(weight), A[:, at].tolist()] for at, weight in enumerate(z) if abs(weight) > 1e-9],
    }


def dictionary(x: np.ndarray, layers: int) -> np.ndarray:
    """Return the distinct features of all signs and points at the data, shape (n, p)."""
    reflections = (False, True) if layers == 4 else (False,)
    columns = {
        tuple(_feature(x, layers, signs, points, reflected, x))
        for reflected in reflections
        for signs in product((1.0, -1.0), repeat=layers - 1)
        for points in product(range(len(x)), repeat=layers - 1)
    }
    return np.array(sorted(columns)).T


def _feature(
    at: np.ndarray, layer: int, signs: Sequence[float], points: Sequence[int], reflected: bool, x: np.ndarray
) -> np.ndarray:
    if layer == 1:
        return at
    inner = layer - 2
    point = 2.0 * x[points[1]] - x[points[0]] if reflected and layer == 2 else x[points[inner]]
    here = _feature(at, layer - 1, signs, points, reflected, x)
    there = _feature(np.array([point]), layer - 1, signs, points, reflected, x)
    return np.maximum(signs[inner] * (here - there), 0.0)


def findings(parts: Sequence[Part]) -> Findings:
    """Return the optima beside the published ones."""
    done = [(PUBLISHED[part.options["name"], part.options["layers"]], part) for part in parts if part.result]
    same = sum(abs(dict(part.result or {})["objective"] / published - 1.0) <= SAME for published, part in done)
    return Findings(
        question="Are the printed optima of the Lasso over deep narrow networks its optima?",
        answer=f"{same} of {len(done)} are, to {SAME:g} relative.",
        facts=(f"x = {X}, β = {BETA:g}, features of the published dictionary, a free constant ξ.",),
        comparisons=tuple(_comparison(published, part) for published, part in done),
        sheets=(_solutions(parts),),
    )


def _comparison(published: float, part: Part) -> Comparison:
    result = dict(part.result or {})
    objective, bound = result["objective"], result["lower_bound"]
    same = abs(objective / published - 1.0) <= SAME
    why = f"the optimum is between {bound:.6g} and {objective:.6g}, proven"
    if objective < (1.0 - SAME) * published:
        why += "; the printed value is above it, and β is of the size of a solver's usual tolerance"
    return Comparison(
        f"optimum for y = {Y[part.options['name']]}, {part.options['layers']} layers",
        f"{published:g}",
        f"{objective:.6g}",
        "holds" if same else "does not hold",
        why,
    )


def _solutions(parts: Sequence[Part]) -> Sheet:
    rows = [
        (part.key, str(part.result["columns"]), f"{weight:.6g}", ", ".join(f"{value:g}" for value in column))
        for part in parts
        if part.result
        for weight, column in part.result["weights"]
    ]
    return Sheet(
        title="The features that an optimal network uses",
        columns=("problem", "features", "weight", "the feature at x = 0, 2, 6, 7"),
        align="lrrr",
        rows=tuple(rows),
    )


EXPERIMENT = Experiment(
    name="lasso-1d",
    description="optima of deep narrow networks on one-dimensional data, as Lassos over explicit dictionaries",
    parts=parts,
    findings=findings,
)
