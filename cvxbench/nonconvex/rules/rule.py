"""What an update rule is: how the weights of many networks take a step together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch

State = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Step:
    """One step of every network of a batch.

    Parameters
    ----------
    number : int
        From 1.
    rate : Tensor, shape (M, 1)
        The step size, after the schedule.
    decay : Tensor, shape (M, 1)
        The network's lambda, for rules that decay the weights themselves.
    """

    number: int
    rate: torch.Tensor
    decay: torch.Tensor


class Rule(Protocol):
    """An update rule; a new one is one file with a frozen dataclass like this."""

    @property
    def full_batch(self) -> bool:
        """Whether it takes one step an epoch, on all rows, rather than one for each mini-batch."""
        ...

    @property
    def decoupled(self) -> bool:
        """Whether it decays the weights itself; its gradient is then that of the loss without the penalty."""
        ...

    def start(self, weights: torch.Tensor) -> State:
        """Return what it remembers at first; the last dimension but one of every tensor counts the M members."""
        ...

    def update(self, weights: torch.Tensor, gradient: torch.Tensor, state: State, step: Step) -> None:
        """Take a step in place; `weights` and `gradient` have the M members on their last axis but one.

        A `Batch` has them as (S, d + 1, M, m). Each of its S × M networks steps by itself: none may look at another.
        `gradient` is the rule's to overwrite.
        """
        ...
