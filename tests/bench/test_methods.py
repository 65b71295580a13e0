import pytest

from cvxbench import methods
from cvxbench.bench.suite import METHODS, budgets
from cvxbench.errors import CvxbenchError


def test_our_methods_and_a_third_partys_register_alike(toys):
    assert {"rfista", "al", "conic", "sgd", "adam", "toy_zero"} <= set(methods.names())
    assert methods.get("toy_zero").networks == ("relu",)
    assert methods.get("rfista").convex and not methods.get("adam").convex


def test_every_opponent_has_its_default_in_the_study_of_every_budget_and_the_suites_take_the_published_two():
    opponents = {"sgd", "momentum", "nesterov", "adam", "adamw", "lbfgs"}
    for method in map(methods.get, opponents):
        assert method.networks == ("gated-relu", "relu") and not method.convex
        assert all(method.default in method.settings(budget) for budget in budgets().values())
    assert all(set(names) & opponents == {"sgd", "adam"} for names in METHODS.values())


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("rfist", "did you mean 'rfista'"),
        ("absent", "cannot be loaded"),
        ("broken", "cannot be loaded .* ZeroDivisionError"),
        ("not_a_method", "is not a cvxbench.attempt.Method"),
    ],
)
def test_what_is_no_method_is_one_sentence(toys, name, sentence):
    with pytest.raises(CvxbenchError, match=sentence):
        methods.get(name)
