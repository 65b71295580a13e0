import json

import numpy as np
import pytest

from cvxbench.bench.records import Part
from cvxbench.nonconvex.schedules.cosine import Cosine
from cvxbench.nonconvex.study import Study
from cvxbench.relaxation.activations import ACTIVATIONS
from cvxbench.studies import EXPERIMENTS, experiment
from cvxbench.studies.relaxation import training
from cvxbench.studies.relaxation.findings import findings
from cvxbench.studies.relaxation.measures import certified, excess, growth, paired, tightness
from cvxbench.studies.relaxation.networks import BOUNDS, networks
from cvxbench.studies.relaxation.volumes import volume

EPSILONS = (0.1, 0.4)


def bound(interval, linear, univariate, envelope, exact, solved=True):
    return {
        "where": "row",
        "interval": interval,
        "linear": linear,
        "univariate": univariate,
        "envelope": envelope,
        "exact": exact,
        "solved": solved,
        "broken": False,
        "cuts": [1, 2],
        "rounds": [1, 3],
        "seconds": dict.fromkeys(BOUNDS, 0.001),
    }


def network(method, share, objective=1.0, bounds=()):
    at = [dict.fromkeys(BOUNDS, share) | {"refuted": 0.1, "open": 0.0, "epsilon": epsilon} for epsilon in EPSILONS]
    return {
        "method": method,
        "objective": objective,
        "neurons": 3,
        "accuracy": 0.9,
        "certified": at,
        "bounds": [bound(-2.0, -1.5, -1.0, -0.2, 0.0), *bounds],
    }


def row(dataset, lam, *shares):
    found = [network(*one) for one in zip(("convex", "sgd", "adam"), shares, (1.0, 1.1, 1.0), strict=True)]
    return {"dataset": dataset, "lam": lam, "networks": found}


ROWS = [row("a", 0.1, 0.5, 0.4, 0.5), row("a", 0.01, 0.7, 0.4, 0.7), row("b", 0.1, 0.6, 0.7, 0.6)]


def test_tightness_is_the_way_from_intervals_to_the_exact_minimum():
    bounds = [
        bound(-2.0, -1.5, -1.0, -0.5, 0.0),
        bound(-4.0, -4.0, 0.0, 0.0, 0.0),
        bound(-1.0, 0.0, 0.0, 0.0, 9.0, False),
    ]
    summary = tightness(bounds)
    assert summary is not None and (summary.bounds, summary.solved) == (3, 2)
    assert summary.closed == {"linear": 0.125, "univariate": 0.75, "envelope": 0.875}
    assert summary.of_rest == 0.5
    assert tightness(bounds[2:]) is None


def test_pairs_are_differences_of_tables_and_means_are_over_all_rows():
    assert certified(ROWS, "sgd", 0.1, "exact") == pytest.approx(0.5)
    found = paired(ROWS, "sgd", 0.1, "exact")
    assert found.mean == pytest.approx((20.0 - 10.0) / 2.0)
    assert (found.better, found.equal, found.worse) == (1, 0, 1)
    assert found.low == pytest.approx(-10.0) and found.high == pytest.approx(20.0)
    same = paired(ROWS, "adam", 0.1, "exact")
    assert (same.mean, same.better, same.equal, same.worse, same.p) == (0.0, 0, 2, 0, 1.0)
    np.testing.assert_allclose(excess(ROWS, "sgd"), 0.1)


def test_growth_is_the_exponent_between_ten_and_a_hundred_inputs():
    times = [{"activation": "relu", "inputs": n, "microseconds": 3.0 * n**1.5} for n in (2, 10, 100)]
    assert growth(times) == pytest.approx(1.5)
    assert growth(times[:2]) is None


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_volumes_shrink_from_interval_to_envelope(name):
    found = volume(name, inputs=5, neurons=30, points=10, seed=0)
    assert 0.0 < found["envelope"] < found["univariate"] < found["interval"]
    assert found["neurons"] + found["left_out"] == 30 and (found["left_out"] == 0 or name in ("silu", "gelu"))
    assert found.get("from_hull", 0.0) <= 1e-12
    alone = volume(name, inputs=1, neurons=30, points=10, seed=0)
    assert alone["envelope"] == pytest.approx(alone["univariate"], rel=1e-12)


def test_networks_of_a_table_are_certified_by_nested_bounds(monkeypatch):
    monkeypatch.setattr(training, "STANDARD", Study(steps=(1.0, 0.1), seeds=(0,), epochs=100, schedule=Cosine()))
    found = json.loads(json.dumps(networks("iris", 0.1, EPSILONS, 15, 1, None, 5.0, 5.0)))
    assert [one["method"] for one in found["networks"]] == ["convex", "sgd", "adam"]
    for one in found["networks"]:
        for shares in one["certified"]:
            assert np.all(np.diff([shares[name] for name in BOUNDS]) >= 0.0)
            wrong = 1.0 - one["accuracy"]
            assert shares["exact"] + shares["refuted"] + shares["open"] + wrong == pytest.approx(1.0)
        for margin in one["bounds"]:
            assert margin["solved"] and not margin["broken"]
            assert np.all(np.diff([margin[name] for name in BOUNDS]) >= -1e-6)
        assert one["objective"] >= 0.99 * found["networks"][0]["objective"]


def part(result):
    return Part("a part", "builtins:dict", {}, status="converged", result=result)


def test_findings_of_nothing_of_some_and_of_all():
    assert findings([]).answer == "No part has run to its end yet."
    assert findings([Part("a part", "builtins:dict", {}, status="crashed")]).sheets == ()
    volumes = [part(volume(name, inputs, 20, 5, 0)) for name in ("relu", "silu") for inputs in (2, 5)]
    some = findings(volumes)
    assert "volume" in some.answer and len(some.sheets) == 2 and [one.name for one in some.plots] == ["volumes"]
    full = findings([*volumes, *map(part, ROWS)])
    assert "convex training minus sgd's, in points: +5.0 [-10.0, +20.0] at epsilon 0.1" in full.answer
    assert full.answer.count("no difference is found") == 2
    assert "envelope cuts close 80 %" in full.answer
    assert [one.verdict for one in full.comparisons] == ["holds"] * 3
    assert len(full.sheets) == 7 and len(full.plots) == 2
    assert any("too few" in one for one in full.warnings)


def test_a_broken_bound_is_told():
    wrong = row("a", 0.1, 0.5, 0.5, 0.5)
    wrong["networks"][0]["bounds"][0]["broken"] = True
    assert "1 bounds were broken by an attack: they are wrong." in findings([part(wrong)]).warnings


def test_the_plan_is_fixed_and_has_every_activation_and_table():
    found = experiment.get("relaxation")
    assert EXPERIMENTS["relaxation"].endswith(":EXPERIMENT")
    for budget, tables in (("quick", 1), ("standard", 48), ("paper", 64)):
        planned = found.parts(budget, None)
        keys = [one.key for one in planned]
        assert len(set(keys)) == len(keys) and planned == found.parts(budget, None)
        assert sum("lambda" in key for key in keys) == tables
        assert json.loads(json.dumps([one.options for one in planned])) == [
            json.loads(json.dumps(one.options)) for one in planned
        ]
