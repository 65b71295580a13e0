import pytest

from cvxbench.bench.records import Yardstick
from cvxbench.report import build, terminal


def done(dataset, name, score, status="converged"):
    return Yardstick(dataset, name, status, "C 1", score, 2.0)


@pytest.fixture
def beside(runs):
    def grid(score):
        return {("rfista", None): runs.scored(0.2, test=score), ("sgd", 0.1): runs.scored(0.1, test=score + 0.1)}

    return runs(
        {("iris", 0.01): grid(0.5), ("iris", 0.1): grid(0.7), ("wine", 0.1): grid(0.3)},
        yardsticks=[done("iris", "linear", 0.9), done("wine", "linear", 0.6), done("iris", "rbf-svm", 0.8),
                    done("wine", "rbf-svm", None, "killed")],
    )  # fmt: skip


def test_a_yardstick_is_averaged_over_the_same_problems_as_the_methods(beside):
    found = {row.method: (row.mean, row.problems, row.yardstick) for row in build.report(beside).test_scores}
    assert found["rfista"] == (pytest.approx(0.5), 3, False)
    assert found["linear"] == (pytest.approx((0.9 + 0.9 + 0.6) / 3), 3, True)
    assert found["rbf-svm"] == (None, 3, True)


def test_a_network_has_on_each_table_the_score_of_its_lowest_objectives(beside):
    found = {(row.dataset, row.model): (row.mean, row.worst, row.best) for row in build.report(beside).table_scores}
    assert found["iris", "gated-relu"] == (pytest.approx(0.7), pytest.approx(0.6), pytest.approx(0.8))
    assert found["iris", "linear"] == (0.9, 0.9, 0.9)
    assert found["wine", "rbf-svm"] == (None, None, None)


def test_of_squared_errors_the_largest_is_the_worst(runs):
    grid = {("house", lam): {("sgd", 0.1): runs.scored(0.1, test=lam)} for lam in (0.1, 1.0)}
    folder = runs(grid, [runs.table("house", task="regression")], yardsticks=[done("house", "linear", 0.5)])
    first = build.report(folder).table_scores[0]
    assert (first.worst, first.best, first.test_metric) == (1.0, 0.1, "mse")


def test_the_terminal_shows_both_and_a_failed_one_is_exit_code_3(beside):
    report = build.report(beside)
    text = " ".join(terminal.render(report).split())
    assert "linear (yardstick) accuracy 80.00 % 3" in text and "iris 70.00 % 90.00 % 80.00 %" in text
    assert "took 8 s in all" in text
    assert build.exit_code(report) == 3


def test_without_yardsticks_there_is_no_table_by_table_sheet(runs):
    report = build.report(runs({("iris", 0.1): {("sgd", 0.1): runs.scored(0.1)}}))
    assert report.yardsticks == () and "table by table" not in terminal.render(report)
