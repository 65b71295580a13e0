import math
from dataclasses import replace

import pytest

from cvxbench.errors import CvxbenchError
from cvxbench.report import build
from cvxbench.report.answer import answer


def rows(found, method):
    return {(row.dataset, row.lam): row for row in found.results if row.method == method}


def test_every_cell_is_counted_under_one_status(run):
    found = build.report(run)
    assert (found.problems, found.cells.total, found.attempts.total) == (6, 12, 18)
    assert found.cells.by_status == {"missing": 2, "converged": 4, "budget-reached": 5, "crashed": 1}
    assert found.attempts.by_status == {
        "missing": 4, "converged": 4, "budget-reached": 6, "diverged": 2, "crashed": 2
    }  # fmt: skip
    assert len(found.results) == 12


def test_solve_rates_are_those_counted_by_hand(run):
    found = build.report(run)
    counted = {(row.method, row.accounting): [] for row in found.solve_rate}
    for row in found.solve_rate:
        assert row.total == 6
        counted[row.method, row.accounting].append(row.solved)
    assert found.tolerances == (1.0, 0.5, 0.1)
    assert counted == {
        ("rfista", "oracle"): [5, 5, 4],
        ("rfista", "default"): [5, 5, 4],
        ("sgd", "oracle"): [4, 4, 3],
        ("sgd", "default"): [3, 3, 2],
    }
    assert found.null_problems == {"gated-relu": 1}
    assert {row.total for row in found.solve_rate_without_null} == {5}


def test_a_result_is_that_of_the_best_attempt_and_says_where_its_reference_is_from(run):
    row = rows(build.report(run), "sgd")["[red]x", 0.01]
    assert (row.status, row.objective, row.reference, row.reference_source) == (
        "budget-reached", 0.105, 0.1, "this run: rfista"
    )  # fmt: skip
    assert row.relative_gap == pytest.approx(0.05)
    assert (row.lower_bound, row.default_objective, row.seconds, row.study_seconds) == (0.0999, None, 2.0, 4.0)
    assert (row.test_score, row.test_metric) == (0.8, "accuracy")


def test_cells_without_a_score_tell_why(run):
    sgd = rows(build.report(run), "sgd")
    assert (sgd["[red]x", 0.1].status, sgd["[red]x", 0.1].detail) == ("crashed", "ValueError: [bold]no")
    assert sgd["house", 0.1].status == "missing"
    assert sgd["house", 0.1].objective is sgd["house", 0.1].relative_gap is None


def test_the_worst_end_stands_for_a_cell_without_a_score(runs):
    skipped, killed = (replace(runs.CRASHED, status=status) for status in ("skipped", "killed"))
    folder = runs({("iris", 0.1): {("sgd", 1.0): skipped, ("sgd", 0.1): runs.DIVERGED, ("sgd", 0.5): killed}})
    assert build.report(folder).results[0].status == "killed"


def test_head_to_head_counts_wins_ties_losses_and_what_cannot_be_compared(run):
    (pair,) = build.report(run).head_to_head
    assert (pair.method, pair.opponent) == ("rfista", "sgd")
    assert (pair.wins, pair.ties, pair.losses, pair.not_compared) == (2, 1, 1, 2)


def test_test_scores_are_means_over_the_same_problems(run):
    found = {(row.method, row.test_metric): (row.mean, row.problems) for row in build.report(run).test_scores}
    assert found["rfista", "accuracy"] == found["sgd", "accuracy"] == (pytest.approx(0.8), 3)
    assert (found["rfista", "mse"], found["sgd", "mse"]) == ((2.0, 1), (1.5, 1))


def test_a_method_that_skips_leaves_the_others_comparable(runs):
    skip = replace(runs.CRASHED, status="skipped", detail="the program has 3e+05 nonzeros")
    attempts = {("rfista", None): runs.scored(0.1), ("sgd", 0.1): runs.scored(0.1)}
    grid = {("iris", 0.1): attempts | {("conic", None): skip}, ("iris", 1.0): attempts | {("conic", None): skip}}
    found = build.report(runs(grid)).test_scores
    assert [(row.method, row.problems) for row in found if row.compared == "all"] == [
        ("rfista", 0), ("sgd", 0), ("conic", 0)
    ]  # fmt: skip
    assert [(row.method, row.problems) for row in found if row.compared == "none skipped"] == [
        ("rfista", 2),
        ("sgd", 2),
    ]


def test_failures_that_differ_in_numbers_alone_are_one(runs):
    grid = {
        ("iris", lam): {("conic", None): replace(runs.CRASHED, status="skipped", detail=f"{lam:g}e5 nonzeros")}
        for lam in (0.1, 1.0)
    }
    (failure,) = build.report(runs(grid)).failures
    assert (failure.count, failure.datasets) == (2, ("iris",))


