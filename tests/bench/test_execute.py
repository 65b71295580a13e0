"""Whatever one attempt does, the others end as they should, and every cell has a status."""

import sqlite3
from dataclasses import replace
from importlib import import_module

import pytest

from cvxbench.bench import suite as suites
from cvxbench.bench.execute import Bench, execute
from cvxbench.bench.plan import OPERATIONS
from cvxbench.bench.pool import LOG
from cvxbench.bench.records import Verdict
from cvxbench.bench.run import opened
from cvxbench.bench.store import Store
from cvxbench.data.registry import load
from cvxbench.errors import CvxbenchError


@pytest.fixture(scope="module")
def registry():
    return load()


def toys_module():
    return import_module("toys")


def suite_of(registry, methods, *, datasets=("iris",), lambdas=(0.01,), **limits):
    whole = suites.load("uci-mini", registry)
    return suites.narrowed(
        whole, registry, datasets=datasets, methods=methods, networks=["relu"], lambdas=lambdas, **limits
    )


def run(folder, suite, jobs=1):
    with opened(folder, suite, threads=1, jobs=jobs) as store:
        execute(Bench(store, folder, suite, jobs, lambda task, status: None))
    with Store(folder) as store:
        return {(a.planned.method, a.planned.lam, a.id): a.verdict for a in store.attempts()}


def by_method(verdicts):
    return {method: verdict for (method, _, _), verdict in verdicts.items()}


def test_each_failure_is_its_own_status_and_the_rest_goes_on(tmp_path, toys, registry):
    methods = ["toy_crash", "toy_suicide", "toy_abort", "toy_hungry", "toy_liar", "toy_nan", "toy_slow", "toy_zero"]
    ends = by_method(run(tmp_path / "run", suite_of(registry, methods, time_limit=0.3, memory_limit=2.0)))

    assert {method: verdict.status for method, verdict in ends.items()} == {
        "toy_crash": "crashed",
        "toy_suicide": "killed",
        "toy_abort": "crashed",
        "toy_hungry": "out-of-memory",
        "toy_liar": "diverged",
        "toy_nan": "diverged",
        "toy_slow": "budget-reached",
        "toy_zero": "converged",
    }
    assert ends["toy_crash"].detail == "ValueError: as asked"
    assert "as asked" in (tmp_path / "run" / LOG).read_text()
    assert "time limit" in ends["toy_slow"].detail
    assert "SIGABRT" in ends["toy_abort"].detail
    assert ends["toy_liar"].test_score is None
    assert ends["toy_zero"].objective == pytest.approx(0.5)


def test_a_method_that_ignores_its_time_limit_is_ended(tmp_path, toys, registry):
    ends = by_method(run(tmp_path / "run", suite_of(registry, ["toy_deaf", "toy_zero"], time_limit=0.1)))
    assert ends["toy_deaf"].status == "killed" and "time limit" in ends["toy_deaf"].detail
    assert ends["toy_zero"].status == "converged"


def test_a_worker_that_dies_while_loading_is_no_skip(tmp_path, toys, registry, monkeypatch):
    suite = suite_of(registry, ["toy_zero"])
    with opened(tmp_path / "run", suite, 1, 1) as store:
        bench = Bench(store, tmp_path / "run", suite, 1, lambda task, status: None)
        monkeypatch.setattr("cvxbench.bench.worker.load", toys_module().die)
        execute(bench)
        (attempt,) = store.attempts()
    assert attempt.verdict.status == "killed" and "SIGKILL" in attempt.verdict.detail


def test_hardly_any_memory_is_a_failed_attempt_not_a_failed_run(tmp_path, registry):
    (verdict,) = run(tmp_path / "run", suite_of(registry, ["al"], memory_limit=0.01)).values()
    assert verdict.status in ("crashed", "out-of-memory")


def test_workers_that_cannot_begin_are_one_sentence(tmp_path, registry, monkeypatch):
    monkeypatch.setattr("cvxbench.bench.pool.THREADS", 0)  # which torch refuses
    with pytest.raises(CvxbenchError, match="end before they begin"):
        run(tmp_path / "run", suite_of(registry, ["al"]))


