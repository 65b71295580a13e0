"""What a step is taken on."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Rows:
    """A mini-batch for each of S seeds, which all M members of the seed share.

    Parameters
    ----------
    X : Tensor, shape (S, b, d)
    y : Tensor, shape (S, M, b)
        Of each member's output.
    active : Tensor, shape (S, m, b), or None
        1[X gates ≥ 0]ᵀ of a gated network; None for ReLU, whose neurons gate themselves.
    """

    X: torch.Tensor
    y: torch.Tensor
    active: torch.Tensor | None = None
