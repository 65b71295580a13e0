"""The published training loop of SGD and Adam: shuffled mini-batches and a step that halves on schedule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
import torch._dynamo

from cvxbench.attempt import Budget, Outcome, Setting, Status, Watch
from cvxbench.networks.patterns import distinct
from cvxbench.networks.problem import Problem
from cvxbench.nonconvex.weights import initial, set_gradient

BATCHES = 10  # a batch is a tenth of the rows
PASSES = 4  # over a batch × width array that cost like as many columns of X
LEAST_EPOCHS = 5  # however little work the budget pays for
HALVINGS = 20  # the step halves every epochs/20: every 100 of the published 2000

Optimizer = Callable[[list[torch.Tensor], float], torch.optim.Optimizer]


def train(problem: Problem, setting: Setting, budget: Budget, watch: Watch, optimizer: Optimizer) -> Outcome:
    """Train one setting as Mishkin et al. (2022) did, in float64 like the convex side.

    Start from PyTorch's default initialisation; each epoch shuffles the rows and takes ten steps. A gated network has
    one neuron per distinct pattern of the problem's gates; a ReLU network `setting.width` per output.
    """
    n, d = problem.X.shape
    k = problem.Y.shape[1]
    gates, active = None, None
    if problem.network == "gated-relu":
        patterns = distinct(problem.X, problem.gates)
        gates, active = patterns.gates, torch.from_numpy(patterns.active.astype(float))
    width = setting.width if gates is None else gates.shape[1]
    weights = initial(k, d, width, gates, setting.seed)
    X = torch.from_numpy(problem.X)
    Y = torch.from_numpy(problem.Y.T.copy()).unsqueeze(2)
    rule = optimizer([weights.hidden, weights.output], setting.options["step"])
    epochs = budget.affordable(6.0 * n * (d + PASSES) * width * k, budget.epochs, least=LEAST_EPOCHS)
    halve = torch.optim.lr_scheduler.StepLR(rule, max(1, epochs // HALVINGS), gamma=0.5)
    shuffle = torch.Generator().manual_seed(setting.seed)
    batch = -(-n // BATCHES)
    iteration = 0
    watch.see(0, weights.network())
    with torch.no_grad(), _no_denormals():
        for _ in range(epochs):
            order = torch.randperm(n, generator=shuffle)
            Xs, Ys = X[order], Y[:, order]
            gated = None if active is None else active[order]
            for start in range(0, n, batch):
                rows = slice(start, start + batch)
                set_gradient(weights, Xs[rows], Ys[:, rows], None if gated is None else gated[rows], problem.lam)
                rule.step()
                iteration += 1
                if watch.due(iteration) and (ended := watch.see(iteration, weights.network())):
                    return ended
            halve.step()
    detail = f"{epochs} epochs" if epochs == budget.epochs else f"{epochs} epochs, what the budget's work pays for"
    return Outcome(weights.network(), Status.BUDGET, detail, iteration)


@contextmanager
def _no_denormals() -> Iterator[None]:
    """Weight decay drives dead neurons into denormal numbers, which are many times slower."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
