import csv
import io
import json
import math

import numpy as np
import pytest

from cvxbench.bench.records import Yardstick
from cvxbench.report import build
from cvxbench.report.arrays import gaps, series, solve_times
from cvxbench.report.evidence import read
from cvxbench.report.figures.all import figures
from cvxbench.report.figures.files import drawn, files


@pytest.fixture
def drawings(run):
    evidence = read(run)
    return {figure.name: figure for figure in figures(evidence, build.summary(evidence))}


def test_a_curve_ends_at_the_solve_rate(run, drawings):
    rows = drawings["solved-in-time"].rows
    for rate in build.report(run).solve_rate:
        if rate.method == "rfista" and rate.accounting == "default":
            continue  # one setting: drawn once
        curve = [
            row["share"]
            for row in rows
            if (row["method"], row["counted"], row["tol"]) == (rate.method, rate.accounting, rate.tol)
        ]
        assert curve[-1] == max(curve) == pytest.approx(rate.rate)
        assert curve == sorted(curve)


def test_the_curve_steps_when_the_iterates_are_there(drawings):
    rows = [row for row in drawings["solved-in-time"].rows if row["tol"] == 0.1 and row["method"] == "rfista"]
    assert [(row["seconds"], row["share"]) for row in rows] == [(2.0, 0.0), (3.0, 4 / 6)]


def test_arrays_have_every_problem_and_inf_where_nothing_was_reached(run):
    evidence = read(run)
    assert [tuple(one) for one in series(evidence, "gated-relu")] == [
        ("rfista", "oracle"), ("sgd", "oracle"), ("sgd", "default")
    ]  # fmt: skip
    times, ends = solve_times(evidence, "gated-relu", 0.1), gaps(evidence, "gated-relu")
    assert times.shape == ends.shape == (3, 6)
    assert np.isinf(times[0]).tolist() == [False, False, False, False, True, True]
    assert ends[1, 2] == pytest.approx(0.05) and math.isinf(ends[1, 3])


def test_groups_hold_each_loaded_problem_once(drawings):
    for name in ("solved-by-task", "solved-by-size", "solved-by-lambda"):
        rows = [row for row in drawings[name].rows if (row["tol"], row["method"]) == (0.1, "rfista")]
        assert sum(row["problems"] for row in rows) == 6
        assert sum(row["solved"] for row in rows) == 4
        assert all(row["low"] <= row["share"] <= row["high"] for row in rows)


def test_the_setting_that_won_is_that_of_the_lowest_objective(drawings):
    won = {(row["setting"], row["lambda"]): (row["won"], row["problems"]) for row in drawings["settings"].rows}
    assert won == {
        ("step 0.1", "0.01"): (2, 3),
        ("step 1", "0.01"): (1, 3),
        ("step 0.1", "0.1"): (1, 1),
        ("step 1", "0.1"): (0, 1),
    }


def test_files_are_figures_and_their_rows_in_full_precision(drawings):
    chosen = drawings["quality-profile"]
    made = dict(files([chosen]))
    assert sorted(made) == [f"quality-profile{end}" for end in (
        "-gated-relu.pdf", "-gated-relu.png", "-gated-relu.svg", ".csv"
    )]  # fmt: skip
    assert made["quality-profile-gated-relu.pdf"].startswith(b"%PDF")
    assert made["quality-profile-gated-relu.png"].startswith(b"\x89PNG")
    assert b"relative gap to the reference" in made["quality-profile-gated-relu.svg"]
    rows = list(csv.DictReader(io.StringIO(made["quality-profile.csv"].decode())))
    assert [float(row["gap"]) for row in rows] == [row["gap"] for row in chosen.rows]


def test_methods_keep_their_colour_in_every_figure(drawings):
    seen = {}
    for figure in drawings.values():
        for panel, chart in figure.charts.items():
            spec = json.dumps(json.loads(drawn(figure, chart, panel)))
            for method in ("rfista", "sgd"):
                seen.setdefault(method, set()).update(_colours(json.loads(spec), method))
    assert seen == {"rfista": {"#0072B2"}, "sgd": {"#D55E00"}}


def _colours(spec, method):
    if isinstance(spec, dict):
        if {"domain", "range"} <= spec.keys() and method in spec["domain"]:
            yield spec["range"][spec["domain"].index(method)]
        for value in spec.values():
            yield from _colours(value, method)
    elif isinstance(spec, list):
        for value in spec:
            yield from _colours(value, method)


def test_a_run_without_any_attempt_done_can_be_drawn(runs):
    evidence = read(runs({("iris", 0.1): {("sgd", 0.1): None}}, tables=[]))
    names = [figure.name for figure in figures(evidence, build.summary(evidence))]
    assert "gaps" in names and "solved-in-time" not in names


def test_yardsticks_are_drawn_beside_the_methods(runs):
    grid = {("iris", lam): {("rfista", None): runs.scored(0.2, test=0.5)} for lam in (0.01, 0.1)}
    evidence = read(runs(grid, yardsticks=[Yardstick("iris", "linear", "converged", "C 1", 0.9, 2.0)]))
    rows = next(f for f in figures(evidence, build.summary(evidence)) if f.name == "held-out").rows
    assert {(row["method"], row["lambda"], row["mean"]) for row in rows if row["yardstick"]} == {
        ("linear", 0.01, 0.9), ("linear", 0.1, 0.9)
    }  # fmt: skip
    assert {row["method"] for row in rows if not row["yardstick"]} == {"rfista"}
