import os
import sys

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from cvxbench.errors import CvxbenchError
from cvxbench.relaxation.reading import read_network

X = np.random.default_rng(0).normal(size=(11, 3))


def saved(path, model):
    torch.save(model, path)
    return path


@pytest.mark.parametrize(
    "activation",
    [nn.ReLU(), nn.LeakyReLU(0.2), nn.ELU(0.5), nn.Softplus(2.0), nn.Tanh(), nn.Softsign(), nn.SiLU(), nn.GELU()],
    ids=lambda module: type(module).__name__,
)
def test_a_saved_sequential_keeps_its_outputs(tmp_path, activation):
    torch.manual_seed(0)
    inner = nn.Sequential(nn.Linear(5, 4, bias=False), activation, nn.Dropout(0.5))
    model = nn.Sequential(nn.Flatten(), nn.Linear(3, 5), nn.Sigmoid(), inner, nn.Linear(4, 2)).double().eval()
    network = read_network(saved(tmp_path / "m.pt", model))
    np.testing.assert_allclose(network.predict(X), model(torch.from_numpy(X)).detach().numpy(), atol=1e-9)


def test_a_last_sigmoid_or_softmax_is_left_out(tmp_path):
    torch.manual_seed(1)
    body = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)).double()
    expected = body(torch.from_numpy(X)).detach().numpy()
    for last in (nn.Sigmoid(), nn.Softmax(dim=1), nn.LogSoftmax(dim=1)):
        network = read_network(saved(tmp_path / "m.pth", nn.Sequential(body, last)))
        np.testing.assert_allclose(network.predict(X), expected, atol=1e-12)


class Payload:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_nothing_in_a_file_is_executed(tmp_path):
    with pytest.raises(CvxbenchError, match="other classes, which are not loaded since they may be code"):
        read_network(saved(tmp_path / "m.pt", Payload(tmp_path / "executed")))
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (nn.Sequential(nn.Linear(3, 2), nn.ReLU()).state_dict(), "holds a OrderedDict without its layers"),
        (nn.Linear(3, 2), "holds a Linear without its layers"),
        (nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2), nn.ReLU()), "other classes"),
        (nn.Sequential(nn.Linear(3, 2), nn.Softmax(dim=1), nn.Linear(2, 2)), "a Softmax layer at this place"),
        (nn.Sequential(nn.Linear(3, 2), nn.GELU(approximate="tanh"), nn.Linear(2, 2)), "GELU by tanh"),
        (nn.Sequential(nn.Linear(3, 2), nn.LeakyReLU(1.5)), "negative slope of 1.5"),
        (nn.Sequential(nn.Linear(3, 2)), "needs a linear layer and an activation"),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else "model",
)
def test_what_is_no_such_model_is_refused(tmp_path, model, sentence):
    with pytest.raises(CvxbenchError, match=sentence):
        read_network(saved(tmp_path / "m.pt", model))


@pytest.mark.parametrize("name", ["m.pt", "m.onnx"])
@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04" + bytes(50)])
def test_damaged_files_are_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CvxbenchError):
        read_network(tmp_path / name)


def test_files_of_other_kinds_are_refused(tmp_path):
    with pytest.raises(CvxbenchError, match="there is no file"):
        read_network(tmp_path / "absent.pt")
    (tmp_path / "m.h5").write_bytes(b"")
    with pytest.raises(CvxbenchError, match=r"neither \.pt nor \.pth"):
        read_network(tmp_path / "m.h5")


def onnx_file(path, nodes, constants, output="out", inputs=("x",), size=3):
    graph = helper.make_graph(
        [helper.make_node(operator, list(given), [made], **attributes) for operator, given, made, attributes in nodes],
        "network",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, size]) for name in inputs],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value, dtype=np.float32), name) for name, value in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)]), str(path))
    return path


def constants(seed=0):
    rng = np.random.default_rng(seed)
    shapes = {"mean": (3,), "deviation": (1,), "A": (3, 4), "a": (4,), "B": (2, 4), "b": (2,)}
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def test_an_onnx_chain_keeps_its_outputs(tmp_path):
    given = constants()
    nodes = [
        ("Sub", ("x", "mean"), "1", {}),
        ("Div", ("1", "deviation"), "2", {}),
        ("MatMul", ("2", "A"), "3", {}),
        ("Add", ("3", "a"), "4", {}),
        ("LeakyRelu", ("4",), "5", {"alpha": 0.25}),
        ("Gemm", ("5", "B", "b"), "6", {"transB": 1, "alpha": 2.0, "beta": 0.5}),
        ("Gelu", ("6",), "7", {}),
        ("Identity", ("7",), "8", {}),
        ("Mul", ("8", "b"), "9", {}),
        ("Softmax", ("9",), "out", {}),
    ]
    network = read_network(onnx_file(tmp_path / "m.onnx", nodes, given))
    z = (X - given["mean"]) / given["deviation"] @ given["A"] + given["a"]
    z = 2.0 * np.where(z > 0, z, 0.25 * z) @ given["B"].T + 0.5 * given["b"]
    expected = nn.GELU()(torch.from_numpy(z)).numpy() * given["b"]
    np.testing.assert_allclose(network.predict(X), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("nodes", "sentence"),
    [
        ([("MatMul", ("x", "A"), "1", {}), ("Relu", ("1",), "2", {}), ("Add", ("1", "2"), "out", {})], "not a chain"),
        ([("MatMul", ("x", "A"), "1", {}), ("Cos", ("1",), "out", {})], "operator Cos cannot be bounded"),
        ([("Div", ("mean", "x"), "1", {}), ("Relu", ("1",), "out", {})], "operator Div cannot be bounded"),
        ([("MatMul", ("x", "A"), "1", {}), ("Gelu", ("1",), "out", {"approximate": "tanh"})], "operator Gelu cannot"),
        (
            [("MatMul", ("x", "A"), "1", {}), ("Add", ("1", "b"), "2", {}), ("Relu", ("2",), "out", {})],
            "does not fit 4",
        ),
        ([("MatMul", ("x", "A"), "1", {}), ("Relu", ("1",), "2", {})], "output is not that of its last operator"),
    ],
)
def test_what_is_no_chain_is_refused(tmp_path, nodes, sentence):
    with pytest.raises(CvxbenchError, match=sentence):
        read_network(onnx_file(tmp_path / "m.onnx", nodes, constants()))


def test_an_onnx_file_needs_one_input_of_known_size(tmp_path):
    nodes = [("MatMul", ("x", "A"), "1", {}), ("Relu", ("1",), "out", {})]
    with pytest.raises(CvxbenchError, match="2 inputs and 1 outputs"):
        read_network(onnx_file(tmp_path / "m.onnx", nodes, constants(), inputs=("x", "y")))
    with pytest.raises(CvxbenchError, match="does not say how many inputs"):
        read_network(onnx_file(tmp_path / "m.onnx", nodes, constants(), size=None))


def test_without_the_package_an_onnx_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    (tmp_path / "m.onnx").write_bytes(b"")
    with pytest.raises(CvxbenchError, match=r"needs the package onnx \(pip install 'cvxbench\[onnx\]'\)"):
        read_network(tmp_path / "m.onnx")
