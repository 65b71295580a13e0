import pytest
import torch

from cvxbench.nonconvex.rules.adam import MANY, Adam
from cvxbench.nonconvex.rules.rule import Step


@pytest.mark.parametrize("rates", [(0.01, 0.01), (0.01, 0.03)], ids=["alike", "apart"])
def test_on_many_weights_its_steps_are_those_of_torch_whether_or_not_the_members_have_one_step_size(rates):
    generator = torch.Generator().manual_seed(0)
    weights = torch.randn(1, 4, 2, MANY // 8, generator=generator, dtype=torch.float64)
    theirs = [torch.nn.Parameter(weights[:, :, member].clone()) for member in range(2)]
    optimizers = [torch.optim.Adam([their], lr=rate) for their, rate in zip(theirs, rates, strict=True)]
    state = Adam().start(weights)
    rate = torch.tensor(rates, dtype=torch.float64)[:, None]
    for number in range(1, 6):
        gradient = torch.randn(weights.shape, generator=generator, dtype=torch.float64)
        for member, (their, optimizer) in enumerate(zip(theirs, optimizers, strict=True)):
            their.grad = gradient[:, :, member].clone()
            optimizer.step()
        Adam().update(weights, gradient, state, Step(number, rate, torch.zeros_like(rate)))
    for member, their in enumerate(theirs):
        torch.testing.assert_close(weights[:, :, member], their.detach(), rtol=1e-10, atol=1e-12)
