"""`train_convex`: a two-layer ReLU network trained by its convex program to a certified optimum."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import overload

import numpy as np

from cvxbench.convex.neurons.program import NeuronProgram
from cvxbench.convex.path import Clock, Ending, Program, Reached, solve_path
from cvxbench.convex.programs import program_of
from cvxbench.convex.solution import Solution
from cvxbench.errors import CvxbenchError
from cvxbench.networks.patterns import distinct
from cvxbench.networks.problem import NETWORKS
from cvxbench.networks.separable import Separable

GATES = 1000
TOLERANCE, SEARCHED_TOLERANCE = 1e-6, 1e-4
GIB = 2.0**30
DENSE = 8.0  # GiB that dense matrices may take if no limit is given
SEARCHING = 0.5  # GiB that searches over all patterns work in


@overload
def train_convex(
    X: np.ndarray,
    y: np.ndarray,
    *,
    lam: float,
    network: str = ...,
    gates: np.ndarray | None = ...,
    tol: float | None = ...,
    seed: int = ...,
    time_limit: float | None = ...,
    memory_limit: float | None = ...,
) -> Solution: ...


@overload
def train_convex(
    X: np.ndarray,
    y: np.ndarray,
    *,
    lam: Sequence[float] | np.ndarray,
    network: str = ...,
    gates: np.ndarray | None = ...,
    tol: float | None = ...,
    seed: int = ...,
    time_limit: float | None = ...,
    memory_limit: float | None = ...,
) -> list[Solution]: ...


def train_convex(
    X: np.ndarray,
    y: np.ndarray,
    *,
    lam: float | Sequence[float] | np.ndarray,
    network: str = "gated-relu",
    gates: np.ndarray | None = None,
    tol: float | None = None,
    seed: int = 0,
    time_limit: float | None = None,
    memory_limit: float | None = None,
) -> Solution | list[Solution]:
    """Train a two-layer ReLU network by its convex program, on given activation patterns or over all of them.

    On the patterns of given gates the program is min Σ_k 1/(2n)·‖f_k(X) − y_k‖² + λ Σ‖w‖₂ (Pilanci and Ergen 2020;
    gated: Mishkin, Sahiner and Pilanci 2022); its optimum is the regularised optimum over networks with these patterns,
    and the lower bound is proven. Without gates a ReLU network is trained over all patterns: neurons are searched for
    until none is missing, and the lower bound is proven if X has rank 5 or less and time allows, else searched
    (docs/relu.md). X and y are used as given: no hidden scaling, no hidden bias. An interruption (Ctrl-C), the time
    limit, or a lack of memory returns the best point so far with its own certificate; `Solution.status` says which.

    Parameters
    ----------
    X : array_like, shape (n, d)
        Finite numbers; computed with in float64.
    y : array_like, shape (n,) or (n, k)
        The k columns are outputs that share no neuron; their objectives add up.
    lam : float or sequence of float
        Positive. A sequence is a path: solved from the largest down, each started from the one before.
    network : {"gated-relu", "relu"}
    gates : array_like, shape (d, P), optional
        Vectors g; a pattern is 1[Xg ≥ 0]. By default, 1000 Gaussian ones from `seed` for a gated network, and all
        patterns for a ReLU network.
    tol : float, optional
        Relative gap between objective and lower bound to stop at. By default 1e-6, and 1e-4 over all patterns.
    seed : int
        Of the default gates, or of the search.
    time_limit : float, optional
        Seconds for the whole call.
    memory_limit : float, optional
        GiB that the call may use beyond X, y and the gates; refused at once if it cannot do.

    Returns
    -------
    Solution, or a list of them in the order of `lam`

    Raises
    ------
    CvxbenchError
        On input of the wrong shape or kind, in one sentence.
    """
    began = time.perf_counter()
    X, Y, lams = _table(X, y, lam)
    if time_limit is not None:
        _positive("time_limit", time_limit)
    if network not in NETWORKS:
        raise CvxbenchError(f"network '{network}' is not known; choose from {', '.join(NETWORKS)}")
    everywhere = network == "relu" and gates is None
    if tol is None:
        tol = SEARCHED_TOLERANCE if everywhere else TOLERANCE
    _positive("tol", tol)
    if everywhere:
        needed = SEARCHING * GIB + 8.0 * 8 * X.size
        program: Program = NeuronProgram.of(X, seed, _spare_memory(needed, memory_limit, f"{len(X)} rows", "rows"))
    else:
        patterns = distinct(X, _gates(gates, X.shape[1], seed))
        (n, d), P = X.shape, patterns.active.shape[1]
        # the patterns (bytes, twice, and as floats where they take part in a step, with two arrays of that shape) and a
        # few copies of X
        needed = (2.0 + 8.0 * 3) * n * P + 8.0 * 5 * n * d
        spare = _spare_memory(needed, memory_limit, f"{n} rows and {P} patterns", "gates")
        program = program_of(network, X, patterns, spare)
    clock = Clock(math.inf if time_limit is None else began + time_limit, began=began)
    order = np.argsort(-lams, kind="stable")
    solutions: dict[int, Solution] = {}
    for place, reached in zip(order.tolist(), solve_path(program, Y, lams[order].tolist(), tol, clock), strict=True):
        solutions[place] = _solution(program, X, Y, reached, tol, single=np.ndim(y) == 1)
    in_order = [solutions[place] for place in range(len(lams))]
    return in_order[0] if np.ndim(lam) == 0 else in_order


def _solution(program: Program, X: np.ndarray, Y: np.ndarray, reached: Reached, tol: float, single: bool) -> Solution:
    """Judge what was reached by the network it stands for."""
    networks = tuple(program.network(point) for point in reached.points)
    whole = Separable(networks)
    certificates = [program.certificate(point, y) for point, y in zip(reached.points, Y.T, strict=True)]
    dual = np.column_stack([certificate.dual for certificate in certificates])
    solution = Solution(
        network=networks[0] if single else whole,
        lam=reached.lam,
        objective=whole.objective(X, Y, reached.lam),
        lower_bound=sum(certificate.lower_bound for certificate in certificates),
        proven_bound=sum(certificate.proven for certificate in certificates),
        dual=dual[:, 0] if single else dual,
        starts=sum(certificate.starts for certificate in certificates),
        seconds=reached.seconds,
        ending=Ending.CERTIFIED,
        newton_steps=sum(point.newton_steps for point in reached.points),
        trace=reached.trace,
    )
    if solution.relative_gap <= tol:
        return solution
    # a search never stalls; it ends early for what its last judgement takes
    return replace(solution, ending=reached.stopped or (Ending.TIME if solution.starts else Ending.STALLED))


def _table(X: object, y: object, lam: object) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return X (n, d), Y (n, k) and the lambdas in float64, or say what is wrong with them."""
    X, Y, lams = _numbers("X", X), _numbers("y", y), np.atleast_1d(_numbers("lam", lam))
    if X.ndim != 2 or not X.size:
        raise CvxbenchError(f"X must have shape (n, d) with n, d ≥ 1, not {X.shape}")
    if Y.ndim not in (1, 2) or len(Y) != len(X) or not Y.size:
        raise CvxbenchError(f"y must have shape (n,) or (n, k) with n = {len(X)}, the rows of X, not {Y.shape}")
    if lams.ndim != 1 or not lams.size or not (lams > 0.0).all():
        raise CvxbenchError("lam must be one positive number or a sequence of them")
    return X, Y.reshape(len(Y), -1), lams


