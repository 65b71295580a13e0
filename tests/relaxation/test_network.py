import numpy as np
import pytest
import torch
from torch import nn

from cvxbench.errors import CvxbenchError
from cvxbench.networks.gated_relu import GatedReLUNetwork
from cvxbench.networks.relu import ReLUNetwork
from cvxbench.networks.separable import Separable
from cvxbench.relaxation.activations import ACTIVATIONS, RELU, TANH
from cvxbench.relaxation.network import Affine, from_trained, layered
from tests.relaxation.instances import random_network


def test_trained_networks_keep_their_predictions():
    rng = np.random.default_rng(0)
    parts = tuple(ReLUNetwork(rng.normal(size=(4, m)), rng.normal(size=m)) for m in (3, 0, 5))
    X = rng.normal(size=(20, 4))
    network = Separable(parts)
    np.testing.assert_allclose(from_trained(network).predict(X), network.predict(X), atol=1e-14)
    np.testing.assert_allclose(from_trained(parts[2]).predict(X)[:, 0], parts[2].predict(X), atol=1e-14)


def test_a_gated_network_is_refused():
    with pytest.raises(CvxbenchError, match="gated network is not continuous"):
        from_trained(GatedReLUNetwork(np.ones((2, 1)), np.ones((2, 1)), np.ones(1)))


def test_affine_maps_in_a_row_are_one_and_activations_may_follow_each_other():
    rng = np.random.default_rng(1)
    first, second = (
        Affine(rng.normal(size=(5, 3)), rng.normal(size=5)),
        Affine(rng.normal(size=(2, 5)), rng.normal(size=2)),
    )
    network = layered([first, second, RELU, TANH])
    X = rng.normal(size=(10, 3))
    expected = np.tanh(np.maximum((X @ first.weights.T + first.bias) @ second.weights.T + second.bias, 0.0))
    np.testing.assert_allclose(network.predict(X), expected, atol=1e-14)
    assert len(network.hidden) == 2 and network.inputs == 3


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ([Affine(np.ones((2, 3)), np.ones(2))], "needs a linear layer and an activation"),
        ([RELU], "needs a linear layer and an activation"),
        (
            [Affine(np.ones((2, 3)), np.ones(2)), RELU, Affine(np.ones((1, 3)), np.ones(1))],
            r"do not fit .*\(2, 3\), \(1, 3\)",
        ),
        ([Affine(np.full((2, 3), np.nan), np.ones(2)), RELU], "not finite"),
    ],
)
def test_steps_that_are_no_network_are_refused(steps, sentence):
    with pytest.raises(CvxbenchError, match=sentence):
        layered(steps)


@pytest.mark.parametrize("name", ["relu", "silu", "softsign"])
def test_gradient_is_that_of_autograd(name):
    network = random_network(name, (4, 6, 5), seed=2, outputs=3)
    layers = []
    for affine in [affine for affine, _ in network.hidden] + [network.output]:
        layer = nn.Linear(*affine.weights.shape[::-1], dtype=torch.float64)
        layer.load_state_dict({"weight": torch.from_numpy(affine.weights), "bias": torch.from_numpy(affine.bias)})
        layers += [layer, {"relu": nn.ReLU, "silu": nn.SiLU, "softsign": nn.Softsign}[name]()]
    model = nn.Sequential(*layers[:-1])
    X = np.random.default_rng(3).normal(size=(7, 4))
    outputs = np.array([0, 1, 2, 0, 1, 2, 0])
    inputs = torch.from_numpy(X).requires_grad_()
    values = model(inputs)
    np.testing.assert_allclose(network.predict(X), values.detach().numpy(), atol=1e-13)
    values[torch.arange(7), torch.from_numpy(outputs)].sum().backward()
    assert inputs.grad is not None
    np.testing.assert_allclose(network.gradient(X, outputs), inputs.grad.numpy(), atol=1e-12)


def test_combined_outputs_are_sums_of_outputs():
    network = random_network("tanh", (3, 5), seed=4, outputs=3)
    weights = np.array([[1.0, -1.0, 0.0], [0.0, 2.0, -1.0]])
    X = np.random.default_rng(5).normal(size=(9, 3))
    np.testing.assert_allclose(network.combined(weights).predict(X), network.predict(X) @ weights.T, atol=1e-13)
    assert set(ACTIVATIONS) >= {activation.name for _, activation in network.hidden}
