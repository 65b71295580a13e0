"""What is raced: real tables, lambdas and gates, prepared as the benchmark's runs prepare them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cvxbench.bench.seeds import PUBLISHED
from cvxbench.data.load import load_table
from cvxbench.data.prepare import prepare
from cvxbench.data.registry import load
from cvxbench.networks.patterns import distinct

TABLES = (
    "spectf",
    "ionosphere",
    "diabetes",
    "breast-cancer-wisc-diag",
    "pima",
    "concrete-strength",
    "statlog-german-credit",
    "airfoil-self-noise",
    "wine-quality-red",
    "communities-crime",
)
SMALL_TABLES = ("ionosphere", "diabetes", "breast-cancer-wisc-diag")
LAMBDAS = (1e-2, 1e-3, 1e-4)
GATES = 1000
FEW_GATES = 100  # conic solvers can still be asked


@dataclass(frozen=True)
class Case:
    """One problem of the race.

    Parameters
    ----------
    dataset : str
        Of the registry.
    gates : int
        Gaussian gates drawn, before equal patterns are merged.
    lam : float
    """

    dataset: str
    gates: int
    lam: float


@dataclass(frozen=True, eq=False)
class Instance:
    """The arrays of a case; every solver gets these and nothing else.

    Parameters
    ----------
    X : ndarray, shape (n, d)
        Training rows; columns have unit norm.
    y : ndarray, shape (n,)
    gates : ndarray, shape (d, P)
        One gate for each distinct pattern.
    active : ndarray of bool, shape (n, P)
        The patterns.
    lam : float
    """

    X: np.ndarray
    y: np.ndarray
    gates: np.ndarray
    active: np.ndarray
    lam: float

    def features(self) -> np.ndarray:
        """Return [D_1 X, …, D_P X], shape (n, Pd), Fortran-ordered, for solvers that want the matrix itself."""
        n, d = self.X.shape
        matrix = np.empty((n, self.gates.shape[1] * d), order="F")
        for p, column in enumerate(self.active.T):
            matrix[:, p * d : (p + 1) * d] = self.X * column[:, None]
        return matrix

    def lambda_max(self) -> float:
        """Return the smallest lambda whose solution is zero, max_p ‖X'D_p y‖/n."""
        return float(np.linalg.norm(self.X.T @ (self.active * self.y[:, None]), axis=0).max() / len(self.y))


def cases(tables: tuple[str, ...], small_tables: tuple[str, ...]) -> list[Case]:
    """Return the cases in the order of the race: few gates first, then table by table."""
    few = [Case(name, FEW_GATES, lam) for name in small_tables for lam in LAMBDAS]
    return few + [Case(name, GATES, lam) for name in tables for lam in LAMBDAS]


def instance(case: Case) -> Instance:
    """Load, prepare and gate the case's table."""
    X, y, gates, active = _arrays(case.dataset, case.gates)
    return Instance(X=X, y=y, gates=gates, active=active, lam=case.lam)


@lru_cache(maxsize=1)
def _arrays(dataset: str, gates: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    prepared = prepare(load_table(load().dataset(dataset)), seed=PUBLISHED["split"])
    X = prepared.X_train
    drawn = np.random.default_rng(PUBLISHED["gates"]).standard_normal((X.shape[1], gates))
    patterns = distinct(X, drawn)
    return X, prepared.Y_train[:, 0], patterns.gates, patterns.active
