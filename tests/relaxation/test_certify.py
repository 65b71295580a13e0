import numpy as np
import pytest

from cvxbench.errors import CvxbenchError
from cvxbench.relaxation.certify import Verdict, certify, margins
from cvxbench.relaxation.network import LayeredNetwork
from tests.relaxation.instances import random_network


def classes(network: LayeredNetwork, X: np.ndarray) -> np.ndarray:
    outputs = network.predict(X)
    return (outputs[..., 0] > 0.0).astype(int) if outputs.shape[-1] == 1 else np.argmax(outputs, axis=-1)


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("name", ["relu", "tanh"])
def test_no_point_of_a_certified_box_has_another_class_and_every_counterexample_has(name, outputs):
    network = random_network(name, (3, 8, 6), seed=1, outputs=outputs)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    labels = classes(network, X)
    labels[:5] = (labels[:5] + 1) % max(2, outputs)
    epsilon = np.array([0.3, 0.15, 0.0])
    found = certify(network, X, labels, epsilon)
    seen = set()
    for x, label, one in zip(X, labels, found, strict=True):
        seen.add(one.verdict)
        if one.verdict.certified:
            assert one.margin > 0.0 and one.point is None
            assert np.all(classes(network, x + epsilon * rng.uniform(-1, 1, size=(5000, 3))) == label)
        else:
            assert one.verdict is Verdict.OPEN or one.point is not None
        if one.point is not None:
            assert classes(network, one.point) != label
            assert np.all(np.abs(one.point - x) <= epsilon + 1e-12)
    assert [one.verdict for one in found[:5]] == [Verdict.WRONG] * 5
    assert {Verdict.INTERVAL, Verdict.LINEAR, Verdict.COUNTEREXAMPLE} <= seen


def test_a_relu_network_leaves_no_row_open_and_needs_every_method():
    seen = set()
    for seed in range(8):
        network = random_network("relu", (3, 10, 8), seed, outputs=2)
        X = np.random.default_rng(seed).normal(size=(40, 3))
        found = certify(network, X, classes(network, X), np.full(3, 0.25))
        seen |= {one.verdict for one in found}
    assert seen == set(Verdict) - {Verdict.WRONG, Verdict.OPEN}


def test_margins_are_positive_exactly_for_the_class():
    network = random_network("sigmoid", (2, 4), seed=3, outputs=4)
    X = np.random.default_rng(1).normal(size=(30, 2))
    for label in range(4):
        positive = np.all(margins(network, label).predict(X) > 0.0, axis=1)
        assert np.array_equal(positive, classes(network, X) == label)


def test_what_does_not_fit_the_network_is_refused():
    network = random_network("relu", (3, 4), seed=0, outputs=2)
    with pytest.raises(CvxbenchError, match="3 inputs and the table 2 columns"):
        certify(network, np.zeros((1, 2)), np.zeros(1, int), np.ones(2))
    with pytest.raises(CvxbenchError, match="tells 2 classes apart and the table has class number 3"):
        certify(network, np.zeros((1, 3)), np.array([2]), np.ones(3))
