"""Tables and text, where the law is not expected."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_diabetes

from cvxbench.errors import CvxbenchError
from cvxbench.nonconvex.rules.sgd import SGD
from cvxbench.nonconvex.schedules.linear import Linear
from cvxbench.nonconvex.study import Study, train_study
from cvxbench.studies.scaling.characters import CONTEXT, EMBEDDING, WIDTH, descriptions, losses, train_on_text
from cvxbench.studies.scaling.tables import LAM, optimum_of_table, train_on_table


def test_a_tables_losses_are_the_objectives_of_a_study():
    result = train_on_table("diabetes", "sgd", "linear", 3, [1.0, 3.0], seed=5)
    X, y = load_diabetes(return_X_y=True)
    rows = np.random.default_rng(1995).permutation(442)[88:]
    X, y = X[rows] / np.linalg.norm(X[rows], axis=0), (y[rows] - y[rows].mean()) / y[rows].std()
    study = Study((1.0, 3.0), (5,), 3, Linear())
    expected = [one.final for one in train_study(X, y, LAM, SGD(), study=study)]
    assert result["losses"] == pytest.approx(expected, rel=1e-4) and result["horizon"] == 30


def test_the_optimum_of_a_table_is_below_what_training_reaches():
    found = optimum_of_table("wine")
    reached = train_on_table("wine", "adam", "linear", 200, [0.03], seed=0)["losses"][0]
    assert found["lower_bound"] <= found["floor"] < reached < 1.2 * found["floor"]


def test_a_table_that_does_not_exist_is_refused():
    with pytest.raises(CvxbenchError, match="no-such"):
        optimum_of_table("no-such")


class Plain(torch.nn.Module):
    def __init__(self, weights, characters):
        super().__init__()
        embedding, hidden, output = weights.split(
            (characters * EMBEDDING, CONTEXT * EMBEDDING * WIDTH, WIDTH * characters)
        )
        self.embedding = torch.nn.Embedding(characters, EMBEDDING, _weight=embedding.view(characters, EMBEDDING))
        self.hidden = torch.nn.Linear(CONTEXT * EMBEDDING, WIDTH, bias=False)
        self.output = torch.nn.Linear(WIDTH, characters, bias=False)
        self.hidden.weight.data = hidden.view(-1, WIDTH).T.clone()
        self.output.weight.data = output.view(WIDTH, -1).T.clone()

    def forward(self, windows):
        scores = self.output(self.hidden(self.embedding(windows[:, :-1]).flatten(1)).relu())
        return torch.nn.functional.cross_entropy(scores, windows[:, -1])


def test_each_member_of_a_batch_is_a_plain_character_model():
    text = descriptions()
    weights = torch.randn(3, text.parameters, generator=torch.Generator().manual_seed(0)).requires_grad_()
    windows = text.windows[:50]
    together = losses(weights, windows, text.characters)
    (gradient,) = torch.autograd.grad(together.sum(), weights)
    model = Plain(weights[1].detach(), text.characters)
    alone = model(windows)
    alone.backward()
    assert together[1].item() == pytest.approx(alone.item(), rel=1e-5)
    theirs = [model.embedding.weight.grad, model.hidden.weight.grad.T, model.output.weight.grad.T]
    torch.testing.assert_close(gradient[1], torch.cat([each.flatten() for each in theirs]), rtol=1e-4, atol=1e-6)


def test_a_character_model_learns_and_one_that_diverges_has_no_loss():
    result = train_on_text("adamw", "linear", 128, [0.01, 1e4], seed=0)
    learned, diverged = result["losses"]
    assert learned < 0.8 * np.log(descriptions().characters) and diverged is None
    assert train_on_text("adamw", "linear", 128, [0.01], seed=0)["losses"][0] == pytest.approx(learned, rel=1e-4)
