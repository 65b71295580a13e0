"""The yardsticks against the same searches written out, and as tasks of a run."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold

from cvxbench.bench import suite as suites
from cvxbench.bench import yardsticks
from cvxbench.bench.execute import Bench, execute
from cvxbench.bench.pool import LOG
from cvxbench.bench.run import opened
from cvxbench.bench.store import Store
from cvxbench.data.load import load_table
from cvxbench.data.prepare import prepare
from cvxbench.data.registry import load


@pytest.fixture(scope="module")
def registry():
    return load()


@pytest.fixture(scope="module")
def quick(registry):
    return suites.load("uci-mini", registry, "quick").budget


def prepared(registry, name):
    return prepare(load_table(registry.dataset(name)))


def test_ridge_is_the_one_with_the_lowest_error_of_the_folds(registry, quick):
    table = prepared(registry, "diabetes")
    found = yardsticks.train("linear", table, replace(quick, yardstick_rows=np.inf, yardstick_every=1), 3)
    rows = np.random.default_rng(3).permutation(len(table.X_train))
    X, y = table.X_train[rows], table.Y_train[rows, 0]

    def predict(alpha, X, y, at):
        mean, spread = X.mean(axis=0), X.std(axis=0)
        return Ridge(alpha=alpha).fit((X - mean) / spread, y).predict((at - mean) / spread)

    def error(alpha):
        folds = KFold(5, shuffle=True, random_state=3).split(X)
        return np.mean([1 - r2(y[test], predict(alpha, X[train], y[train], X[test])) for train, test in folds])

    alpha = min((len(X) / 10.0**power for power in range(6)), key=error)
    fit = predict(alpha, table.X_train, table.Y_train[:, 0], table.X_test)
    assert found.detail == f"alpha {alpha:g}"
    assert found.test_score == pytest.approx(np.mean((fit - table.Y_test[:, 0]) ** 2))


def r2(y, fit):
    return 1 - np.sum((y - fit) ** 2) / np.sum((y - y.mean()) ** 2)


@pytest.mark.parametrize("name", suites.YARDSTICKS)
@pytest.mark.parametrize(("dataset", "least"), [("wine", 0.9), ("breast-cancer-wisc-diag", 0.9)])
def test_labels_are_told_apart_and_the_same_seed_gives_the_same(registry, quick, name, dataset, least):
    small = replace(quick, yardstick_rows=60, yardstick_every=2)
    first, second = (yardsticks.train(name, prepared(registry, dataset), small, 5) for _ in range(2))
    assert least < first.test_score <= 1.0
    assert (first.detail, first.test_score) == (second.detail, second.test_score)


def test_nothing_of_the_test_rows_enters(registry, quick):
    table = prepared(registry, "diabetes")
    small = replace(quick, yardstick_rows=60)
    foreign = replace(table, Y_test=table.Y_test + 1.0)
    assert yardsticks.train("rbf-svm", foreign, small, 1).detail == yardsticks.train("rbf-svm", table, small, 1).detail


def small_suite(registry):
    suite = suites.narrowed(
        suites.load("uci-mini", registry), registry, datasets=["iris"], networks=["relu"], lambdas=[0.01]
    )
    return replace(suite, networks={"relu": ("al",)}, yardsticks=("linear", "rbf-svm"))


def run(folder, suite):
    with opened(folder, suite, threads=1, jobs=1) as store:
        execute(Bench(store, folder, suite, 1, lambda task, status: None))
    with Store(folder) as store:
        return store.yardsticks()


def test_a_run_keeps_them_and_resumes_to_what_an_undisturbed_one_gives(tmp_path, registry):
    suite = small_suite(registry)
    whole = run(tmp_path / "whole", suite)
    assert [(one.dataset, one.name, one.status) for one in whole] == [
        ("iris", "linear", "converged"), ("iris", "rbf-svm", "converged")
    ]  # fmt: skip

    folder = tmp_path / "halves"
    with opened(folder, suite, 1, 1) as store:
        store.finish_yardstick(whole[0])
    halves = run(folder, suite)
    assert halves[0] == whole[0]
    assert replace(halves[1], seconds=None) == replace(whole[1], seconds=None)


def test_what_fails_is_a_status_the_log_has_it_and_retry_tries_again(tmp_path, registry):
    suite = replace(small_suite(registry), yardsticks=("linear", "no-such"))
    linear, absent = run(tmp_path / "run", suite)
    assert (linear.status, absent.status, absent.test_score) == ("converged", "crashed", None)
    assert "yardstick no-such on iris" in (tmp_path / "run" / LOG).read_text()
    with Store(tmp_path / "run") as store:
        assert store.retry("crashed") == 1
        assert [one.status for one in store.yardsticks()] == ["converged", None]


def test_a_table_that_cannot_be_had_skips_them_with_the_reason(tmp_path, registry):
    suite = replace(small_suite(registry), unavailable={"gone": "no source"})
    gone = [one for one in run(tmp_path / "run", suite) if one.dataset == "gone"]
    assert [(one.status, one.detail) for one in gone] == [("skipped", "no source")] * 2


def test_a_run_of_named_methods_has_none(registry):
    whole = suites.load("uci-mini", registry)
    assert whole.yardsticks == suites.YARDSTICKS
    assert suites.narrowed(whole, registry, methods=["adam"]).yardsticks == ()
