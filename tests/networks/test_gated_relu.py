import numpy as np
import pytest

from cvxbench.networks.gated_relu import GatedReLUNetwork
from cvxbench.networks.patterns import distinct
from cvxbench.networks.separable import Separable


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def test_objective_of_the_mapped_network_is_that_of_the_group_lasso(rng):
    X, y, lam = rng.standard_normal((20, 3)), rng.standard_normal(20), 0.01
    gates, weights = rng.standard_normal((3, 6)), rng.standard_normal((3, 6))
    weights[:, 2] = 0.0
    network = Separable((GatedReLUNetwork.from_program(gates, weights),))

    fit = sum((X @ g >= 0) * (X @ w) for g, w in zip(gates.T, weights.T, strict=True))
    program = 0.5 * np.mean((fit - y) ** 2) + lam * np.linalg.norm(weights, axis=0).sum()
    assert network.objective(X, y[:, None], lam) == pytest.approx(program, rel=1e-14)
    assert network.neurons() == 5


def test_groups_survive_the_way_through_the_network(rng):
    gates, weights = rng.standard_normal((3, 6)), rng.standard_normal((3, 6))
    np.testing.assert_allclose(GatedReLUNetwork.from_program(gates, weights).to_program(), weights, rtol=1e-14)


def test_outputs_of_a_separable_network_add_up(rng):
    X, Y = rng.standard_normal((20, 3)), rng.standard_normal((20, 2))
    parts = [GatedReLUNetwork.from_program(*rng.standard_normal((2, 3, 4))) for _ in range(2)]
    alone = [Separable((part,)).objective(X, Y[:, [k]], 0.1) for k, part in enumerate(parts)]
    assert Separable(tuple(parts)).objective(X, Y, 0.1) == pytest.approx(sum(alone), rel=1e-14)


def test_patterns_are_distinct_nonzero_and_those_of_their_gates(rng):
    X = rng.standard_normal((12, 2))
    gates = np.hstack([rng.standard_normal((2, 300)), np.zeros((2, 1))])
    patterns = distinct(X, gates)
    everything = {tuple(column) for column in (X @ gates >= 0).T if column.any()}
    found = [tuple(column) for column in patterns.active.T]
    assert len(found) == len(set(found)) and set(found) == everything
    np.testing.assert_array_equal(patterns.active, X @ patterns.gates >= 0)


def test_two_points_on_a_line_have_three_patterns():
    patterns = distinct(np.array([[1.0], [-1.0]]), np.array([[1.0, -1.0, 0.0, 2.0]]))
    assert patterns.active.T.tolist() == [[True, False], [False, True], [True, True]]
