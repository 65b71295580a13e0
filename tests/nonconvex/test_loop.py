"""SGD and Adam against a plain torch loop with autograd, written out here."""

import numpy as np
import pytest
import torch

from cvxbench.attempt import Setting, Status
from cvxbench.networks.patterns import distinct
from cvxbench.nonconvex import adam, sgd


def plain(problem, rule, step, seed, epochs, width):
    """One network per output, `torch.nn.Linear`'s own init, autograd, `torch.optim`, StepLR."""
    X, Y = torch.from_numpy(problem.X), torch.from_numpy(problem.Y)
    n, d = X.shape
    gates = None
    if problem.network == "gated-relu":
        gates = torch.from_numpy(distinct(problem.X, problem.gates).gates)
        width = gates.shape[1]
    generator = torch.Generator().manual_seed(seed)
    k = Y.shape[1]
    hidden = torch.empty(k, d, width, dtype=torch.float64).uniform_(-(d**-0.5), d**-0.5, generator=generator)
    output = torch.empty(k, width, 1, dtype=torch.float64).uniform_(-(width**-0.5), width**-0.5, generator=generator)
    params = [hidden.requires_grad_(), output.requires_grad_()]
    optimizer = rule(params, lr=step)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, max(1, epochs // 20), gamma=0.5)
    shuffle = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        order = torch.randperm(n, generator=shuffle)
        for rows in order.split(-(-n // 10)):
            optimizer.zero_grad()
            loss = 0.0
            for c in range(k):
                before = X[rows] @ hidden[c]
                fired = before * (X[rows] @ gates >= 0) if gates is not None else torch.relu(before)
                residual = (fired @ output[c]).squeeze(1) - Y[rows, c]
                loss = loss + 0.5 * residual.square().mean()
            loss = loss + 0.5 * problem.lam * sum(p.square().sum() for p in params)
            loss.backward()
            optimizer.step()
        schedule.step()
    return hidden.detach().numpy(), output.detach().numpy()


@pytest.mark.parametrize(
    ("method", "rule", "step"), [(sgd, torch.optim.SGD, 0.5), (adam, torch.optim.Adam, 0.01)], ids=["sgd", "adam"]
)
def test_200_steps_are_those_of_a_plain_torch_loop(problem, method, rule, step, budget, diary):
    outcome = method.train(problem, Setting({"step": step}, seed=5, width=12), budget, diary)
    hidden, output = plain(problem, rule, step, seed=5, epochs=20, width=12)
    assert outcome.status is Status.BUDGET and outcome.iterations == 200
    for k, part in enumerate(outcome.network.parts):
        np.testing.assert_allclose(part.hidden, hidden[k], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(part.output, output[k][:, 0], rtol=1e-9, atol=1e-12)


def test_the_start_is_that_of_torch_linear():
    from cvxbench.nonconvex.weights import initial

    ours = initial(1, 40, 5000, None, seed=0).hidden.numpy()
    theirs = torch.nn.Linear(40, 5000, bias=False).weight.detach().numpy()
    assert abs(ours).max() == pytest.approx(abs(theirs).max(), rel=1e-3)
    assert ours.std() == pytest.approx(theirs.std(), rel=0.01)


def test_the_first_iterate_shown_is_the_start_and_the_last_is_returned(problem, budget, diary):
    outcome = sgd.train(problem, Setting({"step": 0.1}, seed=1, width=7), budget, diary)
    assert sorted(diary.seen) == list(range(201))
    np.testing.assert_array_equal(diary.seen[200].parts[0].hidden, outcome.network.parts[0].hidden)
    assert not np.array_equal(diary.seen[0].parts[0].hidden, outcome.network.parts[0].hidden)


def test_the_budget_of_work_shortens_training_the_same_on_every_machine(problem, budget, diary):
    from dataclasses import replace

    small = replace(budget, work=1.0)
    outcome = sgd.train(problem, Setting({"step": 0.1}), small, diary)
    assert outcome.iterations == 50 and "work" in outcome.detail
