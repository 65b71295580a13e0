"""Networks trained over all patterns: known optima, planted networks, honest bounds, limits."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

from cvxbench import train_convex
from cvxbench.convex.neurons import training
from cvxbench.convex.path import Ending
from cvxbench.errors import CvxbenchError

from .conftest import largest, table


def train(X, y, lam, **options):
    return train_convex(X, y, network="relu", lam=lam, **options)


def breast_cancer(rows, ones):
    X, y = load_breast_cancer(return_X_y=True)
    chosen = np.random.default_rng(1995).permutation(569)[:rows]
    X = np.hstack([X[chosen], np.ones((rows, 1))]) if ones else X[chosen]
    return X / np.linalg.norm(X, axis=0), (2.0 * y - 1.0)[chosen]


def diabetes():
    X, y = load_diabetes(return_X_y=True)
    y = (y - y.mean()) / y.std()
    chosen = np.random.default_rng(1995).permutation(442)[:354]
    return X[chosen] / np.linalg.norm(X[chosen], axis=0), y[chosen]


KNOWN = [  # the best that an independent implementation and long runs of Adam have found
    ("bc455", 1e-2, 0.3038200048),
    ("bc455", 1e-3, 0.1153480617),
    ("bc456", 10**-1.8, 0.38222059802),
    ("bc456", 10**-2.6, 0.1701293276),
    ("diabetes", 10**-1.8, 0.4408023917),
    ("diabetes", 10**-2.6, 0.2768816095),
]


@pytest.mark.parametrize(("name", "lam", "known"), KNOWN)
def test_known_optima_are_reached_or_beaten(name, lam, known):
    X, y = diabetes() if name == "diabetes" else breast_cancer(int(name[2:]), ones=name == "bc455")
    solution = train(X, y, lam, tol=1e-6)
    assert solution.certified
    assert solution.relative_gap <= 1e-6
    assert solution.objective <= known * (1 + 1e-6)
    assert solution.objective >= known * (1 - 1e-4)
    assert solution.bound == "searched" and solution.starts > 0
    residual = y - solution.network.predict(X)
    written = 0.5 * np.mean(residual**2) + 0.5 * lam * solution.network.penalty()
    assert solution.objective == pytest.approx(written, rel=1e-12)


@pytest.mark.parametrize("d", [2, 5, 20])
@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 10))])
def test_a_planted_network_is_found_or_beaten(d, seed):
    rng = np.random.default_rng([d, seed])
    n, lam, neurons = 30 * d, 1e-3, 1 + seed % 5
    X = rng.standard_normal((n, d)) / np.sqrt(n)
    hidden, output = rng.standard_normal((d, neurons)), rng.choice([-1.0, 1.0], neurons)
    y = np.maximum(X @ hidden, 0.0) @ output + 0.01 * rng.standard_normal(n) / np.sqrt(n)
    residual = y - np.maximum(X @ hidden, 0.0) @ output
    teacher = 0.5 * np.mean(residual**2) + lam * np.linalg.norm(hidden, axis=0).sum()
    assert train(X, y, lam, tol=1e-3).objective <= teacher


@pytest.mark.parametrize("seed", range(8))
def test_the_bound_holds_on_tables_small_enough_to_enumerate(seed):
    X, y = table(9, 3, seed)
    solution = train(X, y, 1e-2)
    residual = y - solution.network.predict(X)
    scale = min(1e-2 / largest(X, residual), residual @ y / (residual @ residual))
    bound = (scale * (residual @ y) - 0.5 * scale**2 * (residual @ residual)) / 9
    assert solution.certified
    assert solution.lower_bound <= bound * (1 + 1e-9) <= solution.objective * (1 + 1e-9)
    assert solution.objective - bound <= 1e-4 * solution.objective


def test_it_is_no_worse_than_on_sampled_patterns_and_beats_many():
    X, y = table(40, 3)
    everywhere = train(X, y, 1e-2)
    sampled = [
        train(X, y, 1e-2, gates=np.random.default_rng(seed).standard_normal((3, 5))).objective for seed in range(5)
    ]
    assert everywhere.objective <= min(sampled) * (1 + 1e-9)
    assert everywhere.objective < max(sampled)


def test_a_path_gives_what_single_lambdas_give():
    X, y = table(60, 4)
    lams = [1e-3, 1e-1, 1e-2]
    path = train(X, y, lams)
    for lam, solution in zip(lams, path, strict=True):
        alone = train(X, y, lam)
        assert solution.lam == lam
        assert solution.objective == pytest.approx(alone.objective, rel=1e-4)


def test_outputs_are_trained_each_on_its_own():
    X, y = table(50, 3)
    Y = np.column_stack([y, -y, y**2])
    solution = train(X, Y, 1e-2)
    single = [train(X, column, 1e-2).objective for column in Y.T]
    assert solution.network.predict(X).shape == Y.shape
    assert solution.objective == pytest.approx(sum(single), rel=1e-4)
    assert solution.bound == "proven"  # the table has rank 3


def test_equal_seeds_give_equal_networks():
    X, y = table(60, 4)
    first, second, other = (train(X, y, 1e-3, seed=seed) for seed in (3, 3, 4))
    assert (first.network.hidden == second.network.hidden).all()
    assert other.objective == pytest.approx(first.objective, rel=1e-4)


@pytest.mark.parametrize("case", ["zero y", "zero X", "one row", "one column", "lambda above all", "duplicates"])
def test_degenerate_problems_are_solved(case):
    X, y = table(20, 3)
    lam = 1e-2
    if case == "zero y":
        y = np.zeros(20)
    elif case == "zero X":
        X = np.zeros((20, 3))
    elif case == "one row":
        X, y = X[:1], y[:1]
    elif case == "one column":
        X = X[:, :1]
    elif case == "lambda above all":
        lam = 1e3
    else:
        X, y = np.vstack([X, X, np.zeros((1, 3))]), np.concatenate([y, y, [1.0]])
    solution = train(X, y, lam)
    assert solution.certified
    if case in ("zero y", "zero X", "lambda above all"):
        assert solution.network.output.size == 0
        assert solution.objective == pytest.approx(0.5 * np.mean(y**2))
    if case in ("zero y", "zero X"):
        assert solution.bound == "proven"


def test_a_time_limit_returns_what_there_is_with_an_honest_gap():
    X, y = breast_cancer(455, ones=True)
    solution = train(X, y, 1e-5, tol=1e-9, time_limit=2.0)
    assert solution.ending is Ending.TIME or not solution.certified
    assert solution.relative_gap > 1e-9
    assert 0.0 < solution.objective <= 0.5
    assert "searched" in solution.status


def test_an_interruption_returns_the_best_so_far(monkeypatch):
    X, y = table(60, 4)
    calls = []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return slid(*arguments)

    slid = training._slid
    monkeypatch.setattr(training, "_slid", interrupted)
    solution = train(X, y, 1e-5)
    assert solution.ending is Ending.INTERRUPTED
    assert solution.objective < 0.5 * np.mean(y**2)
    assert solution.lower_bound == 0.0


def test_a_limit_of_rounds_is_kept_and_judged():
    from cvxbench.convex.neurons.program import NeuronProgram

    X, y = table(80, 5)
    program = NeuronProgram.of(X, seed=0, memory=2.0**30, rounds=3)
    points = list(program.iterates(y, program.start(y, 1e-5, None), 1e-9, np.inf))
    assert len(points) == 4
    assert points[-1].starts > 0
    assert points[-1].relative_gap > 1e-9
    assert program.certificate(points[-1], y).lower_bound == pytest.approx(points[-1].own_bound, rel=1e-9)


@pytest.mark.parametrize("options", [{"tol": 0.0}, {"lam": -1.0}, {"time_limit": 0.0}])
def test_wrong_options_are_named(options):
    X, y = table(20, 3)
    with pytest.raises(CvxbenchError, match=next(iter(options))):
        train_convex(X, y, **({"network": "relu", "lam": 1e-2} | options))


def test_a_memory_limit_is_met_or_refused():
    X, y = table(60, 4, 0)
    with pytest.raises(CvxbenchError, match=r"60 rows need about 0\.5 GiB, above memory_limit = 0\.1; use fewer rows"):
        train(X, y, 1e-2, memory_limit=0.1)
    assert train(X, y, 1e-2, memory_limit=0.6).certified
