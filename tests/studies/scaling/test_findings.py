"""Findings from results that were planted: a law is called one, a failure is called one, and gaps are borne."""

import zlib
from dataclasses import replace

import numpy as np
import pytest

from cvxbench.studies.experiment import get
from cvxbench.studies.scaling.findings import findings
from cvxbench.studies.scaling.law import Law
from cvxbench.studies.scaling.plan import FITTED_WIDTHS, SIZES, TEACHER, parts, series_of

CLAIMS = ("explains", "best step", "best loss", "80 times", "70 times")


def planted(law, noise=0.002):
    """The standard plan's parts of noise 1, and of sizes, with the losses of a law; q₁² grows with the width."""
    done = []
    for part in parts("standard", None):
        if "optimum" in part.key:
            continue
        series = series_of(part)
        if series.rule != "sgd" or not (series.problem == SIZES or (series.problem, series.noise) == (TEACHER, 1.0)):
            continue
        width = series.width if series.problem == SIZES else 50
        here = replace(law, a=law.a * width / 50)
        generator = np.random.default_rng(zlib.crc32(part.key.encode()))
        steps = np.array(part.options["steps"])
        losses = here.loss(part.options["horizon"], steps) * np.exp(noise * generator.standard_normal(len(steps)))
        result = {"losses": losses.tolist(), "floor": law.floor, "parameters": 26 * width}
        done.append(replace(part, status="converged", result=result))
    return done


def verdicts(found):
    return {key: next(c.verdict for c in found.comparisons if key in c.claim) for key in CLAIMS}


def test_a_planted_law_holds_in_every_claim():
    found = findings(planted(Law(0.1, 20.0, 0.2), noise=1e-4))
    assert set(verdicts(found).values()) == {"holds"}
    assert "5 of 5 claims" in found.answer


def test_a_planted_failure_does_not():
    found = verdicts(findings(planted(Law(0.1, 20.0, 0.2, alpha=1.0, beta=2.0), noise=1e-4)))
    assert found["best step"] == found["best loss"] == found["80 times"] == "does not hold"


@pytest.mark.parametrize("taken", [0, 1, 40])
def test_whatever_has_run_can_be_told(taken):
    done = planted(Law(0.1, 20.0, 0.2))[:taken]
    found = findings([*done, *parts("quick", None)])
    assert found.question and found.answer.endswith(".") and len(found.comparisons) == 5


def test_runs_that_all_diverged_are_a_warning():
    done = [replace(part, result={"losses": [None] * 17, "floor": 0.5}) for part in planted(Law(0.1, 20.0, 0.2))[:9]]
    assert "too few points" in findings(done).warnings[0]


def test_the_standard_plan_reaches_80_times_the_horizon_and_70_times_the_size():
    planned = parts("standard", None)
    assert len({part.key for part in planned}) == len(planned)
    series = [series_of(part) for part in planned if "optimum" not in part.key]
    horizons = {part.options.get("horizon") for part in planned}
    assert {512, 512 * 80} <= horizons
    assert max(one.width for one in series) == 70 * max(FITTED_WIDTHS)
    assert parts("standard", 7) != planned and get("scaling-law").parts is parts
