"""`train_convex` from outside: against Clarabel, on hard tables, stopped early, and given nonsense."""

import numpy as np
import pytest

import cvxbench
from cvxbench.bench.referee import lower_bound
from cvxbench.convex.gated.step import Step
from cvxbench.convex.path import Ending
from cvxbench.errors import CvxbenchError
from cvxbench.networks.problem import Problem
from cvxbench.networks.separable import Separable

from .conftest import tiny_problems
from .test_agreement import optimum


def referee_gap(X, y, gates, solution):
    """The gap that the referee finds, with none of the solver's arithmetic."""
    X, Y = np.asarray(X, float), np.asarray(y, float).reshape(len(y), -1)
    network = solution.network if Y.shape[1] > 1 else Separable((solution.network,))
    objective = network.objective(X, Y, solution.lam)
    assert objective == pytest.approx(solution.objective, rel=1e-12)
    problem = Problem(X, Y, solution.lam, "gated-relu", np.asarray(gates, float))
    bound = lower_bound(problem, network).lower_bound
    assert bound == pytest.approx(solution.lower_bound, rel=1e-9, abs=1e-15 * objective)
    return (objective - bound) / objective if objective else 0.0


@pytest.mark.parametrize("case", tiny_problems(), ids=["plain", "wide-lam", "two-outputs", "n<d", "one-column"])
def test_it_agrees_with_clarabel(case):
    X, Y, gates, lam = case
    solution = cvxbench.train_convex(X, Y, lam=lam, gates=gates, tol=1e-11)
    assert solution.certified
    expected = sum(optimum(X, y, gates, lam, "gated-relu") for y in Y.T)
    assert solution.objective == pytest.approx(expected, rel=2e-9)
    assert solution.network.predict(X).shape == Y.shape


def hard_tables():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((80, 6)) / 9.0, rng.standard_normal(80)
    scaled, tiny = X.copy(), X.copy()
    scaled[:, 2] *= 1e6
    tiny[:, 2] *= 1e-9
    return {
        "more columns than rows": (rng.standard_normal((20, 70)), y[:20]),
        "duplicate columns": (np.hstack([X, X[:, :3]]), y),
        "constant columns": (np.hstack([X, np.ones((80, 2)), np.zeros((80, 1))]), y),
        "a column a million times larger": (scaled, y),
        "a column a billion times smaller": (tiny, y),
        "zero target": (X, np.zeros(80)),
        "two rows": (X[:2], y[:2]),
        "one row": (X[:1], y[:1]),
        "one column": (X[:, :1], y),
        "zero rows": (np.vstack([X, np.zeros((5, 6))]), np.append(y, np.ones(5))),
        "duplicate rows": (np.vstack([X, X]), np.append(y, 0.5 * y)),
        "a table of zeros": (np.zeros((10, 3)), y[:10]),
        "single precision": (X.astype(np.float32), y.astype(np.float32)),
        "integers": (rng.integers(-3, 4, (40, 4)), rng.integers(0, 2, 40)),
    }


@pytest.mark.parametrize("name", hard_tables())
def test_hard_tables_are_solved_at_every_lambda(name):
    X, y = hard_tables()[name]
    gates = np.random.default_rng(1).standard_normal((X.shape[1], 200))
    gates = np.hstack([gates, gates[:, :20]]).astype(X.dtype if X.dtype == np.float32 else float)
    for solution in cvxbench.train_convex(X, y, lam=[1.0, 1e-1, 1e-3, 1e-5], gates=gates, tol=1e-6):
        assert solution.certified, solution.status
        assert referee_gap(X, y, gates, solution) <= 1e-6


def test_a_tiny_lambda_is_solved():
    X, y = hard_tables()["duplicate rows"]
    gates = np.random.default_rng(1).standard_normal((6, 100))
    solution = cvxbench.train_convex(X, y, lam=1e-8, gates=gates)
    assert solution.certified
    assert referee_gap(X, y, gates, solution) <= 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_noise_in_two_columns_is_solved_at_a_tiny_lambda(seed):
    rng = np.random.default_rng(seed)
    X, y, gates = rng.standard_normal((300, 2)), rng.standard_normal(300), rng.standard_normal((2, 300))
    X /= np.linalg.norm(X, axis=0)
    largest = np.linalg.norm(X.T @ ((X @ gates >= 0.0) * y[:, None]), axis=0).max() / 300
    solution = cvxbench.train_convex(X, y, lam=2e-6 * largest, gates=gates, tol=1e-4)
    assert solution.certified and referee_gap(X, y, gates, solution) <= 1e-4


def test_zero_is_optimal_from_the_largest_lambda_on():
    X, y = hard_tables()["one column"]
    gates = np.array([[1.0, -1.0]])
    largest = max(abs((X[:, 0] * (X[:, 0] * sign >= 0)) @ y) for sign in (1, -1)) / 80
    above, below = cvxbench.train_convex(X, y, lam=[largest * (1 + 1e-12), largest * 0.99], gates=gates)
    assert above.network.output.size == 0 and above.relative_gap == 0.0
    assert below.network.output.size == 1 and below.certified


