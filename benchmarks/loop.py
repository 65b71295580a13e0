"""What a study is usually a loop over: one setting, `torch.nn`, autograd, `torch.optim`."""

from __future__ import annotations

import numpy as np
import torch

from cvxbench.networks.relu import ReLUNetwork
from cvxbench.nonconvex.batch import start
from cvxbench.nonconvex.trainer import Run

OPTIMIZERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}


def train(
    X: np.ndarray, y: np.ndarray, run: Run, opponent: str, width: int, epochs: int, dtype: torch.dtype
) -> ReLUNetwork:
    """Train one ReLU network from the start, with the shuffles and the halving steps, that it has in the batch."""
    torch.set_flush_denormal(True)
    inputs, targets = torch.as_tensor(X, dtype=dtype), torch.as_tensor(y, dtype=dtype)
    n, d = X.shape
    hidden = torch.nn.Linear(d, width, bias=False, dtype=dtype)
    output = torch.nn.Linear(width, 1, bias=False, dtype=dtype)
    first = start(1, d, width, run.seed)[:, 0]
    with torch.no_grad():
        hidden.weight.copy_(first[:d].T)
        output.weight.copy_(first[d:])
    network = torch.nn.Sequential(hidden, torch.nn.ReLU(), output, torch.nn.Flatten(0))
    optimizer = OPTIMIZERS[opponent](network.parameters(), lr=run.step)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, max(1, epochs // 20), 0.5)
    shuffle = torch.Generator().manual_seed(run.seed)
    for _ in range(epochs):
        for rows in torch.randperm(n, generator=shuffle).split(-(-n // 10)):
            optimizer.zero_grad()
            loss = 0.5 * torch.nn.functional.mse_loss(network(inputs[rows]), targets[rows])
            penalty = hidden.weight.square().sum() + output.weight.square().sum()
            (loss + 0.5 * run.lam * penalty).backward()
            optimizer.step()
        schedule.step()
    weights, last = (layer.weight.detach().double().numpy() for layer in (hidden, output))
    return ReLUNetwork(weights.T, last[0])
