"""PyTorch models as steps: a Sequential of linear layers and activations, in memory or from a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from pickle import UnpicklingError

import numpy as np
import torch
from torch import nn
from torch.serialization import safe_globals

from cvxbench.errors import CvxbenchError
from cvxbench.relaxation import activations
from cvxbench.relaxation.activations import Activation
from cvxbench.relaxation.network import Affine

ACTIVATIONS: dict[type[nn.Module], Callable[..., Activation]] = {
    nn.ReLU: lambda module: activations.RELU,
    nn.LeakyReLU: lambda module: activations.leaky_relu(module.negative_slope),
    nn.ELU: lambda module: activations.elu(module.alpha),
    nn.Softplus: lambda module: activations.softplus(module.beta),
    nn.Sigmoid: lambda module: activations.SIGMOID,
    nn.Tanh: lambda module: activations.TANH,
    nn.Softsign: lambda module: activations.SOFTSIGN,
    nn.SiLU: lambda module: activations.SILU,
    nn.GELU: lambda module: activations.GELU,
}
PASSED_OVER = (nn.Flatten, nn.Identity, nn.Dropout)
LAST = (nn.Softmax, nn.LogSoftmax)
ADVICE = "a model is an nn.Sequential of linear layers and activations, or an ONNX file"


def torch_steps(model: nn.Sequential) -> list[Affine | Activation]:
    """Return the steps of a Sequential, nested ones included; dropout is off, and a last softmax is left out.

    Raises
    ------
    CvxbenchError
        If a module is neither a linear layer nor an activation that has envelopes.
    """
    modules = [module for module in model.modules() if not isinstance(module, nn.Sequential)]
    if modules and isinstance(modules[-1], LAST):
        modules.pop()
    return [_step(module) for module in modules if not isinstance(module, PASSED_OVER)]


def torch_file_steps(path: Path) -> list[Affine | Activation]:
    """Return the steps of a Sequential saved whole by `torch.save(model, path)`; nothing in the file is executed.

    Only the classes of this module are unpickled, so that a file that holds any other is refused unread.

    Raises
    ------
    CvxbenchError
        If the file is damaged, or holds anything but such a model.
    """
    classes = [nn.Sequential, nn.Linear, *ACTIVATIONS, *PASSED_OVER, *LAST]
    try:
        with safe_globals(list(classes)):
            model = torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        raise CvxbenchError(
            f"'{path}' holds other classes, which are not loaded since they may be code; {ADVICE}"
        ) from error
    except OSError:
        raise
    except Exception as error:  # whatever a damaged file makes of the unpickler
        raise CvxbenchError(f"'{path}' is not a file that torch.save wrote, or it is damaged") from error
    if not isinstance(model, nn.Sequential):
        raise CvxbenchError(f"'{path}' holds a {type(model).__name__} without its layers; {ADVICE}")
    return torch_steps(model)


def _step(module: nn.Module) -> Affine | Activation:
    if isinstance(module, nn.Linear):
        weights = _float64(module.weight)
        return Affine(weights, np.zeros(len(weights)) if module.bias is None else _float64(module.bias))
    if type(module) not in ACTIVATIONS:
        raise CvxbenchError(f"a {type(module).__name__} layer at this place cannot be bounded; {ADVICE}")
    if isinstance(module, nn.GELU) and module.approximate != "none":
        raise CvxbenchError("GELU by tanh has no envelopes here; use nn.GELU() without the approximation")
    return ACTIVATIONS[type(module)](module)


def _float64(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().to(torch.float64).numpy()
