"""The written gradient of a batched step beside torch's autograd: `python -m benchmarks.gradients`."""

from __future__ import annotations

import time
from collections.abc import Callable

import click
import torch

from benchmarks.threads import one_thread
from cvxbench.nonconvex.batch import Batch, Rows, start
from cvxbench.nonconvex.trainer import no_denormals

SHAPES = ((17, 60, 50), (66, 8, 50), (368, 57, 100))  # rows of a mini-batch, columns, neurons
SEEDS, EACH = 3, 7
STEPS, REPEATS = 200, 7


def autograd(batch: Batch, rows: Rows) -> torch.Tensor:
    """Return the gradient that `batch.differentiate` writes, of the same objective by the same batched products."""
    weights = batch.weights.detach().requires_grad_()
    seeds, _, members, m = weights.shape
    fired = torch.bmm(weights[:, :-1].flatten(2).mT, rows.X.mT).relu().view(seeds * members, m, -1)
    residual = torch.bmm(weights[:, -1].reshape(-1, 1, m), fired) - rows.y.view(seeds * members, 1, -1)
    loss = 0.5 * residual.square().mean(dim=2).sum() + 0.5 * (batch.lam * weights.square()).sum()
    loss.backward()
    assert weights.grad is not None
    return weights.grad


def seconds(step: Callable[[], object]) -> float:
    """Return the processor seconds of a step, the least of several counts of many."""
    found = []
    for _ in range(REPEATS):
        since = time.process_time()
        for _ in range(STEPS):
            step()
        found.append((time.process_time() - since) / STEPS)
    return min(found)


@click.command()
def main() -> None:
    """Time both in float32 on one thread, and say how far apart their gradients are."""
    with one_thread(), no_denormals():
        for b, d, m in SHAPES:
            generator = torch.Generator().manual_seed(0)
            X = torch.randn(SEEDS, b, d, generator=generator)
            rows = Rows(X, torch.randn(SEEDS, EACH, b, generator=generator), None)
            weights = torch.stack([start(1, d, m, seed).repeat(1, EACH, 1) for seed in range(SEEDS)]).float()
            batch = Batch(weights, torch.full((EACH, 1), 1e-3))
            batch.differentiate(rows, decay=True)
            apart = float((autograd(batch, rows) - batch.gradient).abs().max() / batch.gradient.abs().max())

            def written(batch: Batch = batch, rows: Rows = rows) -> None:
                with torch.no_grad():
                    batch.differentiate(rows, decay=True)

            ours = seconds(written)
            theirs = seconds(lambda batch=batch, rows=rows: autograd(batch, rows))
            click.echo(
                f"{SEEDS * EACH} runs × {b} rows × {d} columns × {m} neurons: written {1e3 * ours:.2f} ms, autograd "
                f"{1e3 * theirs:.2f} ms, {theirs / ours:.1f}×; apart by {apart:.0e}"
            )


if __name__ == "__main__":
    main()
