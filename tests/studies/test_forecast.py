import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from cvxbench.bench.records import Part
from cvxbench.cli.main import main
from cvxbench.data.series import entry_from_file
from cvxbench.studies import forecast, nyse
from cvxbench.studies.bootstrap import mean_interval
from cvxbench.studies.forecast_findings import differences, findings, models


def test_an_interval_of_independent_losses_is_the_normal_one():
    losses = np.random.default_rng(0).normal(3.0, 2.0, size=4000)
    low, high = mean_interval(losses, block=1)
    half = 1.96 * losses.std() / np.sqrt(len(losses))
    assert (low, high) == pytest.approx((losses.mean() - half, losses.mean() + half), abs=0.1 * half)


def test_blocks_widen_the_interval_of_losses_that_depend_on_their_neighbours():
    noise = np.random.default_rng(1).normal(size=4000)
    losses = np.convolve(noise, np.ones(20) / 20, mode="same")
    widths = [np.ptp(mean_interval(losses, block)) for block in (1, 40)]
    assert widths[1] > 3.0 * widths[0]
    truth = 2.0 * 1.96 / np.sqrt(4000)  # the sum of the autocovariances is that of the noise
    assert widths[1] == pytest.approx(truth, rel=0.3)


def part(model, forecasts, standardise="whole", **result):
    row = {"model": model, "forecasts": [list(one) for one in forecasts]}
    return Part(model, "", {"standardise": standardise}, "converged", result={"rows": [row], **result})


def test_differences_are_paired_and_of_losses_averaged_over_seeds():
    target = np.sin(np.arange(400.0))
    noise = np.random.default_rng(2).normal(size=(4, 400))
    parts = [
        part("linear, least squares", [target + noise[0]], target=target.tolist()),
        part("relu", [target + noise[0] + 0.01]),
        part("adam", [target + noise[0] + 1.0, target + noise[0] - 1.0]),
    ]
    found = models(parts, "whole")
    assert found["adam"].mse == pytest.approx(np.mean(noise[0] ** 2) + 1.0)
    assert found["adam, mean of 2"].mse == pytest.approx(np.mean(noise[0] ** 2))
    rows = {row.against: row for row in differences(found)}
    assert rows["adam"].high < 0.0 and rows["adam"].value == pytest.approx(-1.0, abs=0.02)
    assert abs(rows["linear, least squares"].value) < 0.01
    assert "lower than that of adam" in findings(parts).answer


def test_nothing_measured_is_said_and_claims_need_their_parts():
    plan = nyse.parts("quick", None)
    assert nyse.findings(plan).comparisons == () and "yet" in nyse.findings(plan).answer
    assert len({part.key for part in plan}) == len(plan)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A series whose next value is a kinked function of the last two, with a little noise."""
    rng = np.random.default_rng(3)
    values = [0.1, 0.2]
    for _ in range(400):
        values.append(0.9 * abs(values[-1]) - 0.4 * max(values[-2], 0.0) - 0.2 + rng.normal(scale=0.1))
    path = tmp_path_factory.mktemp("series") / "kinked.csv"
    days = pd.date_range("2021-01-01", periods=len(values))
    pd.DataFrame({"day": days, "price": values}).to_csv(path, index=False)
    return path


def test_tuning_sees_no_test_row_and_networks_beat_the_line_where_there_is_a_kink(file, tmp_path):
    entry = entry_from_file(file, "price").model_dump_json()
    line = forecast.references(entry, 2, "train")
    target = np.array(line["target"])
    found = forecast.gated(entry, 2, "train", gates=50, seed=0, count=5)
    linear = np.mean((np.array(line["rows"][1]["forecasts"][0]) - target) ** 2)
    kinked = np.mean((np.array(found["rows"][0]["forecasts"][0]) - target) ** 2)
    assert kinked < 0.9 * linear
    table = pd.read_csv(file)
    table.loc[330:, "price"] = 1e3 * np.random.default_rng(4).normal(size=len(table) - 330)
    table.to_csv(tmp_path / "other.csv", index=False)
    other = forecast.gated(entry_from_file(tmp_path / "other.csv", "price").model_dump_json(), 2, "train", 50, 0, 5)
    assert other["tuning"] == found["tuning"] and other["lam"] == found["lam"]


def test_a_series_of_ones_own_runs_and_reports(file, tmp_path):
    out = tmp_path / "run"
    line = ["run", "--series", str(file), "--target", "price", "--lags", "2", "--budget", "quick", "--out", str(out)]
    result = CliRunner().invoke(main, line)
    assert result.exit_code == 0, result.output
    assert "gated-relu" in result.output and "linear, least squares" in result.output
    content = json.loads(CliRunner().invoke(main, ["report", str(out), "--format", "json"]).output)
    assert content["suite"]["name"] == "kinked" and content["parts"]["by_status"]["converged"] == 6


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (["--target", "price"], "name either a --suite"),
        (["--suite", "uci-mini", "--series", "x.csv"], "name either a --suite"),
        (["--suite", "uci-mini", "--lags", "3"], "--lags does not go with a suite"),
        (["--series", "x.csv"], "name the column of 'x.csv'"),
        (["--series", "x.csv", "--target", "price"], "cannot be read"),
        (["--suite", "series"], "'series' has nothing to run by itself"),
    ],
)
def test_wrong_use_is_one_sentence_and_makes_no_folder(line, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["run", *line])
    assert result.exit_code == 2 and sentence in result.output and result.output.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
