"""Gradient and Hessian–vector products against torch's autograd."""

import numpy as np
import pytest
import torch

from cvxbench.networks.gated_relu import GatedReLUNetwork
from cvxbench.networks.relu import ReLUNetwork
from cvxbench.networks.separable import Separable
from cvxbench.studies.landscape.spectrum import extremes
from cvxbench.studies.landscape.surface import Surface, flat


@pytest.fixture(params=["relu", "gated-relu"])
def case(request):
    """A surface with two outputs, its weights, and the network they are of."""
    r = np.random.default_rng(0)
    X, Y = r.standard_normal((30, 4)), r.standard_normal((30, 2))
    layers = [(r.standard_normal((4, 6)), r.standard_normal(6)) for _ in range(2)]
    if request.param == "relu":
        network = Separable(tuple(ReLUNetwork(*each) for each in layers))
        return Surface(X, Y, 0.1), flat(network), network
    gates = r.standard_normal((4, 6))
    network = Separable(tuple(GatedReLUNetwork(gates, *each) for each in layers))
    return Surface(X, Y, 0.1, X @ gates >= 0), flat(network), network


def objective(surface, weights):
    X, Y = torch.from_numpy(surface.X), torch.from_numpy(surface.Y)
    total = 0.05 * (weights**2).sum()
    for each, y in zip(weights.view(2, -1), Y.T, strict=True):
        reached = X @ each[:24].view(4, 6)
        fired = reached.relu() if surface.active is None else reached * torch.from_numpy(surface.active)
        total = total + ((fired @ each[24:] - y) ** 2).sum() / 60
    return total


def test_value_gradient_and_hessian_are_those_of_autograd(case):
    surface, weights, network = case
    at = torch.from_numpy(weights)
    assert surface.value(weights) == pytest.approx(network.objective(surface.X, surface.Y, 0.1), rel=1e-12)
    gradient = torch.autograd.functional.jacobian(lambda w: objective(surface, w), at).numpy()
    np.testing.assert_allclose(surface.gradient(weights), gradient, atol=1e-12)
    hessian = torch.autograd.functional.hessian(lambda w: objective(surface, w), at).numpy()
    product = surface.curvature(weights)
    np.testing.assert_allclose(np.column_stack([product(e) for e in np.eye(weights.size)]), hessian, atol=1e-12)
    assert extremes(product, weights.size) == pytest.approx(tuple(np.linalg.eigvalsh(hessian)[[0, -1]]), rel=1e-9)


def test_lanczos_finds_the_extreme_eigenvalues_of_a_large_matrix():
    values = np.concatenate([[-3.0], np.linspace(-1.0, 5.0, 200), [9.0]])
    Q, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((202, 202)))
    matrix = Q * values @ Q.T
    assert extremes(lambda v: matrix @ v, 202) == pytest.approx((-3.0, 9.0), rel=1e-3)


def test_what_lanczos_does_not_settle_is_not_known(monkeypatch):
    monkeypatch.setattr("cvxbench.studies.landscape.spectrum.ITERATIONS", 1)
    values = np.linspace(0.0, 1.0, 20_000)
    assert extremes(lambda v: values * v.ravel(), values.size) == (None, None)
