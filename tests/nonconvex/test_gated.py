import pytest
import torch

from cvxbench.nonconvex.gradients import gated
from cvxbench.nonconvex.gradients.gated import Gated
from cvxbench.nonconvex.gradients.rows import Rows


@pytest.mark.parametrize("columns", [1, 3, 7])
def test_in_parts_of_a_few_columns_the_gradient_is_that_of_autograd(columns, monkeypatch):
    seeds, b, d, members, m = 2, 9, 7, 3, 5
    monkeypatch.setattr(gated, "CACHE", columns * seeds * members * m * 8)
    generator = torch.Generator().manual_seed(0)
    weights, X, y = (
        torch.randn(shape, generator=generator, dtype=torch.float64)
        for shape in ((seeds, d + 1, members, m), (seeds, b, d), (seeds, members, b))
    )
    active = torch.rand(seeds, m, b, generator=generator, dtype=torch.float64).round()
    gradient = torch.full_like(weights, torch.nan)
    Gated(weights, gradient, b).differentiate(Rows(X, y, active))

    weights.requires_grad_()
    hidden = torch.einsum("sbd,sdkm,smb->skmb", X, weights[:, :d], active)
    f = torch.einsum("skmb,skm->skb", hidden, weights[:, d])
    ((f - y).square().sum() / (2 * b)).backward()
    torch.testing.assert_close(gradient, weights.grad, rtol=1e-12, atol=1e-12)
