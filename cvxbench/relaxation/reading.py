"""A user's own network from a file, as what decides: its outputs before a last sigmoid or softmax."""

from __future__ import annotations

from pathlib import Path

from cvxbench.errors import CvxbenchError
from cvxbench.relaxation.activations import SIGMOID
from cvxbench.relaxation.network import LayeredNetwork, layered


def read_network(path: Path) -> LayeredNetwork:
    """Read a network; the class it gives is the sign of one output, or the greatest of several.

    A last sigmoid or softmax is left out: it changes no decision.

    Parameters
    ----------
    path : Path
        `.pt` or `.pth`, an nn.Sequential saved whole by torch.save, or `.onnx`.

    Raises
    ------
    CvxbenchError
        If there is no such file, or what is in it is not a chain of linear layers and activations with envelopes.
    """
    if not path.is_file():
        raise CvxbenchError(f"there is no file '{path}'")
    if path.suffix == ".onnx":
        from cvxbench.relaxation.onnx_model import onnx_file_steps

        steps = onnx_file_steps(path)
    elif path.suffix in (".pt", ".pth"):
        from cvxbench.relaxation.torch_model import torch_file_steps

        steps = torch_file_steps(path)
    else:
        raise CvxbenchError(f"'{path}' is neither .pt nor .pth (a saved nn.Sequential) nor .onnx")
    return layered(steps[:-1] if steps and steps[-1] is SIGMOID else steps)
