import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

from cvxbench.attempt import Budget
from cvxbench.networks.problem import Problem
from cvxbench.nonconvex.trainer import Data


class Diary:
    """A watch that looks at every iterate and keeps it."""

    def __init__(self):
        self.seen = {}

    def due(self, iteration):
        return True

    def see(self, iteration, network):
        self.seen[iteration] = network


@pytest.fixture
def diary():
    return Diary()


@pytest.fixture
def budget():
    return Budget(
        name="test",
        gates={"gated-relu": 20, "relu": 20},
        work=1e15,
        iterations={},
        epochs=20,
        schedule="stepwise",
        steps=(0.1,),
        repeats=1,
        conic_size=0,
        global_size=0,
        yardstick_rows=0,
        yardstick_every=1,
        time_limit=60.0,
        memory_limit=4.0,
    )


@pytest.fixture(params=["breast-cancer", "diabetes", "wine"])
def table(request):
    """A real table as (X, Y): one binary, one regression, one with three outputs."""
    if request.param == "breast-cancer":
        X, y = load_breast_cancer(return_X_y=True)
        Y = (2.0 * y - 1.0)[:, None]
    elif request.param == "diabetes":
        X, y = load_diabetes(return_X_y=True)
        Y = ((y - y.mean()) / y.std())[:, None]
    else:
        X, y = load_wine(return_X_y=True)
        Y = np.eye(3)[y]
    return X / np.linalg.norm(X, axis=0), Y


@pytest.fixture(params=["gated-relu", "relu"])
def problem(request, table):
    X, Y = table
    gates = np.random.default_rng(3).standard_normal((X.shape[1], 20))
    return Problem(X, Y, 1e-3, request.param, gates)


@pytest.fixture
def data(problem):
    if problem.network == "relu":
        return Data(problem.X, problem.Y, 12)
    return Data.gated(problem.X, problem.Y, problem.gates)
