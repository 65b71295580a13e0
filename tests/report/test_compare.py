import pytest

from cvxbench.errors import CvxbenchError
from cvxbench.report.compare import compare_runs, verdict

SESSION = {"version": "0.1.0", "cpu": "x", "blas": ["openblas"], "threads": 1, "workload_seconds": 0.001}
TABLES = ("iris", "wine", "digits")


def grid(runs, objective, seconds=1.0, **more):
    best = runs.scored(0.1, status="converged", seconds=seconds)
    return {
        (table, 0.1): {("rfista", None): best, ("sgd", 0.1): runs.scored(objective, seconds=seconds, **more)}
        for table in TABLES
    }


def words(found):
    return {group.method: verdict(group) for group in found.comparison.groups}


def test_a_run_beside_itself_is_the_same(runs):
    a = runs(grid(runs, 0.2), sessions=[SESSION])
    found = compare_runs(a, a)
    assert words(found) == {"rfista": "same within noise", "sgd": "same within noise"}
    assert [row[3:] for row in found.sheets[0].rows] == [
        ("3 → 3 of 3", "+0.0 [0, 0]", "same"),
        ("0 → 0 of 3", "+0.0 [0, 0]", "same"),
    ]


def test_the_better_and_the_faster_run_are_named(runs):
    a, b = (runs(grid(runs, value, seconds), sessions=[SESSION]) for value, seconds in ((0.8, 8.0), (0.101, 2.0)))
    there, back = compare_runs(a, b), compare_runs(b, a)
    assert words(there)["sgd"] == "better on 3 of 3" and words(back)["sgd"] == "worse on 3 of 3"
    assert there.sheets[0].rows[1][3:] == ("0 → 3 of 3", "+100.0 [100, 100]", "4× faster")
    assert back.sheets[0].rows[1][-1] == "4× slower"


def test_the_lowest_objective_of_both_runs_is_the_reference(runs):
    a = runs({("iris", 0.1): {("sgd", 0.1): runs.scored(0.2)}}, sessions=[SESSION])
    b = runs({("iris", 0.1): {("sgd", 0.1): runs.scored(0.1)}}, sessions=[SESSION])
    assert compare_runs(a, b).sheets[0].rows[0][3] == "0 → 1 of 1"


def test_times_of_other_machines_are_left_out(runs):
    a = runs(grid(runs, 0.2), sessions=[SESSION])
    b = runs(grid(runs, 0.2, 9.0), sessions=[SESSION | {"cpu": "y"}])
    found = compare_runs(a, b)
    assert {row[-1] for row in found.sheets[0].rows} == {"–"}
    assert "Times are left out: the machines differ in cpu." in found.sheets[0].notes


def test_other_data_are_refused(runs):
    a = runs(grid(runs, 0.2), sessions=[SESSION])
    tables = [runs.table(name) for name in TABLES[:2]] + [runs.table("digits", sha256="11" * 32)]
    b = runs(grid(runs, 0.2), tables, sessions=[SESSION])
    with pytest.raises(CvxbenchError, match="sha256 of digits differ"):
        compare_runs(a, b)


def test_what_one_run_lacks_is_not_compared(runs):
    whole, part = grid(runs, 0.2), grid(runs, 0.2)
    part["iris", 0.1] = {**part["iris", 0.1], ("sgd", 0.1): None}
    found = compare_runs(runs(whole, sessions=[SESSION]), runs(part, sessions=[SESSION]))
    assert words(found)["sgd"] == "same within noise; 1 not compared"