def test_a_failed_attempt_is_listed_although_another_scored_its_cell(runs):
    found = build.report(runs({("iris", 0.1): {("sgd", 0.1): runs.scored(0.1), ("sgd", 1.0): runs.CRASHED}}))
    assert found.failures == ()
    assert [(row.status, row.method, row.count) for row in found.failed_attempts] == [("crashed", "sgd", 1)]
    assert build.exit_code(found) == 3


def test_study_costs_hold_every_attempt(run):
    rfista, sgd = build.report(run).study_cost
    assert (rfista.attempts, rfista.seconds, rfista.contended, rfista.convex) == (6, 14.0, 1, True)
    assert (sgd.attempts, sgd.seconds, sgd.by_status["missing"], sgd.convex) == (12, 13.0, 3, False)


def test_the_worst_gaps_come_first(run):
    found = [(row.method, row.dataset, row.relative_gap) for row in build.report(run).worst]
    assert [row[:2] for row in found] == [("sgd", "a|b"), ("sgd", "[red]x"), ("rfista", "house")]


def test_an_objective_below_a_proven_bound_is_a_loud_warning_and_the_bound_the_reference(runs):
    wrong = {("rfista", None): runs.scored(0.2, lower_bound=0.15), ("sgd", 0.1): runs.scored(0.1)}
    found = build.report(runs({("iris", 0.1): wrong}))
    assert "WRONG: on iris" in found.warnings[0]
    assert found.results[0].reference == 0.15
    assert found.results[0].reference_source == "this run: lower bound of rfista"


def test_rounding_is_no_contradiction(runs):
    close = {("rfista", None): runs.scored(0.1, lower_bound=0.1 * (1 + 1e-10))}
    assert build.report(runs({("iris", 0.1): close})).warnings == ()


def test_sessions_on_different_machines_are_a_warning(runs):
    sessions = [{"cpu": "x", "threads": 2}, {"cpu": "y", "threads": 2}]
    found = build.report(runs({("iris", 0.1): {("sgd", 0.1): runs.scored(0.1)}}, sessions=sessions))
    assert len(found.warnings) == 1 and "'cpu'" in found.warnings[0]
    assert found.manifest == sessions[-1] | {"datasets": {"iris": "0" * 64}}


def test_infinite_objectives_are_not_scored(runs):
    blown = runs.scored(1.0, math.inf, status="diverged")
    found = build.report(runs({("iris", 0.1): {("sgd", 0.1): blown, ("rfista", None): runs.scored(0.1)}}))
    assert rows(found, "sgd")["iris", 0.1].status == "diverged"
    assert rows(found, "sgd")["iris", 0.1].objective is None


def test_exit_codes(runs):
    def code(verdict):
        return build.exit_code(build.report(runs({("iris", 0.1): {("sgd", 0.1): verdict}})))

    assert [code(runs.scored(0.1)), code(None), code(runs.CRASHED), code(runs.DIVERGED)] == [0, 4, 4, 4]


def test_a_run_of_which_no_table_has_loaded_yet_is_reportable(runs):
    found = build.report(runs({("iris", 0.1): {("sgd", 0.1): None, ("rfista", None): None}}, tables=[]))
    assert found.cells.by_status == {"missing": 2}
    assert [row.total for row in found.solve_rate] == [1] * 12
    assert answer(found) == "Nothing was measured: no attempt of this run is scored."


def test_the_answer_names_the_best_of_both_sides(run):
    said = answer(build.report(run))
    assert said.startswith("So far, with 14 of 18 attempts run, within 10 % of the best known objective")
    assert "the convex program (rfista) solved 66.7 % (4/6) [30.0, 90.3] of the problems" in said
    assert (
        "sgd, the best opponent, 50.0 % (3/6) [18.8, 81.2] at the best of its study and 33.3 % (2/6) [9.7, 70.0] "
        "at its default setting [95 % intervals]."
    ) in said


def test_a_folder_that_is_no_run_is_one_sentence(tmp_path):
    with pytest.raises(CvxbenchError, match="is not a run"):
        build.report(tmp_path)


def test_a_pair_is_tested_on_tables_and_corrected_for_the_number_of_pairs(runs):
    def attempts(table):
        values = {"a": 0.1, "b": 0.1 + 0.01 * table, "c": 0.5}
        return {(method, None): runs.scored(value) for method, value in values.items()}

    grid = {(f"t{table}", lam): attempts(table) for table in range(1, 9) for lam in (0.1, 1.0)}
    found = build.report(runs(grid)).head_to_head
    least = 2 * 0.5**8  # all eight tables on one side, however many lambdas each has
    assert [row.p_value for row in found] == pytest.approx([3 * least] * 3)


def test_a_pair_without_a_shared_problem_has_no_p_value(runs):
    grid = {("iris", 0.1): {("a", None): runs.scored(0.1), ("b", None): runs.CRASHED}}
    assert build.report(runs(grid)).head_to_head[0].p_value is None
