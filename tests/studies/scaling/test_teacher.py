import numpy as np
import pytest

from cvxbench.networks.relu import ReLUNetwork
from cvxbench.studies.scaling.recipes import RULES
from cvxbench.studies.scaling.teacher import Teacher, train_teacher


def test_the_closed_form_of_the_excess_is_that_of_a_large_sample():
    teacher = Teacher.drawn(noise=2.0)
    r = np.random.default_rng(0)
    student = ReLUNetwork(r.standard_normal((25, 6)), 0.3 * r.standard_normal(6))
    X, y = teacher.sample(400_000, np.random.default_rng(1))
    f = teacher.network.predict(X)
    assert f.std() == pytest.approx(1.0, rel=0.01)
    assert (y - f).std() == pytest.approx(2.0, rel=0.01)
    assert teacher.excess(student) == pytest.approx(0.5 * np.mean((student.predict(X) - f) ** 2), rel=0.02)
    assert 0.5 * np.mean((student.predict(X) - y) ** 2) - teacher.floor == pytest.approx(
        teacher.excess(student), abs=0.02
    )


def test_the_excess_of_the_teacher_is_zero_and_of_what_overflowed_infinite():
    teacher = Teacher.drawn(noise=1.0)
    assert teacher.excess(teacher.network) == pytest.approx(0.0, abs=1e-12)
    dead = np.zeros((25, 3))
    assert teacher.excess(ReLUNetwork(dead, np.ones(3))) > 0.0
    assert np.isinf(teacher.excess(ReLUNetwork(dead + np.nan, np.ones(3))))
    assert np.isinf(teacher.excess(ReLUNetwork(dead + 1e200, np.full(3, 1e200))))


@pytest.mark.parametrize("rule", RULES)
def test_a_students_loss_falls_towards_the_floor_and_too_large_a_step_has_none(rule):
    result = train_teacher(rule, "linear", 20, 1.0, 256, [0.02, 1e6], seed=1, curves=True)
    loss, diverged = result["losses"]
    assert diverged is None
    curve = result["curves"][0]
    assert curve[-1] == (256, pytest.approx(loss - 0.5))
    assert 0.5 < loss < 0.5 + curve[0][1] and result["parameters"] == 20 * 26


def test_a_step_size_ends_the_same_whatever_else_is_trained():
    (alone,) = train_teacher("adamw", "cosine", 10, 2.0, 64, [0.01], seed=3)["losses"]
    together = train_teacher("adamw", "cosine", 10, 2.0, 64, [0.1, 0.01, 1.0], seed=3)["losses"]
    assert together[1] == pytest.approx(alone, rel=1e-5)
