"""Runs of one suite made apart are one run again, and a run as Parquet has every attempt once."""

import itertools
import json
import sqlite3
import time
from dataclasses import replace

import pandas as pd
import pytest
from click.testing import CliRunner

from cvxbench.bench import suite as suites
from cvxbench.bench.execute import Bench, execute
from cvxbench.bench.export import export
from cvxbench.bench.merge import merge
from cvxbench.bench.run import opened
from cvxbench.bench.store import FILE, Store
from cvxbench.cli.main import main
from cvxbench.data.registry import load
from cvxbench.errors import CvxbenchError

METHODS = ["rfista", "al"]


LAMBDAS = [0.1, 0.01]


def suite_of(*datasets, methods=METHODS, networks=(), lambdas=LAMBDAS):
    known = load()
    return suites.narrowed(
        suites.load("uci-mini", known), known, datasets=datasets, methods=methods, networks=networks, lambdas=lambdas
    )


def run(folder, suite):
    with opened(folder, suite, 1, 1) as store:
        execute(Bench(store, folder, suite, 1, lambda task, status: None))
    return folder


def content(folder):
    with Store(folder) as store:
        return {
            (a.planned.dataset, a.planned.network, a.planned.lam, a.planned.method): replace(
                a.verdict, seconds=None, trace=[(i, value) for i, _, value in a.verdict.trace]
            )
            for a in store.attempts()
        }


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return {
        names: run(folder / "-".join(names), suite_of(*names)) for names in [("iris",), ("wine",), ("iris", "wine")]
    }


def test_runs_of_other_datasets_are_the_run_of_both(runs, tmp_path):
    merged = merge([runs["iris",], runs["wine",]], tmp_path / "both")
    assert content(tmp_path / "both") == content(runs["iris", "wine"])
    assert (merged.runs, merged.total, merged.finished, merged.mixed) == (2, 8, 8, False)
    with Store(tmp_path / "both") as store:
        assert store.tables().keys() == {"iris", "wine"} and len(store.meta("sessions")) == 2
    assert CliRunner().invoke(main, ["report", str(tmp_path / "both")]).exit_code == 0


def test_halves_of_one_run_fill_each_other_and_the_first_wins(runs, tmp_path):
    halves = [tmp_path / "a", tmp_path / "b"]
    for half, kept in zip(halves, ("id < 2", "id >= 2"), strict=True):
        with opened(half, suite_of("iris"), 1, 1) as store, Store(runs["iris",]) as whole:
            for table in whole.tables().values():
                store.add_table(table)
            chosen = range(2) if kept == "id < 2" else range(1, 4)
            store.finish({a.id: replace(a.verdict, detail=half.name) for a in whole.attempts() if a.id in chosen})
    assert merge(halves, tmp_path / "whole").finished == 4
    assert [verdict.detail for verdict in content(tmp_path / "whole").values()] == ["a", "a", "b", "b"]


@pytest.mark.parametrize("axis", ["networks", "lambdas"])
def test_runs_of_other_networks_or_lambdas_are_the_run_of_all_and_go_on_as_it(axis, runs, tmp_path):
    values = {"networks": ["relu", "gated-relu"], "lambdas": LAMBDAS}[axis]
    parts = [run(tmp_path / str(value), suite_of("iris", **{axis: [value]})) for value in values]
    assert merge(parts, tmp_path / "all").finished == 4
    assert content(tmp_path / "all") == content(runs["iris",])
    for order in (LAMBDAS, LAMBDAS[::-1]):  # the same command, so not refused
        with opened(tmp_path / "all", suite_of("iris", lambdas=order), 1, 1) as store:
            assert all(attempt.verdict for attempt in store.attempts())


def test_runs_that_leave_a_problem_out_are_no_grid(tmp_path):
    parts = [
        run(tmp_path / "a", suite_of("iris", networks=["relu"], lambdas=[0.1])),
        run(tmp_path / "b", suite_of("iris", networks=["gated-relu"], lambdas=[0.01])),
    ]
    with pytest.raises(CvxbenchError, match=r"do not fill one grid: none has 'iris' with relu at λ = 0\.01"):
        merge(parts, tmp_path / "all")
    assert not (tmp_path / "all").exists()


def test_what_does_not_belong_together_is_refused_and_nothing_is_written(runs, tmp_path):
    iris = runs["iris",]
    changed = run(tmp_path / "changed", suite_of("iris", methods=["al", "ssn"]))
    with pytest.raises(CvxbenchError, match="differ in the methods of gated-relu"):
        merge([iris, changed], tmp_path / "out")
    other = run(tmp_path / "other", suite_of("iris"))
    with sqlite3.connect(other / FILE) as connection:
        connection.execute("UPDATE tables SET sha256 = ?", ("a" * 64,))
    connection.close()
    with pytest.raises(CvxbenchError, match="'iris' is not the same"):
        merge([iris, other], tmp_path / "out")
    with pytest.raises(CvxbenchError, match="exists"):
        merge([iris], other)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["changed", "other"]


def test_times_of_different_processors_count_as_contended(runs, tmp_path):
    other = run(tmp_path / "other", suite_of("wine"))
    with Store(other, create=True) as store:
        store.set_meta("sessions", [{**store.meta("sessions")[0], "cpu": "another"}])
    result = CliRunner().invoke(main, ["merge", str(runs["iris",]), str(other), "--out", str(tmp_path / "both")])
    assert result.exit_code == 0 and "8 of 8 finished, from 2 runs" in result.output, result.output
    assert all(verdict.contended for verdict in content(tmp_path / "both").values())


def test_parquet_has_every_attempt_with_a_key_that_says_what_it_is(runs, tmp_path):
    for names, folder in runs.items():
        assert export(folder, tmp_path / f"{'-'.join(names)}.parquet", traces=True) == 4 * len(names)
    alone, both = (pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("iris", "iris-wine"))
    assert both.key.is_unique and set(alone.key) == set(both.key[both.dataset == "iris"])
    with Store(runs["iris",]) as store:
        attempts = list(store.attempts())
    assert list(alone.objective) == [attempt.verdict.objective for attempt in attempts]
    assert [point["objective"] for point in alone.trace[0]] == [value for *_, value in attempts[0].verdict.trace]
    assert json.loads(alone.options[0]) == {}


def test_a_clock_that_jumps_ends_nothing(tmp_path, monkeypatch):
    jumps = itertools.cycle([0.0, 1e9, -1e9])
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + next(jumps))
    assert {verdict.status for verdict in content(run(tmp_path / "run", suite_of("iris"))).values()} <= {
        "converged",
        "budget-reached",
    }