def _gates(gates: object, d: int, seed: int) -> np.ndarray:
    if gates is None:
        return np.random.default_rng(seed).standard_normal((d, GATES))
    given = _numbers("gates", gates)
    if given.ndim != 2 or len(given) != d or not given.size:
        raise CvxbenchError(f"gates must have shape (d, P) with d = {d}, the columns of X, not {given.shape}")
    return given


def _numbers(name: str, values: object) -> np.ndarray:
    try:
        numbers = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise CvxbenchError(f"{name} must be an array of numbers ({error})") from error
    if not np.isfinite(numbers).all():
        raise CvxbenchError(f"{name} has entries that are not finite; drop or impute them first")
    return numbers


def _positive(name: str, value: float) -> None:
    if not value > 0.0:
        raise CvxbenchError(f"{name} must be positive, not {value!r}")


def _spare_memory(needed: float, limit: float | None, what: str, fewer: str) -> float:
    """Return the bytes that dense matrices may take; raise if what the method cannot do without is above the limit."""
    if limit is None:
        return DENSE * GIB
    _positive("memory_limit", limit)
    if limit * GIB < needed:
        raise CvxbenchError(
            f"{what} need about {needed / GIB:.2g} GiB, above memory_limit = {limit:g}; use fewer {fewer}"
        )
    return limit * GIB - needed
