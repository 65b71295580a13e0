import numpy as np
import pytest

from cvxbench.bench.records import Part
from cvxbench.data.registry import load
from cvxbench.studies import ecg
from cvxbench.studies.ecg_findings import findings, trials

PROBLEM = {"lags": 3, "relative": 1e-2, "network": "gated-relu", "seed": None}


@pytest.fixture(scope="module")
def entry():
    return load().series["ecg"].model_dump_json()


@pytest.fixture(scope="module")
def ended(entry):
    convex = ecg.convex(entry, **PROBLEM, time_limit=30.0)
    grid = {"study": "few", "method": "adam", "steps": (0.1, 0.01), "epochs": 30, "schedule": "cosine", "repeats": 2}
    study = ecg.study(entry, **PROBLEM, **grid)
    return [
        Part("convex", "", PROBLEM, "converged", result=convex),
        Part("adam", "", {**PROBLEM, **grid}, "converged", result=study),
    ]


def test_the_plan_has_every_study_on_every_problem():
    plan = ecg.parts("standard", None)
    assert len({part.key for part in plan}) == len(plan) == 2 + 6 * 7 + 6 * 3
    assert all(part.function.startswith("cvxbench.studies.ecg:") for part in plan)


def test_both_sides_are_judged_by_one_objective_on_the_same_problem(ended):
    convex, study = (part.result for part in ended)
    assert convex["objective"] - convex["lower_bound"] < 1e-5 * convex["objective"]
    assert study["objective"] > convex["lower_bound"]
    assert study["objective"] == min(value for _, value in study["by_step"])
    assert np.isclose(study["curve"][-1][1], study["objective"], rtol=0.2)
    (trial,) = trials(ended)
    assert trial.excess == pytest.approx(study["objective"] / convex["objective"] - 1.0)


def test_findings_are_said_of_whatever_has_ended(ended):
    found = findings(ended)
    assert "lower than adam on 1 of 1" in found.answer
    assert {sheet.title.split()[0] for sheet in found.sheets} == {"Training", "Time:", "Squared"}
    assert "not" in findings(ended[:1]).answer or "yet" in findings(ended[:1]).answer
    assert findings(()).comparisons == ()


def test_linear_autoregression_is_the_reference(entry):
    assert ecg.linear(entry, 15)["linear"] == pytest.approx(0.01125, abs=5.1e-6)
