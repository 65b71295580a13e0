import pytest

from cvxbench.report import build, sheets


@pytest.fixture
def timed(runs):
    """rfista reaches every reference after 1 s; sgd those of two tables after 2 s, the last one not."""

    def grid(*values, **more):
        return {("rfista", None): runs.scored(0.1, **more), ("sgd", 0.1): runs.scored(*values)}

    return runs({("a", 0.1): grid(0.5, 0.1), ("b", 0.1): grid(0.5, 0.105), ("c", 0.1): grid(0.5, 0.4)})


def test_what_was_not_solved_holds_quartiles_back_and_enters_no_mean(timed):
    rows = {row.method: row for row in build.report(timed).solve_times if row.accounting == "oracle"}
    assert {row.tol for row in rows.values()} == {0.1}
    assert (rows["rfista"].solved, rows["rfista"].capped, rows["rfista"].upper_quartile) == (3, 0, 1.0)
    assert (rows["sgd"].solved, rows["sgd"].capped, rows["sgd"].median) == (2, 1, 2.0)
    assert rows["sgd"].upper_quartile is None
    assert (rows["sgd"].shared, rows["rfista"].mean, rows["sgd"].mean) == (2, pytest.approx(1.0), pytest.approx(2.0))


def test_problems_that_shared_the_machine_are_left_out_unless_asked_for(runs):
    alone, beside = runs.scored(0.1), runs.scored(0.5, 0.1, contended=True)
    folder = runs({("a", 0.1): {("rfista", None): alone}, ("b", 0.1): {("rfista", None): beside}})
    assert build.report(folder).solve_times[0].solved == 1
    assert build.report(folder, contended=True).solve_times[0].solved == 2


def test_a_report_has_a_sheet_of_them(timed):
    (sheet,) = (sheet for sheet in sheets.sheets(build.report(timed)) if sheet.topic == "times")
    assert sheet.title == "Time to within 10 %, gated-relu"
    assert ("rfista", "both", "3/3", "1 s", "1 s", "1 s", "1 s") in sheet.rows
    assert sheet.columns[-1] == "mean of 2"
