"""The plain way: one run at a time, autograd, `torch.optim`, `torch.optim.lr_scheduler`."""

import numpy as np
import torch


def plain(data, run, optimizer, scheduler, epochs, *, full_batch=False, decoupled=False, path=None):
    """Return the hidden layer (k, d, m) and output layer (k, m) after training each output's network in float64.

    `optimizer(parameters, step)` and `scheduler(optimizer, steps, per_epoch)` make torch's; the scheduler moves every
    step. A decoupled optimizer decays the weights itself, so the loss has no penalty. What they are after every step is
    appended to the list `path`.
    """
    X, Y = torch.from_numpy(data.X), torch.from_numpy(data.Y)
    (n, d), k, m = X.shape, Y.shape[1], data.width
    generator = torch.Generator().manual_seed(run.seed)
    hidden, output = (
        torch.empty(shape, dtype=torch.float64).uniform_(-(fan_in**-0.5), fan_in**-0.5, generator=generator)
        for shape, fan_in in (((k, d, m), d), ((k, m), m))
    )
    layers = [[hidden[c].clone().requires_grad_(), output[c].clone().requires_grad_()] for c in range(k)]
    optimizers = [optimizer(pair, run.step) for pair in layers]
    batch = n if full_batch else -(-n // 10)
    per_epoch = -(-n // batch)
    schedules = [scheduler(each, epochs * per_epoch, per_epoch) for each in optimizers]
    shuffle = torch.Generator().manual_seed(run.seed)
    for _ in range(epochs):
        order = torch.arange(n) if full_batch else torch.randperm(n, generator=shuffle)
        for rows in order.split(batch):
            for c in range(k):

                def loss(c=c, rows=rows):
                    optimizers[c].zero_grad()
                    first, second = layers[c]
                    before = X[rows] @ first
                    fired = before * torch.from_numpy(data.active)[rows] if data.gates is not None else before.relu()
                    value = 0.5 * (fired @ second - Y[rows, c]).square().mean()
                    if not decoupled:
                        value = value + 0.5 * run.lam * (first.square().sum() + second.square().sum())
                    value.backward()
                    return value

                optimizers[c].step(loss)
                schedules[c].step()
            if path is not None:
                path.append(now(layers))
    return now(layers)


def now(layers):
    return tuple(np.stack([pair[layer].detach().numpy().copy() for pair in layers]) for layer in (0, 1))