def test_a_path_gives_what_single_lambdas_give_in_the_order_asked():
    X, Y, gates, _ = tiny_problems()[2]
    lams = [1e-3, 1e-1, 1e-2]
    path = cvxbench.train_convex(X, Y, lam=lams, gates=gates, tol=1e-9)
    assert [solution.lam for solution in path] == lams
    for solution in path:
        alone = cvxbench.train_convex(X, Y, lam=solution.lam, gates=gates, tol=1e-9)
        assert solution.objective == pytest.approx(alone.objective, rel=2e-9)
    split = [cvxbench.train_convex(X, y, lam=1e-2, gates=gates, tol=1e-9).objective for y in Y.T]
    assert path[2].objective == pytest.approx(sum(split), rel=2e-9)


def test_the_trace_goes_from_start_to_certificate():
    X, Y, gates, lam = tiny_problems()[0]
    solution = cvxbench.train_convex(X, Y[:, 0], lam=lam, gates=gates)
    seconds, objectives, bounds = np.array(solution.trace).T
    assert (np.diff(seconds) >= 0).all() and (np.diff(bounds) >= 0).all()
    assert (objectives >= bounds * (1 - 1e-12)).all()
    assert seconds[-1] <= solution.seconds
    assert objectives[-1] == pytest.approx(solution.objective, rel=1e-12)
    assert "relative gap" in solution.status


@pytest.fixture
def table():
    rng = np.random.default_rng(4)
    return rng.standard_normal((200, 8)), rng.standard_normal((200, 2)), rng.standard_normal((8, 300))


@pytest.mark.parametrize(("error", "ending"), [(KeyboardInterrupt, Ending.INTERRUPTED), (MemoryError, Ending.MEMORY)])
def test_stopped_in_the_middle_it_returns_the_best_so_far(table, error, ending, monkeypatch):
    X, Y, gates = table
    newton, calls = Step.newton, []

    def failing(step):
        calls.append(step)
        if len(calls) == 9:
            raise error
        return newton(step)

    monkeypatch.setattr(Step, "newton", failing)
    solutions = cvxbench.train_convex(X, Y, lam=[1e-2, 1e-3, 1e-4], gates=gates, tol=1e-10)
    assert len(calls) == 9
    assert len(solutions) == 3
    for solution in solutions:
        assert solution.ending is ending and not solution.certified
        assert 0.0 <= solution.lower_bound < solution.objective <= 0.5 * np.sum(Y**2) / 200
        assert referee_gap(X, Y, gates, solution) == pytest.approx(solution.relative_gap, rel=1e-6)


def test_the_time_limit_is_kept_and_said(table):
    X, Y, gates = table
    solution = cvxbench.train_convex(X, Y, lam=1e-5, gates=gates, tol=1e-12, time_limit=1e-9)
    assert solution.ending is Ending.TIME
    assert "time limit" in solution.status
    assert solution.lower_bound <= solution.objective


def test_a_tolerance_below_rounding_ends_and_says_so(table):
    X, Y, gates = table
    solution = cvxbench.train_convex(X, Y[:, 0], lam=1e-4, gates=gates, tol=1e-18)
    assert solution.ending is Ending.STALLED
    assert solution.relative_gap <= 1e-10


@pytest.mark.parametrize("seed", range(3))
def test_a_lambda_at_the_edge_of_rounding_is_solved_nearly_to_it(seed):
    random = np.random.default_rng(seed)
    X = random.standard_normal((60, 5))
    y = np.sign(X @ random.standard_normal(5) + 0.1 * random.standard_normal(60))
    gates = random.standard_normal((5, 100))
    solution = cvxbench.train_convex(X / np.linalg.norm(X, axis=0), 1e8 * y, lam=1e-3, gates=gates)
    assert solution.relative_gap <= 1e-5


def test_default_gates_come_from_the_seed(table):
    X, Y, _ = table
    first, again, other = (cvxbench.train_convex(X, Y[:, 0], lam=0.1, seed=seed) for seed in (0, 0, 1))
    assert first.objective == again.objective != other.objective


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"X": np.zeros(3)}, "X must have shape"),
        ({"X": np.zeros((0, 8))}, "X must have shape"),
        ({"X": [["a"]]}, "X must be an array of numbers"),
        ({"y": np.zeros(3)}, "y must have shape"),
        ({"y": np.full(200, np.nan)}, "y has entries that are not finite"),
        ({"lam": 0.0}, "lam must be one positive number"),
        ({"lam": []}, "lam must be one positive number"),
        ({"lam": [1e-2, -1.0]}, "lam must be one positive number"),
        ({"gates": np.zeros((3, 5))}, "gates must have shape"),
        ({"network": "rleu"}, "network 'rleu' is not known"),
        ({"tol": 0.0}, "tol must be positive"),
        ({"time_limit": -1.0}, "time_limit must be positive"),
        ({"memory_limit": 1e-6}, "above memory_limit"),
    ],
)
def test_wrong_use_gets_one_sentence(table, change, words):
    X, Y, gates = table
    arguments = {"X": X, "y": Y, "lam": 1e-2, "gates": gates} | change
    with pytest.raises(CvxbenchError, match=words) as caught:
        cvxbench.train_convex(arguments.pop("X"), arguments.pop("y"), **arguments)
    assert "\n" not in str(caught.value)


def test_a_name_that_the_package_does_not_have():
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = cvxbench.nonsense
