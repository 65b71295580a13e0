"""Products of matrices, by the faster of two libraries that come with torch."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from time import process_time

import torch

LARGE = 2**21  # multiplications from which on oneDNN earns back its set-up
SIDE, TIMED = 256, 10  # of the square matrices by which the two are compared, and how often
GAIN = 1.25  # how much faster oneDNN must be: about 2 where only it has AVX-512 at full width, 1 elsewhere


Product = Callable[..., object]  # of left (S × r × n) and right (S × n × c), into out=(S × r × c)


def fastest(values: torch.Tensor, multiplications: int) -> Product:
    """Return what multiplies S pairs of matrices like `values`, each in so many multiplications.

    `torch.bmm` is MKL's, which on processors that are not Intel's has no instructions wider than AVX2. oneDNN's has
    AVX-512 there, but single precision only. On a Zen 5 a gated step takes half the time by it; on a Zen 4, which
    carries these instructions out in two halves, it gains little or loses. So the first large product of a process
    times both.
    """
    single = values.dtype == torch.float32 and values.device.type == "cpu"
    return _onednn if single and multiplications >= LARGE and _onednn_gains() else torch.bmm


@cache
def _onednn_gains() -> bool:
    """Return whether oneDNN multiplies clearly faster here; it takes some 10 ms to tell."""
    if not torch.backends.mkldnn.is_available():
        return False
    matrix = torch.ones(1, SIDE, SIDE)
    out = torch.empty_like(matrix)

    def seconds(multiply: Product) -> float:
        began = process_time()
        multiply(matrix, matrix, out=out)
        return process_time() - began

    times = [(seconds(torch.bmm), seconds(_onednn)) for _ in range(1 + TIMED)][1:]
    bmm, onednn = (min(column) for column in zip(*times, strict=True))
    return bmm > GAIN * onednn


def _onednn(left: torch.Tensor, right: torch.Tensor, *, out: torch.Tensor) -> None:
    for a, b, product in zip(left, right, out, strict=True):
        product.copy_(torch.ops.mkldnn._linear_pointwise(a, b.mT, None, "none", [], ""))
