from dataclasses import replace

import numpy as np
import pytest

from cvxbench.bench import suite as suites
from cvxbench.bench.plan import OVERHEAD, Task, alone, grid, predicted, tasks, yardsticks
from cvxbench.bench.records import Attempt
from cvxbench.bench.seeds import seed_for
from cvxbench.data.registry import load
from cvxbench.errors import CvxbenchError


@pytest.fixture(scope="module")
def registry():
    return load()


def test_uci_has_at_least_432_problems_of_distinct_real_tables_small_ones_first(registry):
    suite = suites.load("uci", registry)
    assert len(suite.datasets) * len(suite.lambdas) >= 432
    assert all(d.kind == "real" and d.same_as is None and 50 <= d.n <= 10_000 for d in suite.datasets)
    np.testing.assert_allclose(suite.lambdas, np.logspace(-5, -1, 6), rtol=1e-14)
    plan = grid(suite)
    order = list(dict.fromkeys(planned.dataset for planned in plan))
    rows = {dataset.name: dataset.n for dataset in suite.datasets}
    assert np.mean([rows[name] for name in order[:20]]) < np.mean([rows[name] for name in order[-20:]]) / 5


def test_uci_73_has_the_73_names(registry):
    suite = suites.load("uci-73", registry)
    assert len({d.name for d in suite.datasets} | set(suite.unavailable)) == 73


def test_the_paper_budget_is_the_published_one(registry):
    budget = suites.load("uci", registry, "paper").budget
    assert budget.gates == {"gated-relu": 5000, "relu": 2500}
    assert budget.steps == (10, 5, 1, 0.5, 0.1, 0.01, 0.001) and budget.repeats == 3 and budget.epochs == 2000
    assert budget.iterations == {"rfista": 2000, "al": 10000}
    assert budget.affordable(1e12, 2000) == 2000


def test_every_tuned_method_has_its_default_in_its_study_once(registry):
    for budget in suites.budgets():
        plan = grid(suites.load("uci-mini", registry, budget))
        for method in ("sgd", "adam", "rfista", "al"):
            first = [p for p in plan if p.method == method and (p.dataset, p.lam) == ("iris", 0.1) and p.repeat == 0]
            networks = {p.network for p in first}
            assert sum(p.is_default for p in first) == len(networks)


def test_opponents_wait_for_the_convex_side_of_their_problem_alone(registry):
    suite = suites.narrowed(suites.load("uci-mini", registry), registry, datasets=["iris"])
    queue = list(tasks([Attempt(i, planned, None) for i, planned in enumerate(grid(suite))], []))
    load_table, rest = queue[0], queue[1:]
    assert load_table == Task("iris") and all(task.waits_for(load_table) for task in rest)
    al = next(task for task in rest if task.attempts[0].planned.method == "al")
    waiting = [task for task in rest if task.waits_for(al)]
    assert {(t.attempts[0].planned.network, t.attempts[0].planned.lam) for t in waiting} == {
        ("relu", al.attempts[0].planned.lam)
    }
    assert {t.attempts[0].planned.method for t in waiting} == {"sgd", "adam"}


def test_attempts_of_minutes_are_too_long_for_a_batch_by_the_width_that_they_will_have(registry):
    def too_long(budget, dataset, network, neurons=0):
        suite = suites.narrowed(suites.load("uci-mini", registry, budget), registry, datasets=[dataset])
        sgd = next(planned for planned in grid(suite) if (planned.network, planned.method) == (network, "sgd"))
        return alone(suite)(sgd, neurons)

    assert too_long("paper", "digits", "gated-relu")
    assert too_long("paper", "digits", "relu", 4595)
    assert not too_long("paper", "digits", "relu")
    assert not too_long("paper", "iris", "gated-relu")
    assert not too_long("quick", "digits", "gated-relu")


def test_large_attempts_are_predicted_to_take_longer_as_far_as_the_budget_pays(registry):
    quick, paper = (predicted(suites.load("uci-mini", registry, budget)) for budget in ("quick", "paper"))
    assert paper("digits", "gated-relu") > 50 * paper("digits", "relu") > paper("iris", "relu")
    assert 1 < quick("digits", "gated-relu") / quick("iris", "relu") < 2
    assert paper("digits", None) == quick("a table of mine", "relu") == OVERHEAD


