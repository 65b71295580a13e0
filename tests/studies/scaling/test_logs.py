import numpy as np
import pandas as pd
import pytest

from cvxbench.errors import CvxbenchError
from cvxbench.studies.scaling.advice import advise, sheets
from cvxbench.studies.scaling.bounded import bounded
from cvxbench.studies.scaling.law import Law
from cvxbench.studies.scaling.logs import read_logs

LAW = Law(2.0, 3.0, 0.3)


def frame(noise=0.003):
    rows = [
        {"run": f"{T}-{step:.3g}-{seed}", "step_size": step, "horizon": T, "seed": seed, "schedule": schedule}
        for schedule in ("cosine", "wsd")
        for T in (1000, 2000, 4000)
        for step in np.geomspace(0.01, 1.0, 9)
        for seed in range(3)
    ]
    table = pd.DataFrame(rows)
    scatter = np.exp(noise * np.random.default_rng(0).standard_normal(len(table)))
    return table.assign(loss=LAW.loss(table["horizon"].to_numpy(), table["step_size"].to_numpy()) * scatter)


WRITERS = {
    "runs.csv": lambda table, path: table.to_csv(path, index=False),
    "runs.jsonl": lambda table, path: table.to_json(path, orient="records", lines=True),
    "runs.parquet": lambda table, path: table.to_parquet(path),
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same_runs_by_schedule(tmp_path, name):
    table = frame()
    WRITERS[name](table, tmp_path / name)
    cosine, wsd = read_logs(tmp_path / name)
    assert (cosine.name, wsd.schedule) == ("schedule cosine", "wsd")
    np.testing.assert_allclose(cosine.runs.loss, table.loss[table.schedule == "cosine"], rtol=1e-9)
    assert set(cosine.runs.seed) == {0, 1, 2}


def test_advice_on_a_longer_horizon_has_the_planted_step_and_loss_in_its_intervals(tmp_path):
    frame().to_csv(tmp_path / "runs.csv", index=False)
    advice = advise(read_logs(tmp_path / "runs.csv")[0])
    assert advice.horizon == 40_000 and not advice.fitted.failures
    assert advice.step.holds(LAW.best_step(40_000)) and advice.loss.holds(LAW.best_loss(40_000))
    assert advice.step.value == pytest.approx(LAW.best_step(40_000), rel=0.1)
    with pytest.raises(CvxbenchError, match="no run has a horizon of at most 10"):
        advise(read_logs(tmp_path / "runs.csv")[0], longest=10)


def test_a_law_without_a_best_step_advises_none_and_says_why(tmp_path):
    table = frame()
    losses = Law(2.0, 3.0, 0.0).loss(table["horizon"].to_numpy(), table["step_size"].to_numpy())
    table.assign(loss=losses).to_csv(tmp_path / "runs.csv", index=False)
    advice = advise(read_logs(tmp_path / "runs.csv")[0])
    assert advice.step is None
    assert "no step is too large" in sheets([advice])[1].notes[0]


def test_histories_end_at_the_loss_and_diverged_runs_are_borne(tmp_path):
    table = pd.DataFrame({"step_size": [0.1, 0.2], "horizon": [10, 10], "history": ["[3, 2.5]", None]})
    table.to_csv(tmp_path / "runs.csv", index=False)
    (logged,) = read_logs(tmp_path / "runs.csv")
    assert logged.runs.loss.tolist() == [2.5, np.inf]
    assert list(logged.histories) == [(3.0, 2.5), ()]


def test_a_measured_history_is_set_beside_the_bound_that_fits_its_step_and_its_end(tmp_path):
    table = pd.DataFrame(
        {"step_size": [0.1, 0.2], "horizon": 100, "schedule": "linear", "history": ["[3, 2.5]", "[3.0, 2.4, 2.2]"]}
    )
    table.to_csv(tmp_path / "runs.csv", index=False)
    (one,) = bounded(["linear"], 1, 1.0, 1.0, read_logs(tmp_path / "runs.csv"), floor=2.0)
    assert one.peak == 0.2 == pytest.approx(one.bound.best_peak)
    assert one.bound.best == pytest.approx(0.2) and one.measured[-1] == (100.0, pytest.approx(0.2))
    with pytest.raises(CvxbenchError, match="not above --floor 3"):
        bounded(["linear"], 1, 1.0, 1.0, read_logs(tmp_path / "runs.csv"), floor=3.0)
    with pytest.raises(CvxbenchError, match="no run in the logs has a history"):
        bounded(["wsd"], 1, 1.0, 1.0, read_logs(tmp_path / "runs.csv"))


WRONG = {
    "a column that is missing": ("horizon,loss\n1,2\n", "no column 'step_size'"),
    "no loss": ("step_size,horizon\n1,2\n", "no column 'loss'"),
    "text": ("step_size,horizon,loss\nfast,2,1\n", "column 'step_size'"),
    "a step of zero": ("step_size,horizon,loss\n1,2,1\n0,2,1\n", "row 2: 0 is no number above 0"),
    "a negative loss": ("step_size,horizon,loss\n1,2,-1\n", "not above 0"),
    "a history that is none": ("step_size,horizon,history\n1,2,abc\n", "'abc' is no list"),
    "no rows": ("step_size,horizon,loss\n", "has no runs"),
    "nothing": ("", "cannot be read as csv"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_with_logs_is_one_sentence(tmp_path, wrong):
    content, sentence = WRONG[wrong]
    (tmp_path / "runs.csv").write_text(content)
    with pytest.raises(CvxbenchError, match=sentence):
        read_logs(tmp_path / "runs.csv")


@pytest.mark.parametrize("name", ["runs.txt", "no.csv", "no.jsonl", "no.parquet"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path, name):
    with pytest.raises(CvxbenchError, match=name):
        read_logs(tmp_path / name)
