"""Products of matrices, by the faster of two libraries that come with torch."""

from __future__ import annotations

from collections.abc import Callable

import torch

LARGE = 2**21  # multiplications from which on oneDNN earns back its set-up


Product = Callable[..., object]  # of left (S × r × n) and right (S × n × c), into out=(S × r × c)


def fastest(values: torch.Tensor, multiplications: int) -> Product:
    """Return what multiplies S pairs of matrices like `values`, each in so many multiplications.

    `torch.bmm` is MKL's, which on processors that are not Intel's has no instructions wider than AVX2. oneDNN's has
    AVX-512 there, but single precision only: a gated step takes half the time, one of a large ReLU network two thirds.
    """
    single = values.dtype == torch.float32 and values.device.type == "cpu"
    return _onednn if single and multiplications >= LARGE and torch.backends.mkldnn.is_available() else torch.bmm


def _onednn(left: torch.Tensor, right: torch.Tensor, *, out: torch.Tensor) -> None:
    for a, b, product in zip(left, right, out, strict=True):
        product.copy_(torch.ops.mkldnn._linear_pointwise(a, b.mT, None, "none", [], ""))