def test_narrowing_never_touches_the_rest(registry):
    whole = suites.load("uci-mini", registry)
    suite = suites.narrowed(
        whole, registry, datasets=["iris", "haberman*"], methods=["conic-ecos"], lambdas=[0.5], seed=3
    )
    assert suite.datasets[0].name == "iris" and len(suite.datasets) == 2
    assert suite.networks == {"gated-relu": ("conic-ecos",), "relu": ("conic-ecos",)}
    assert suite.lambdas == (0.5,) and suite.seed == 3 and suite.tolerances == whole.tolerances
    assert suites.narrowed(whole, registry) == whole


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"datasets": ["irs"]}, "dataset 'irs' .* did you mean 'iris'"),
        ({"methods": ["adm"]}, "method 'adm' .* did you mean 'adam'"),
        ({"networks": ["rel"]}, "network 'rel' is unknown"),
        ({"methods": ["al"], "networks": ["gated-relu"]}, "none of al trains gated-relu"),
    ],
)
def test_wrong_names_are_one_sentence(registry, asked, sentence):
    with pytest.raises(CvxbenchError, match=sentence):
        suites.narrowed(suites.load("uci-mini", registry), registry, **asked)


def test_what_is_named_twice_is_planned_once(registry):
    whole = suites.load("uci-mini", registry)
    once = suites.narrowed(whole, registry, datasets=["iris"], methods=["al"], lambdas=[0.1])
    twice = suites.narrowed(whole, registry, datasets=["iris", "iris"], methods=["al", "al"], lambdas=[0.1, 0.1])
    assert grid(twice) == grid(once) and len(grid(once)) == 1


def test_a_changed_entry_is_another_run(registry):
    suite = suites.narrowed(suites.load("uci-mini", registry), registry, datasets=["iris"])
    changed = suite.datasets[0].model_copy(update={"target": 0})
    other = replace(suite, datasets=(changed,))
    assert suites.identity(other.record()) != suites.identity(suite.record())
    assert suites.default_folder(other, suite) != suites.default_folder(suite, suite)


def test_two_datasets_of_one_name_are_refused(registry):
    whole = suites.load("uci-mini", registry)
    mine = registry.dataset("wine").model_copy(update={"name": "iris"})
    with pytest.raises(CvxbenchError, match="two datasets are named 'iris'"):
        suites.narrowed(whole, registry, datasets=["iris"], own=[mine])


def test_unknown_suite_and_budget(registry):
    with pytest.raises(CvxbenchError, match="did you mean 'uci-mini'"):
        suites.load("uci-mni", registry)
    with pytest.raises(CvxbenchError, match="budget 'fast' is unknown"):
        suites.load("uci", registry, "fast")


def test_a_suite_of_ones_own(tmp_path, registry):
    path = tmp_path / "mine.yaml"
    path.write_text("description: two\ndatasets: [iris, wine]\nlambdas: [0.1]\nbudget: quick\nnetworks: {relu: [al]}\n")
    suite = suites.load(str(path), registry)
    assert suite.name == "mine" and len(grid(suite)) == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("description: x\nbudget: quick\nlambda: [1]\n", "mine.yaml, line 3: field 'lambda'"),
        ("description: x\nbudget: quick\nlambdas: [-1]\n", "mine.yaml, line 3: field 'lambdas.0'"),
        ("description: x\nbudget: quick\nlambdas: [.inf]\n", "mine.yaml, line 3: field 'lambdas.0'"),
        ("description: x\nbudget: quick\n? [a, b]\n: 1\n", "mine.yaml, line 3: a key must be text"),
        ("description: &a [*a]\nbudget: quick\n", "refers to itself"),
        ("description: [\n", "mine.yaml, line 2: this is not YAML"),
        ("description: x\nbudget: quick\nnetworks: {relu: [rfista]}\n", "'rfista' does not train 'relu'"),
    ],
)
def test_a_wrong_suite_file_names_the_line(tmp_path, registry, text, sentence):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(CvxbenchError, match=sentence):
        suites.load(str(path), registry)


def test_seeds_are_the_published_ones_or_differ_by_every_part_of_their_name():
    assert seed_for(None, "iris", "split") == 1995 and seed_for(None, "wine", "gates") == 650
    named = [
        (seed, name, purpose, repeat)
        for seed in (0, 1)
        for name in ("a", "b")
        for purpose in ("split", "gates", "start")
        for repeat in (0, 1)
    ]
    assert len({seed_for(*parts) for parts in named}) == len(named)
    assert seed_for(0, "a", "split") == seed_for(0, "a", "split")


def test_a_tables_yardsticks_wait_for_its_loading_and_for_nothing_else(registry):
    suite = suites.narrowed(suites.load("uci-mini", registry), registry, datasets=["iris"], networks=["relu"])
    queue = list(tasks([Attempt(i, planned, None) for i, planned in enumerate(grid(suite))], yardsticks(suite)))
    beside = [task for task in queue if task.yardstick]
    assert [task.yardstick for task in beside] == list(suites.YARDSTICKS)
    assert all(task.waits_for(queue[0]) for task in beside)
    cells = [task for task in queue if task.attempts]
    assert not any(task.waits_for(cell) or cell.waits_for(task) for task in beside for cell in cells)
    assert [task.yardstick for task in tasks([], yardsticks(suite))] == [None, *suites.YARDSTICKS]
