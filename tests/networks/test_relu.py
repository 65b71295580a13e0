import numpy as np
import pytest

from cvxbench.networks.relu import ReLUNetwork
from cvxbench.networks.separable import Separable


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_objective_of_the_mapped_network_is_that_of_the_program(rng):
    X, y, lam = rng.standard_normal((20, 3)), rng.standard_normal(20), 0.01
    gates = rng.standard_normal((3, 4))
    patterns = X @ gates >= 0
    positive, negative = 2.0 * gates, 0.5 * gates  # a gate lies in the cone of its own pattern, and so do its multiples

    network = Separable((ReLUNetwork.from_program(positive, negative),))

    fit = (patterns * (X @ (positive - negative))).sum(1)
    penalty = np.linalg.norm(positive, axis=0).sum() + np.linalg.norm(negative, axis=0).sum()
    program = 0.5 * np.mean((fit - y) ** 2) + lam * penalty
    assert network.objective(X, y[:, None], lam) == pytest.approx(program, rel=1e-14)


def test_zero_groups_give_the_zero_network(rng):
    network = ReLUNetwork.from_program(np.zeros((3, 2)), np.zeros((3, 2)))
    assert network.predict(rng.standard_normal((5, 3))).tolist() == [0.0] * 5


def test_program_and_back(rng):
    positive, negative = rng.standard_normal((3, 4)), rng.standard_normal((3, 2))
    there = ReLUNetwork.from_program(positive, negative).to_program()
    np.testing.assert_allclose(there[0], positive, rtol=1e-14)
    np.testing.assert_allclose(there[1], negative, rtol=1e-14)


def test_balancing_the_layers_never_costs(rng):
    X, Y = rng.standard_normal((20, 3)), rng.standard_normal((20, 1))
    network = ReLUNetwork(rng.standard_normal((3, 5)), rng.standard_normal(5))
    balanced = ReLUNetwork.from_program(*network.to_program())
    np.testing.assert_allclose(balanced.predict(X), network.predict(X), atol=1e-12)
    assert Separable((balanced,)).objective(X, Y, 0.1) <= Separable((network,)).objective(X, Y, 0.1)
