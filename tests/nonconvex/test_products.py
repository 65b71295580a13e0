from __future__ import annotations

import pytest
import torch

from cvxbench.nonconvex.gradients import products, relu
from cvxbench.nonconvex.gradients.gated import Gated
from cvxbench.nonconvex.gradients.products import LARGE, fastest
from cvxbench.nonconvex.gradients.relu import ReLU
from cvxbench.nonconvex.gradients.rows import Rows

pytestmark = pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="this torch has no oneDNN")

S, D, M, WIDTH, B = 2, 40, 3, 1000, 60  # more multiplications than LARGE, also in a block of ReLU's


def drawn(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(sum(shape)))


@pytest.fixture
def gains(monkeypatch: pytest.MonkeyPatch) -> list[torch.Size]:
    """Make oneDNN the faster one; return the shapes that it has been asked for."""
    asked, onednn = [], products._onednn

    def noted(left: torch.Tensor, right: torch.Tensor, *, out: torch.Tensor) -> None:
        asked.append(out.shape)
        onednn(left, right, out=out)

    monkeypatch.setattr(products, "_onednn_gains", lambda: True)
    monkeypatch.setattr(products, "_onednn", noted)
    return asked


def test_only_large_products_in_single_precision_leave_bmm(gains: list[torch.Size]) -> None:
    assert fastest(drawn(1), LARGE) is torch.bmm
    assert fastest(drawn(1).float(), LARGE - 1) is torch.bmm
    assert fastest(drawn(1).float(), LARGE) is not torch.bmm


@pytest.mark.parametrize("slower", [False, True])
def test_the_faster_of_the_two_is_found_by_timing_both(monkeypatch: pytest.MonkeyPatch, slower: bool) -> None:
    def twice(left: torch.Tensor, right: torch.Tensor, *, out: torch.Tensor) -> None:
        torch.bmm(left, right, out=out)
        torch.bmm(left, right, out=out)

    half = slice(products.SIDE // 2)

    def a_quarter(left: torch.Tensor, right: torch.Tensor, *, out: torch.Tensor) -> None:
        torch.bmm(left[:, half], right[:, :, half], out=out[:, half, half])

    monkeypatch.setattr(products, "_onednn", twice if slower else a_quarter)
    try:
        products._onednn_gains.cache_clear()
        assert (fastest(drawn(1).float(), LARGE) is torch.bmm) == slower
    finally:
        products._onednn_gains.cache_clear()


@pytest.mark.parametrize("transposed", [False, True])
def test_the_product_is_the_product(gains: list[torch.Size], transposed: bool) -> None:
    left, right = drawn(S, D * M, WIDTH), drawn(S, B, WIDTH).mT if transposed else drawn(S, WIDTH, B)
    out = torch.full((S, D * M + 1, B), torch.nan)
    fastest(out, LARGE)(left.float(), right.float(), out=out[:, 1:])
    assert out[:, 0].isnan().all()
    error = (out[:, 1:].double() - left @ right).abs()
    assert (error <= 1e-6 * (left.abs() @ right.abs())).all()
    assert gains


@pytest.mark.parametrize("network", [Gated, ReLU])
def test_a_large_gradient_in_single_precision_is_that_in_double(
    gains: list[torch.Size], network: type[Gated | ReLU]
) -> None:
    active = (drawn(S, B, WIDTH) > 0).double().mT if network is Gated else None
    rows = Rows(drawn(S, B, D), drawn(S, M, B), active)
    single = Rows(rows.X.float(), rows.y.float(), None if active is None else active.float())
    weights = drawn(S, D + 1, M, WIDTH) / 10
    gradients = []
    for given, values in [(rows, weights), (single, weights.float())]:
        gradients.append(torch.empty_like(values))
        network(values, gradients[-1], B).differentiate(given)
    error = (gradients[0] - gradients[1]).abs().amax() / gradients[0].abs().amax()
    assert error < 1e-5
    assert gains


def test_a_hidden_layer_in_blocks_has_the_gradient_of_autograd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relu, "BLOCK", 2**11)
    seeds, d, members, m, b = 2, 5, 3, 11, 17
    X, y = drawn(seeds, b, d), drawn(seeds, members, b)
    weights = drawn(seeds, d + 1, members, m).requires_grad_()
    hidden = torch.einsum("sbd,sdkm->skbm", X, weights[:, :d]).relu()
    loss = (torch.einsum("skbm,skm->skb", hidden, weights[:, d]) - y).square().sum() / (2 * b)
    (expected,) = torch.autograd.grad(loss, weights)
    gradient = torch.full_like(expected, torch.nan)
    network = ReLU(weights.detach(), gradient, b)
    assert [len(fired[0]) for _, fired, _, _ in network._parts[0]._blocks] == [7, 7, 7, 7, 5]
    network.differentiate(Rows(X, y))
    torch.testing.assert_close(gradient, expected)
