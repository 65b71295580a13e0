import pytest

from cvxbench import methods
from cvxbench.errors import CvxbenchError


def test_our_methods_and_a_third_partys_register_alike(toys):
    assert {"rfista", "al", "conic", "sgd", "adam", "toy_zero"} <= set(methods.names())
    assert methods.get("toy_zero").networks == ("relu",)
    assert methods.get("rfista").convex and not methods.get("adam").convex


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
