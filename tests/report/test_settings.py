from cvxbench.report import build
from cvxbench.report.sheets import sheets


def test_every_setting_is_counted_by_the_cells_that_it_won(run):
    found = {(row.setting, row.lam): (row.wins, row.total) for row in build.report(run).settings}
    assert found == {
        ("step 0.1", 0.01): (2, 3),
        ("step 1", 0.01): (1, 3),
        ("step 0.1", 0.1): (1, 3),
        ("step 1", 0.1): (0, 3),
    }


def test_wins_and_cells_without_a_score_make_up_the_total(run):
    report = build.report(run)
    scored = sum(row.method == "sgd" and row.objective is not None for row in report.results)
    assert sum(row.wins for row in report.settings) == scored == 4
    assert {row.setting for row in report.settings if row.is_default} == {"step 0.1"}


def test_of_equal_settings_the_first_wins(runs):
    equal = {("sgd", 0.1): runs.scored(0.3), ("sgd", 1.0): runs.scored(0.3)}
    assert [row.wins for row in build.report(runs({("iris", 0.1): equal})).settings] == [1, 0]


def test_a_method_without_settings_is_left_out(runs):
    assert build.report(runs({("iris", 0.1): {("rfista", None): runs.scored(0.1)}})).settings == ()


def test_it_is_said_where_an_end_of_the_grid_won(runs):
    low, high, diverged = runs.scored(0.1), runs.scored(0.3), runs.DIVERGED
    grid = {
        ("iris", 0.1): {("sgd", 10.0): low, ("sgd", 1.0): high, ("sgd", 0.1): high},
        ("iris", 0.01): {("sgd", 10.0): diverged, ("sgd", 1.0): low, ("sgd", 0.1): high},
        ("wine", 0.01): {("sgd", 10.0): diverged, ("sgd", 1.0): high, ("sgd", 0.1): low},
    }
    report = build.report(runs(grid))
    assert {row.setting for row in report.settings if row.outermost} == {"step 10", "step 0.1"}
    assert _said(report).endswith("might do better: sgd on gated-relu 2.")
    inside = {key: attempts for key, attempts in grid.items() if key == ("iris", 0.01)}
    assert "end of the grid" not in _said(build.report(runs(inside)))


def test_of_two_settings_none_is_an_end(run):
    report = build.report(run)
    assert not any(row.outermost for row in report.settings)
    assert "end of the grid" not in _said(report)


def _said(report) -> str:
    (sheet,) = [sheet for sheet in sheets(report) if sheet.title == "Which setting won"]
    return sheet.notes[-1]
