import itertools
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvxbench.bench.records import Attempt, Planned, TableInfo, Verdict
from cvxbench.report.cells import cells
from cvxbench.report.reference import best_objectives, lower_bounds, references
from cvxbench.report.results import results
from cvxbench.report.solve_rates import null_problems, solve_rates, solved_after

TOLERANCES = (1.0, 0.5, 0.1, 0.01)
PROBLEMS = [(dataset, lam) for dataset in ("iris", "wine") for lam in (0.01, 0.1)]
FAILED = [Verdict(status, "no") for status in ("crashed", "out-of-memory", "killed", "skipped")]

objectives = st.floats(0.0, 2.0)


def verdict(values, contended=False):
    trace = [(i, 0.5 * i, value) for i, value in enumerate(values, 1)]
    diverged = max(values) >= 10.0
    return Verdict(
        status="diverged" if diverged else "budget-reached",
        detail="",
        objective=values[-1],
        best=min(values),
        first=1.0,
        worst=max(values),
        seconds=0.5 * len(values),
        contended=contended,
        trace=trace,
    )


verdicts = st.one_of(
    st.none(),
    st.sampled_from(FAILED),
    st.builds(verdict, st.lists(objectives, min_size=1, max_size=4), st.booleans()),
    st.just(verdict([1.0, 0.01, 20.0])),
    st.just(verdict([1.0, math.inf])),
)


def attempts_of(method, drawn):
    """Two settings, the first the default, on every problem."""
    grid = list(itertools.product(PROBLEMS, (True, False)))
    return [
        Attempt(0, Planned(dataset, "relu", lam, method, method == "al", {}, default, 0), verdict)
        for ((dataset, lam), default), verdict in zip(grid, drawn, strict=True)
    ]


def a_method(name, of=verdicts):
    size = 2 * len(PROBLEMS)
    return st.lists(of, min_size=size, max_size=size).map(lambda drawn: attempts_of(name, drawn))


def rates(attempts, **more):
    grid = cells(attempts)
    known = references(best_objectives(grid), lower_bounds(grid))
    return {(r.method, r.accounting, r.tol): r for r in solve_rates(grid, known, TOLERANCES, **more)}


@given(a_method("al"), a_method("sgd"))
def test_solve_curves_never_fall_and_the_oracle_is_never_below_the_default(al, sgd):
    found = rates(al + sgd)
    for method in ("al", "sgd"):
        for accounting in ("oracle", "default"):
            curve = [found[method, accounting, tol].solved for tol in sorted(TOLERANCES)]
            assert curve == sorted(curve)
        for tol in TOLERANCES:
            assert found[method, "oracle", tol].solved >= found[method, "default", tol].solved


@given(a_method("al"), a_method("sgd"))
def test_denominators_are_equal_for_all_methods_and_count_every_cell(al, sgd):
    assert {row.total for row in rates(al + sgd).values()} == {len(PROBLEMS)}


@given(a_method("al"), a_method("sgd"), a_method("broken", st.one_of(st.none(), st.sampled_from(FAILED))))
def test_a_method_that_fails_changes_no_other_row(al, sgd, broken):
    without, added = rates(al + sgd), rates(al + sgd + broken)
    assert {key: row for key, row in added.items() if key[0] != "broken"} == without
    assert all(row.solved == 0 and row.total == len(PROBLEMS) for key, row in added.items() if key[0] == "broken")


@given(a_method("al"), a_method("sgd"), st.data())
def test_an_interrupted_run_keeps_its_totals(al, sgd, data):
    whole = al + sgd
    ran = data.draw(st.integers(0, len(whole)))
    found = rates([a if i < ran else replace(a, verdict=None) for i, a in enumerate(whole)])
    assert {key: row.total for key, row in found.items()} == {key: row.total for key, row in rates(whole).items()}


@given(a_method("al"), a_method("sgd"))
def test_dropping_all_but_the_lows_of_a_trace_loses_no_solution(al, sgd):
    grid = cells(al + sgd)
    known = references(best_objectives(grid), {})
    kept = [a for cell in grid for a in cell.attempts]
    for whole, kept_one in zip(sorted(al + sgd, key=key), sorted(kept, key=key), strict=True):
        planned = whole.planned
        reference = known.get((planned.dataset, planned.network, planned.lam))
        if whole.verdict is None or reference is None or kept_one.verdict is None:
            continue
        for tol in TOLERANCES:
            assert solved_after(whole.verdict, reference.value, tol) == solved_after(
                kept_one.verdict, reference.value, tol
            )


def key(attempt):
    planned = attempt.planned
    return planned.method, planned.dataset, planned.lam, planned.is_default


def test_solved_is_the_first_iterate_within_the_tolerance():
    attempt = verdict([1.0, 0.15, 0.11, 0.1])
    assert [solved_after(attempt, 0.1, tol) for tol in (1.0, 0.5, 0.100001, 1e-9)] == [1.0, 1.0, 1.5, 2.0]
    assert solved_after(attempt, 0.09, 0.01) is None


def test_an_attempt_that_diverged_solved_nothing_although_it_was_there():
    assert solved_after(verdict([1.0, 0.1, 9.99]), 0.1, 0.1) == 1.0
    assert solved_after(verdict([1.0, 0.1, 10.0]), 0.1, 0.1) is None


def test_a_reference_of_zero_is_solved_by_zero_alone():
    assert solved_after(verdict([1e-300]), 0.0, 1.0) is None
    assert solved_after(verdict([1.0, 0.0]), 0.0, 1e-9) == 1.0


def test_times_are_the_fastest_and_leave_contended_ones_out():
    shared, alone, slow = verdict([0.1], contended=True), verdict([0.2, 0.1]), verdict([0.2, 0.2, 0.1])
    attempts = attempts_of("sgd", [shared, alone, alone, slow, slow, None, None, None])
    assert rates(attempts)["sgd", "oracle", 0.01].median_seconds == 1.25
    assert rates(attempts, contended=True)["sgd", "oracle", 0.01].median_seconds == 1.0
    assert rates(attempts_of("sgd", [shared] * 8))["sgd", "default", 0.01].median_seconds is None


@pytest.mark.parametrize("best, null", [(0.5, True), (0.5 * (1 - 9e-7), True), (0.5 * (1 - 2e-6), False)])
def test_null_problems_are_those_that_the_zero_network_solves(best, null):
    grid = cells(attempts_of("al", [verdict([best])] * 8))
    known = references(best_objectives(grid), {})
    tables = {name: TableInfo(name, "binary", "real", 9, 7, 2, 1, 0.5, "", "") for name in ("iris", "wine")}
    dropped = null_problems(known, tables)
    assert len(dropped) == (len(PROBLEMS) if null else 0)
    rows = solve_rates(grid, known, [0.1], without=dropped)
    assert [(row.solved, row.total, row.rate) for row in rows] == [(0, 0, None) if null else (4, 4, 1.0)] * 2


def test_the_solve_rates_agree_with_the_results():
    attempts = attempts_of("al", [verdict([0.1])] * 8) + attempts_of("sgd", [verdict([0.105]), None] * 4)
    grid = cells(attempts)
    known = references(best_objectives(grid), {})
    gaps = [row.relative_gap for row in results(grid, known, {}, {}) if row.method == "sgd"]
    assert sum(gap <= 0.1 for gap in gaps) == rates(attempts)["sgd", "oracle", 0.1].solved
    assert sum(gap <= 0.01 for gap in gaps) == rates(attempts)["sgd", "oracle", 0.01].solved == 0
