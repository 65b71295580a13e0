"""A small character model on the dataset descriptions that scikit-learn ships: many passes over 60 kB of text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from cvxbench.nonconvex.rules.rule import Step
from cvxbench.nonconvex.trainer import no_denormals
from cvxbench.studies.scaling.recipes import RULES, SCHEDULES

CONTEXT, EMBEDDING, WIDTH = 8, 8, 64
BATCH = 16
SCORED = 4096  # windows of the text on which the loss at the end is taken, the same for all runs


@dataclass(frozen=True)
class Text:
    """Windows of a text as numbers of characters.

    Parameters
    ----------
    windows : Tensor of int64, shape (n, CONTEXT + 1)
        The last column is the character to be predicted.
    characters : int
        How many different ones there are.
    """

    windows: torch.Tensor
    characters: int

    @property
    def parameters(self) -> int:
        """Weights of the model: embedding, hidden layer and output layer."""
        return self.characters * EMBEDDING + CONTEXT * EMBEDDING * WIDTH + WIDTH * self.characters


@lru_cache(maxsize=1)
def descriptions() -> Text:
    """Return the text of scikit-learn's dataset descriptions, lower case and ASCII only, by name."""
    folder = resources.files("sklearn.datasets.descr")
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".rst")), key=lambda entry: entry.name)
    text = "".join(entry.read_text(encoding="utf-8") for entry in files).lower()
    kept = [character for character in text if character.isascii()]
    number = {character: place for place, character in enumerate(sorted(set(kept)))}
    coded = torch.tensor([number[character] for character in kept])
    return Text(coded.unfold(0, CONTEXT + 1, 1), len(number))


def losses(weights: torch.Tensor, windows: torch.Tensor, characters: int) -> torch.Tensor:
    """Return the mean cross-entropy of each member on windows of text, in nats, shape (M,).

    Parameters
    ----------
    weights : Tensor, shape (M, parameters)
        Of each member the embedding, the hidden ReLU layer and the output layer.
    windows : Tensor of int64, shape (b, CONTEXT + 1)
    characters : int
    """
    members = len(weights)
    sizes = (characters * EMBEDDING, CONTEXT * EMBEDDING * WIDTH, WIDTH * characters)
    embedding, hidden, output = weights.split(sizes, dim=1)
    looked_up = embedding.view(members, characters, EMBEDDING)[:, windows[:, :-1]].flatten(2)
    fired = torch.bmm(looked_up, hidden.view(members, CONTEXT * EMBEDDING, WIDTH)).relu()
    scores = torch.bmm(fired, output.view(members, WIDTH, characters))
    targets = windows[:, -1].expand(members, -1)
    return functional.cross_entropy(scores.flatten(0, 1), targets.flatten(), reduction="none").view(members, -1).mean(1)


def train_on_text(rule: str, schedule: str, horizon: int, steps: Sequence[float], seed: int) -> dict[str, Any]:
    """Train one character model for each step size on the same windows, drawn at random.

    Parameters
    ----------
    rule, schedule : str
        Keys of `RULES` and `SCHEDULES`.
    horizon : int
        Steps taken, T, of `BATCH` windows each.
    steps : sequence of float
        Peak step sizes.
    seed : int
        Of start and windows.

    Returns
    -------
    dict
        `losses`: cross-entropy on the text at the end by step size, None where it diverged. `parameters`.
    """
    text, update, factor = descriptions(), RULES[rule], SCHEDULES[schedule]
    generator = torch.Generator().manual_seed(seed)
    start = [
        torch.empty(size).uniform_(-bound, bound, generator=generator)
        for size, bound in (
            (text.characters * EMBEDDING, 1.0),
            (CONTEXT * EMBEDDING * WIDTH, (CONTEXT * EMBEDDING) ** -0.5),
            (WIDTH * text.characters, WIDTH**-0.5),
        )
    ]
    weights = torch.cat(start).repeat(len(steps), 1).requires_grad_()
    state = update.start(weights.detach())
    peak, decay = torch.tensor(steps)[:, None], torch.zeros(len(steps), 1)
    with no_denormals():
        for number in range(horizon):
            chosen = torch.randint(len(text.windows), (BATCH,), generator=generator)
            (gradient,) = torch.autograd.grad(losses(weights, text.windows[chosen], text.characters).sum(), weights)
            with torch.no_grad():
                step = Step(number + 1, peak * factor(number, horizon, horizon), decay)
                update.update(weights, gradient, state, step)
    scored = torch.from_numpy(np.random.default_rng(0).choice(len(text.windows), SCORED, replace=False))
    with torch.no_grad():
        ends = losses(weights, text.windows[scored], text.characters).tolist()
    untrained = math.log(text.characters)
    return {
        "losses": [end if math.isfinite(end) and end < untrained else None for end in ends],
        "parameters": text.parameters,
    }
