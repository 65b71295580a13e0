"""What turns a check red, what only warns, and what noise may do."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from junitparser import JUnitXml

from cvxbench.errors import CvxbenchError
from cvxbench.report.check import baseline as baselines
from cvxbench.report.check import github, junit
from cvxbench.report.check.comparable import refuse_changed, refuse_foreign
from cvxbench.report.check.compare import Kind, compare, references
from cvxbench.report.check.record import Record, Recorded, measured
from cvxbench.report.check.summary import outcome, sheets, speed
from cvxbench.report.check.update import begun, updated

SSN = Recorded(
    "iris", "relu", 0.1, "ssn", "converged", 0.1, 0.1, 0.0999, "proven", iterations=20, convex=True, time=10.0
)
ADAM = Recorded("iris", "relu", 0.1, "adam", "budget-reached", 0.12, 0.3, iterations=100, time=50.0)
LIMIT = 10_000.0


def record(*cells, limit=None, tables=None, **suite):
    settings = {"name": "tiny", "seed": None, "budget": {"name": "quick", "epochs": 80}, "tolerances": [1.0, 0.1]}
    return Record(settings | suite, tables or {"iris": "00"}, tuple(sorted(cells, key=lambda cell: cell.key)), limit)


def against(was, now, limit=LIMIT):
    old = record(*was)
    return compare(old, record(*now, limit=limit), references(old.cells))


def kinds(was, now, **more):
    return [finding.kind for finding in against(was, now, **more).findings]


def test_a_run_is_as_good_as_itself():
    comparison = against([SSN, ADAM], [SSN, ADAM])
    assert {finding.kind for finding in comparison.findings} == {Kind.SAME}
    assert outcome(comparison).exit_code == 0 and outcome(comparison).sentence.startswith("No regression")


@pytest.mark.parametrize(
    ("was", "changes", "said"),
    [
        (SSN, {"objective": 0.1 * (1 + 2e-4), "default_objective": 0.1}, "gap 0.0002, was 0"),
        (SSN, {"lower_bound": 0.0998}, "lower bound 0.0998, was 0.0999"),
        (SSN, {"lower_bound": None, "bound": None}, "no lower bound"),
        (SSN, {"bound": "searched"}, "its bound is searched, was proven"),
        (SSN, {"iterations": 41}, "41 iterations, were 20"),
        (ADAM, {"objective": 0.15}, "gap 0.5, was 0.2"),
        (ADAM, {"default_objective": 0.6}, "default setting: gap 5, was 2"),
        (ADAM, {"default_objective": None}, "the default setting has no score"),
        (SSN, {"objective": None, "status": "diverged", "detail": "to infinity"}, "diverged: to infinity"),
    ],
)
def test_what_is_worse_is_red_and_named(was, changes, said):
    comparison = against([SSN, ADAM], [replace(cell, **changes) if cell is was else cell for cell in (SSN, ADAM)])
    (worse,) = comparison.of(Kind.WORSE)
    assert worse.cell.key == was.key and said in worse.said
    assert outcome(comparison).exit_code == 1 and "1 worse" in outcome(comparison).sentence
    assert was.method in str(sheets(comparison, "")[-1].rows)


near_one = st.floats(0.999_95, 1.000_05)


@given(near_one, st.floats(0.8, 1.09), st.floats(0.5, 1.9), st.integers(5, 40), st.floats(0.01, 100.0))
def test_noise_is_never_red(ssn, adam, default, iterations, time):
    noisy = [
        replace(SSN, objective=0.1 * ssn, default_objective=0.1 * ssn, iterations=iterations, time=10.0 * time),
        replace(ADAM, objective=0.12 * adam, default_objective=0.3 * min(default, 1.6), time=50.0 * time),
    ]
    comparison = against([SSN, ADAM], noisy)
    assert outcome(comparison).exit_code == 0
    assert all(rate.now >= rate.was for group in comparison.groups for rate in group.rates)


@given(st.floats(0.0, 10.0), st.floats(0.0, 10.0))
def test_a_larger_gap_is_never_judged_better_than_a_smaller_one(one, other):
    order = [Kind.BETTER, Kind.SAME, Kind.WORSE]
    low, high = sorted((one, other))
    was = replace(ADAM, objective=0.3)
    found = [kinds([SSN, was], [SSN, replace(was, objective=0.1 * (1 + gap))])[0] for gap in (low, high)]
    assert order.index(found[0]) <= order.index(found[1])


def test_a_method_that_improves_makes_no_other_one_worse():
    better = replace(SSN, objective=0.05, default_objective=0.05, lower_bound=0.0499)
    comparison = against([SSN, ADAM], [better, ADAM])
    assert [finding.kind for finding in comparison.findings] == [Kind.SAME, Kind.BETTER]
    assert outcome(comparison).exit_code == 0


def test_a_method_that_is_new_changes_nothing_else():
    other = replace(SSN, method="mine", objective=0.01, default_objective=0.01)
    assert sorted(kind.value for kind in kinds([SSN, ADAM], [SSN, ADAM, other])) == ["new", "same", "same"]


def test_solved_cells_are_counted_on_the_cells_that_both_sides_have():
    others = [replace(cell, dataset="wine") for cell in (SSN, ADAM)]
    gone = replace(others[1], status="missing", objective=None)
    worse = replace(ADAM, objective=0.25, default_objective=0.25)
    comparison = against([SSN, ADAM, *others], [SSN, worse, others[0], gone])
    adam = comparison.groups[0]
    assert {(r.accounting, r.tol): (r.was, r.now, r.total) for r in adam.rates} == {
        ("oracle", 1.0): (1, 0, 1),
        ("oracle", 0.1): (0, 0, 1),
        ("default", 1.0): (0, 0, 1),
        ("default", 0.1): (0, 0, 1),
    }


def test_each_way_of_not_being_measured_has_its_own_end():
    crashed = replace(ADAM, status="crashed", objective=None, detail="ValueError: no")
    missing = replace(ADAM, status="missing", objective=None, detail="3 of 7 attempts have not run")
    worse = replace(SSN, objective=0.2)
    ends = {
        "nothing": outcome(against([SSN, ADAM], [replace(SSN, status="missing", objective=None), missing])),
        "crashed": outcome(against([SSN, ADAM], [SSN, crashed])),
        "missing": outcome(against([SSN, ADAM], [SSN, missing])),
        "deleted": outcome(against([SSN, ADAM], [SSN])),
        "worse and missing": outcome(against([SSN, ADAM], [worse, missing])),
    }
    assert {name: (end.exit_code, end.sentence.partition(":")[0]) for name, end in ends.items()} == {
        "nothing": (4, "NOTHING WAS MEASURED"),
        "crashed": (3, "FAILED CELLS"),
        "missing": (4, "INCOMPLETE"),
        "deleted": (4, "INCOMPLETE"),
        "worse and missing": (1, "REGRESSION"),
    }
    assert "1 missing" in ends["worse and missing"].sentence


def test_a_table_that_could_not_be_had_is_missing_and_no_regression():
    away = replace(SSN, dataset="wine")
    skipped = replace(away, status="skipped", objective=None, detail="no source answered")
    assert kinds([SSN, away], [SSN, skipped])[1] is Kind.MISSING


def test_a_cell_near_its_time_limit_gets_no_verdict():
    slow = replace(SSN, time=0.1 * LIMIT)
    assert kinds([slow], [replace(slow, objective=0.2, limited=True)]) == [Kind.LIMITED]
    assert outcome(against([slow], [replace(slow, objective=0.2, limited=True)])).exit_code == 0
    assert kinds([replace(slow, limited=True)], [replace(slow, objective=0.2)]) == [Kind.LIMITED]


def test_no_machine_is_so_slow_that_a_quick_cell_meets_its_limit():
    quick = replace(SSN, time=0.001 * LIMIT)
    assert kinds([quick], [replace(quick, objective=0.2, limited=True)]) == [Kind.WORSE]


def test_times_advise_until_a_factor_is_asked_for():
    slower = [replace(cell, time=4.0 * cell.time) for cell in (SSN, ADAM)]
    comparison = against([SSN, ADAM], slower)
    assert outcome(comparison).exit_code == 0 and outcome(comparison, time_factor=5.0).exit_code == 0
    assert outcome(comparison, time_factor=3.0).exit_code == 1
    assert [speed(group) for group in comparison.groups] == ["4× slower", "4× slower"]
    assert "::warning title=cvxbench check::relu / adam is 4× slower" in github.log_lines(
        comparison, outcome(comparison)
    )


def test_no_time_of_a_time_limited_cell_enters_a_mean():
    capped = replace(SSN, time=LIMIT, limited=True)
    assert against([SSN], [capped]).groups[0].slower is None
    assert speed(against([SSN], [replace(SSN, time=None)]).groups[0]) == "–"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "huge"}, "its name is 'tiny', here 'huge'"),
        ({"seed": 1}, "its seed is None, here 1"),
        ({"budget": {"name": "quick", "epochs": 81}}, "its budget.epochs is 80, here 81"),
    ],
)
def test_a_foreign_baseline_is_refused(tmp_path, changes, sentence):
    with pytest.raises(CvxbenchError, match=sentence):
        refuse_foreign(record(SSN), record(SSN, **changes), tmp_path)


def test_other_problems_and_other_data_are_refused(tmp_path):
    with pytest.raises(CvxbenchError, match="no cell of it is in this run's grid"):
        refuse_foreign(record(SSN), record(replace(SSN, lam=0.2)), tmp_path)
    with pytest.raises(CvxbenchError, match="sha256 of iris differ"):
        refuse_changed(record(SSN), record(SSN, tables={"iris": "11"}), tmp_path)
    refuse_foreign(record(SSN), record(SSN, tolerances=[0.5]), tmp_path)


def test_a_baseline_is_read_as_it_was_written(tmp_path):
    whole = begun(record(SSN, ADAM, budget={"name": "quick", "work": float("inf")}), "first", "2026-01-01")
    path = tmp_path / "baseline.json"
    path.write_text(baselines.render(whole), encoding="utf-8")
    assert baselines.read(path) == whole
    assert "Infinity" not in path.read_text(encoding="utf-8")
    refuse_foreign(whole.record, record(SSN, budget={"name": "quick", "work": float("inf")}), path)


def test_a_change_of_one_cell_is_a_change_of_one_line_beside_the_log():
    worse = replace(ADAM, objective=0.9)
    first = begun(record(SSN, ADAM), "first", "2026-01-01")
    now = record(replace(SSN, objective=0.100_000_1, iterations=21), worse)
    second = updated(first, now, compare(first.record, now, references(first.record.cells)), "it is so", "2026-01-02")
    old, new = (baselines.render(one).splitlines() for one in (first, second))
    changed = [line for line in new if line not in old]
    assert [line for line in changed if "dataset" in line] == [line for line in new if '"adam"' in line]
    assert [update.because for update in second.log] == ["first", "it is so"]
    assert second.log[-1].changes == ("relu / adam: 1 worse",)
    assert second.record.cells[1] == SSN


def test_an_update_without_a_change_is_the_baseline_itself():
    first = begun(record(SSN, ADAM), "first", "2026-01-01")
    same = compare(first.record, record(SSN, ADAM), references(first.record.cells))
    assert updated(first, record(SSN, ADAM), same, "", "2026-01-02") is first


def test_a_cell_that_a_time_limit_ended_brings_nothing_into_a_baseline():
    slow = replace(SSN, time=0.1 * LIMIT)
    first = begun(record(slow, ADAM), "first", "2026-01-01")
    now = record(replace(slow, objective=0.2, limited=True), ADAM, limit=LIMIT)
    found = compare(first.record, now, references(first.record.cells))
    assert found.of(Kind.LIMITED) and updated(first, now, found, "", "2026-01-02") is first


def test_a_run_that_is_not_whole_makes_no_baseline():
    missing = replace(ADAM, status="missing", objective=None)
    first = begun(record(SSN, ADAM), "first", "2026-01-01")
    found = compare(first.record, record(SSN, missing), references(first.record.cells))
    with pytest.raises(CvxbenchError, match="1 cell of the run or of the baseline were not measured"):
        updated(first, record(SSN, missing), found, "", "2026-01-02")
    with pytest.raises(CvxbenchError, match="1 cell"):
        begun(record(SSN, missing), "", "2026-01-01")
    with pytest.raises(CvxbenchError, match="no cell of the run has a score"):
        begun(record(replace(SSN, status="skipped", objective=None)), "", "2026-01-01")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "is not a baseline: it is not JSON"),
        ("[]", "it says no schema"),
        ('{"schema": 7}', "it has schema 7, and not 1"),
        ('{"schema": 1}', "is damaged: it lacks 'suite'"),
        ('{"schema": 1, "suite": {}, "tables": {}, "cells": [{"dataset": 1}]}', "is damaged at cells.0.dataset"),
    ],
)
def test_a_file_that_is_no_baseline_is_one_sentence(tmp_path, text, sentence):
    path = tmp_path / "baseline.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CvxbenchError, match=sentence):
        baselines.read(path)


def test_junit_has_a_case_for_each_cell():
    crashed = replace(ADAM, dataset="wine", status="crashed", objective=None, detail="\x1b[31m<no> & \x00")
    new = replace(SSN, dataset="digits")
    was = [SSN, ADAM, replace(ADAM, dataset="wine")]
    xml = JUnitXml.fromstring(junit.render(against(was, [replace(SSN, objective=0.2), ADAM, crashed, new])))
    assert (xml.tests, xml.failures, xml.errors, xml.skipped) == (4, 1, 1, 1)
    cases = {(case.classname, case.name): case.result for suite in xml for case in suite}
    assert "gap 1, was 0" in cases["relu.ssn", "iris lambda 0.1"][0].message
    assert "<no> &" in cases["relu.adam", "wine lambda 0.1"][0].message


def test_github_is_told_of_ten_at_most_and_in_its_own_escapes():
    was = [replace(SSN, dataset=f"table{i}") for i in range(20)]
    now = [replace(cell, objective=None, status="crashed", detail="100 %\nno") for cell in was]
    comparison = against([SSN, *was], [SSN, *now])
    lines = github.log_lines(comparison, outcome(comparison))
    assert len(lines) == 10 and all(line.startswith("::error title=cvxbench check::") for line in lines)
    assert lines[1].endswith("crashed: 100 %25%0Ano") and "and 12 more" in lines[-1]
    page = github.page(comparison, outcome(comparison), "unit")
    assert page.startswith("## FAILED CELLS") and "table0" in page


def test_records_are_what_the_store_says(run):
    found = measured(run)
    cells = {cell.key: cell for cell in found.record.cells}
    ssn = cells["a|b", "gated-relu", 0.01, "rfista"]
    assert (ssn.objective, ssn.lower_bound, ssn.bound, ssn.convex, ssn.time) == (0.1, 0.0999, "proven", True, 3.0)
    assert cells["house", "gated-relu", 0.01, "rfista"].time is None
    half = cells["house", "gated-relu", 0.01, "sgd"]
    assert (half.status, half.detail) == ("missing", "1 of 2 attempts have not run")
    assert [cell.key for cell in found.record.cells] == sorted(cells)
    assert found.in_workloads.limit is None and all(cell.time is None for cell in found.in_workloads.cells)


def test_times_are_in_units_of_the_workload(runs):
    session = {"version": "0.1.0", "workload_seconds": 0.5}
    grid = {("iris", 0.1): {("sgd", 0.1): runs.scored(0.2, 0.1), ("rfista", None): runs.scored(0.1, seconds=20.0)}}
    found = measured(runs(grid, sessions=[session])).in_workloads
    assert [(cell.time, cell.limited) for cell in found.cells] == [(40.0, True), (4.0, False)]
    assert found.limit == 120.0
    assert json.loads(baselines.render(begun(found, "", "2026-01-01")))["cells"][1]["time"] == 4.0