def test_a_batched_method_gets_its_whole_study_in_one_call(tmp_path, toys, registry):
    suite = suite_of(registry, ["toy_batch"])
    suite = replace(suite, budget=replace(suite.budget, repeats=3))
    verdicts = run(tmp_path / "run", suite)
    assert len(verdicts) == 6
    assert {verdict.detail for verdict in verdicts.values()} == {"6 together"}


@pytest.mark.parametrize(("neurons", "together"), [(50, 6), (500, 1)])
def test_what_a_wide_convex_solution_makes_too_long_for_a_batch_is_trained_alone(
    tmp_path, toys, registry, monkeypatch, neurons, together
):
    suite = suite_of(registry, ["al", "toy_batch"])
    suite = replace(suite, budget=replace(suite.budget, repeats=3))
    iris = suite.datasets[0]
    at_width_100 = OPERATIONS * iris.n * iris.d * iris.classes * suite.budget.epochs * 100
    monkeypatch.setattr("cvxbench.bench.plan.ALONE", at_width_100)
    with opened(tmp_path / "run", suite, threads=1, jobs=1) as store:
        convex, *batched = (attempt.id for attempt in store.attempts())
        store.finish({convex: Verdict("converged", "", objective=0.1, neurons=neurons)})
        ended = []
        execute(Bench(store, tmp_path / "run", suite, 1, lambda task, status: ended.append(len(task.attempts))))
        assert ended == [together] * (6 // together)
        verdicts = {attempt.id: attempt.verdict for attempt in store.attempts()}
    assert {verdicts[id].detail for id in batched} == {f"{together} together"}


def test_a_table_that_cannot_be_had_is_skipped_with_the_reason(tmp_path, toys, registry):
    absent = registry.dataset("iris").model_copy(update={"name": "absent", "n": 149})
    suite = suite_of(registry, ["toy_zero"])
    verdicts = run(
        tmp_path / "run", replace(suite, datasets=(absent, *suite.datasets), unavailable={"gone": "no source"})
    )
    ends = {verdict.detail.partition(":")[0]: verdict.status for verdict in verdicts.values()}
    assert sorted(ends.values()) == ["converged", "skipped", "skipped"]
    assert any("149" in verdict.detail for verdict in verdicts.values())


def test_workers_side_by_side_give_the_same_answers_and_say_that_they_shared(tmp_path, registry):
    suite = suite_of(registry, ["al", "adam"], lambdas=(0.1, 0.001))
    suite = replace(suite, budget=replace(suite.budget, epochs=5))
    alone, shared = run(tmp_path / "one", suite), run(tmp_path / "two", suite, jobs=2)
    assert {key: v.objective for key, v in alone.items()} == pytest.approx(
        {key: v.objective for key, v in shared.items()}
    )
    assert all(verdict.contended for verdict in shared.values())
    assert not any(verdict.contended for verdict in alone.values())
    studies = [verdict for (method, _, _), verdict in alone.items() if method == "adam"]
    assert all(verdict.neurons >= 50 for verdict in studies)
    for verdict in studies:  # trained in one batch: its own time, and its share of the batch's
        seconds = [second for _, second, _ in verdict.trace]
        assert seconds == sorted(seconds) and 0 < verdict.cost < sum(one.cost for one in studies)


def test_the_gates_are_the_same_for_every_method_and_the_bound_holds(tmp_path, registry):
    whole = suites.load("uci-mini", registry)
    suite = suites.narrowed(whole, registry, datasets=["iris"], methods=["rfista", "conic"], networks=["gated-relu"])
    verdicts = run(tmp_path / "run", suite)
    for lam in suite.lambdas:
        ends = by_method({key: verdict for key, verdict in verdicts.items() if key[1] == lam})
        best = min(verdict.best for verdict in ends.values())
        assert ends["conic"].objective == pytest.approx(best, rel=1e-5)
        for verdict in ends.values():
            assert verdict.lower_bound <= best * (1 + 1e-12)
        assert ends["conic"].lower_bound == pytest.approx(best, rel=1e-3)


def test_a_finished_run_is_not_run_again_and_a_retry_is(tmp_path, toys, registry):
    suite = suite_of(registry, ["toy_crash", "toy_zero"])
    run(tmp_path / "run", suite)
    log = (tmp_path / "run" / LOG).read_text()
    run(tmp_path / "run", suite)
    assert (tmp_path / "run" / LOG).read_text() == log
    with opened(tmp_path / "run", suite, 1, 1) as store:
        assert store.retry("crashed") == 1
        assert len(store.meta("sessions")) == 3
    run(tmp_path / "run", suite)
    assert (tmp_path / "run" / LOG).read_text() == log * 2


def test_what_ran_out_of_memory_can_be_tried_again_with_more(tmp_path, toys, registry):
    small, large = (suite_of(registry, ["toy_frugal"], memory_limit=limit) for limit in (1.0, 4.0))
    assert by_method(run(tmp_path / "run", small))["toy_frugal"].status == "out-of-memory"
    with opened(tmp_path / "run", large, 1, 1) as store:
        store.retry("out-of-memory")
    assert by_method(run(tmp_path / "run", large))["toy_frugal"].status == "converged"


def test_memory_that_other_attempts_left_behind_fails_no_attempt(tmp_path, toys, registry):
    suite = suite_of(registry, ["toy_keeper", "toy_frugal"], memory_limit=4.0)
    assert {verdict.status for verdict in run(tmp_path / "run", suite).values()} == {"converged"}


def test_a_folder_is_held_against_a_second_run_and_another_grid(tmp_path, registry):
    suite = suite_of(registry, ["al"])
    with (
        opened(tmp_path / "run", suite, 1, 1),
        pytest.raises(CvxbenchError, match="in use"),
        opened(tmp_path / "run", suite, 1, 1),
    ):
        pass
    other = suite_of(registry, ["al"], lambdas=(0.5,))
    with (
        pytest.raises(CvxbenchError, match=r"differs in 'lambdas' \(\[0.01\], now \[0.5\]\)"),
        opened(tmp_path / "run", other, 1, 1),
    ):
        pass


def test_foreign_and_damaged_folders_are_refused_untouched(tmp_path, registry):
    suite = suite_of(registry, ["al"])
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.tex").write_text("mine")
    with pytest.raises(CvxbenchError, match="no run of cvxbench"), opened(foreign, suite, 1, 1):
        pass
    assert [path.name for path in foreign.iterdir()] == ["thesis.tex"]

    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "run.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(CvxbenchError, match="cannot be used"):
        Store(damaged)

    other = tmp_path / "other"
    other.mkdir()
    with sqlite3.connect(other / "run.sqlite") as connection:
        connection.execute("CREATE TABLE cats (name TEXT)")
    connection.close()
    with pytest.raises(CvxbenchError, match="not a run"):
        Store(other)
    for folder, sentence in ((damaged, "cannot be used"), (other, "not a run")):
        before = (folder / "run.sqlite").read_bytes()
        with pytest.raises(CvxbenchError, match=sentence), opened(folder, suite, 1, 1):
            pass
        assert [path.name for path in folder.iterdir()] == ["run.sqlite"]
        assert (folder / "run.sqlite").read_bytes() == before


@pytest.mark.parametrize("assignment", ["trace = '[1'", "options = '?'", "trace = '[3]'"])
def test_damaged_contents_are_one_sentence(tmp_path, toys, registry, assignment):
    folder = tmp_path / "run"
    run(folder, suite_of(registry, ["toy_zero"]))
    with sqlite3.connect(folder / "run.sqlite") as connection:
        connection.execute(f"UPDATE attempts SET {assignment}")
    connection.close()
    with Store(folder) as store, pytest.raises(CvxbenchError, match="damaged"):
        list(store.attempts())


def test_a_run_of_another_schema_is_refused(tmp_path, registry):
    with opened(tmp_path / "run", suite_of(registry, ["al"]), 1, 1) as store:
        store.set_meta("schema_version", 99)
    with pytest.raises(CvxbenchError, match="schema version 99"):
        Store(tmp_path / "run")


def test_changed_bytes_under_a_resumed_run_are_refused(tmp_path, registry):
    with opened(tmp_path / "run", suite_of(registry, ["al"]), 1, 1) as store:
        from cvxbench.bench.records import TableInfo

        table = TableInfo("iris", "multiclass", "real", 150, 120, 4, 3, 0.5, "a" * 64, "here")
        store.add_table(table)
        with pytest.raises(CvxbenchError, match="has changed"):
            store.add_table(replace(table, sha256="b" * 64))
