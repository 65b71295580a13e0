"""ONNX files as steps: one chain of linear operators and activations (needs the package onnx)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cvxbench.errors import CvxbenchError
from cvxbench.relaxation import activations
from cvxbench.relaxation.activations import Activation
from cvxbench.relaxation.network import Affine

Attributes = Mapping[str, Any]

ACTIVATIONS: dict[str, Callable[[Attributes], Activation]] = {
    "Relu": lambda given: activations.RELU,
    "LeakyRelu": lambda given: activations.leaky_relu(given.get("alpha", 0.01)),
    "Elu": lambda given: activations.elu(given.get("alpha", 1.0)),
    "Softplus": lambda given: activations.softplus(),
    "Sigmoid": lambda given: activations.SIGMOID,
    "Tanh": lambda given: activations.TANH,
    "Softsign": lambda given: activations.SOFTSIGN,
    "Atan": lambda given: activations.ARCTAN,
    "Gelu": lambda given: activations.GELU,
}
PASSED_OVER = ("Flatten", "Identity", "Dropout")
LAST = ("Softmax", "LogSoftmax")


def onnx_file_steps(path: Path) -> list[Affine | Activation]:
    """Return the steps of a model in one file; a last softmax is left out.

    Raises
    ------
    CvxbenchError
        If the package onnx is missing, the file is damaged, or the model is anything but a chain of Gemm, MatMul, Add,
        Sub, Mul, Div with constants, and activations that have envelopes.
    """
    try:
        import onnx
        from google.protobuf.message import DecodeError
        from onnx import helper, numpy_helper
    except ImportError as error:
        raise CvxbenchError(f"reading '{path}' needs the package onnx (pip install 'cvxbench[onnx]')") from error
    try:
        graph = onnx.load(str(path), load_external_data=False).graph
    except DecodeError as error:
        raise CvxbenchError(f"'{path}' is not an ONNX file, or it is damaged") from error
    tensors = {one.name: one for one in graph.initializer}
    tensors |= {
        node.output[0]: attribute.t
        for node in graph.node
        if node.op_type == "Constant"
        for attribute in node.attribute
        if attribute.name == "value"
    }
    if any(one.external_data for one in tensors.values()):
        raise CvxbenchError(f"'{path}' keeps weights in files beside it; save the model as one file")
    constants = {name: np.asarray(numpy_helper.to_array(one), dtype=float) for name, one in tensors.items()}
    inputs = [one for one in graph.input if one.name not in constants]
    if len(inputs) != 1 or len(graph.output) != 1:
        raise CvxbenchError(f"'{path}' has {len(inputs)} inputs and {len(graph.output)} outputs where one each is due")
    shape = inputs[0].type.tensor_type.shape.dim
    if not shape or not shape[-1].dim_value:
        raise CvxbenchError(
            f"'{path}' does not say how many inputs its network has; fix the last dimension of the input"
        )
    value, size = inputs[0].name, shape[-1].dim_value
    nodes = [node for node in graph.node if node.op_type != "Constant"]
    steps: list[Affine | Activation] = []
    for index, node in enumerate(nodes):
        given = {one.name: helper.get_attribute_value(one) for one in node.attribute}
        operands = [constants.get(name) for name in node.input]
        alone = sum(value in other.input for other in nodes) == 1 and list(node.input).count(value) == 1
        if not alone or value not in node.input:
            raise CvxbenchError(f"'{path}' is not a chain: {node.op_type} does not continue from what is before it")
        value = node.output[0]
        if node.op_type in PASSED_OVER or (node.op_type in LAST and index == len(nodes) - 1):
            continue
        step = _step(node.op_type, operands, given, size)
        if step is None:
            raise CvxbenchError(f"'{path}': the operator {node.op_type} cannot be bounded at this place")
        steps.append(step)
        size = len(step.bias) if isinstance(step, Affine) else size
    if value != graph.output[0].name:
        raise CvxbenchError(f"'{path}' is not a chain: its output is not that of its last operator")
    return steps


def _step(operator: str, operands: list[np.ndarray | None], given: Attributes, size: int) -> Affine | Activation | None:
    """Return the step of one operator, or None if it has none; of the operands, the variable is None."""
    if operator in ACTIVATIONS:
        exact = given.get("approximate", b"none") == b"none"
        return ACTIVATIONS[operator](given) if exact else None
    if len(operands) < 2 or operands[0] is not None or any(one is None for one in operands[1:]):
        return None
    constants = [one for one in operands[1:] if one is not None]
    if operator in ("Gemm", "MatMul") and constants[0].ndim == 2 and not given.get("transA", 0):
        weights = constants[0] if given.get("transB", 0) else constants[0].T
        bias = constants[1] if len(constants) == 2 else np.zeros(1)
        weights = given.get("alpha", 1.0) * weights
        return Affine(weights, given.get("beta", 1.0) * _vector(bias, len(weights)))
    if operator in ("Add", "Sub"):
        return Affine(np.eye(size), (1.0 if operator == "Add" else -1.0) * _vector(constants[0], size))
    if operator in ("Mul", "Div"):
        factors = _vector(constants[0], size)
        return Affine(np.diag(factors if operator == "Mul" else 1.0 / factors), np.zeros(size))
    return None


def _vector(constant: np.ndarray, size: int) -> np.ndarray:
    if constant.size not in (1, size):
        raise CvxbenchError(f"a constant of the shape {constant.shape} does not fit {size} values")
    return np.broadcast_to(constant.ravel(), size).astype(float)
