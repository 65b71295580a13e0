import numpy as np
import pytest
from click.testing import CliRunner

from cvxbench.cli.main import main


@pytest.fixture
def logs(tmp_path):
    rows = [
        f"{step},{T},{2 + 3 / (T * step) + 0.3 * step}"
        for T in (1000, 2000, 4000)
        for step in np.geomspace(0.01, 1.0, 9)
    ]
    (tmp_path / "runs.csv").write_text("step_size,horizon,loss\n" + "\n".join(rows) + "\n")
    return tmp_path / "runs.csv"


def invoke(*arguments):
    return CliRunner().invoke(main, ["scaling", *map(str, arguments)])


def test_fit_prints_the_law_and_its_advice_and_draws_it(logs, tmp_path):
    result = invoke("fit", logs, "--horizon", "90000", "--output", tmp_path / "drawn")
    assert result.exit_code == 0, result.output
    assert "90000" in result.output and "0.01054" in result.output and "all runs" in result.output
    names = {path.name for path in (tmp_path / "drawn").iterdir()}
    assert names == {"law.csv", *(f"law-all-runs.{form}" for form in ("svg", "png", "pdf"))}


def test_fit_refuses_too_few_points_in_a_sentence_and_draws_nothing(logs, tmp_path):
    result = invoke("fit", logs, "--longest", "1000", "--output", tmp_path / "drawn")
    assert result.exit_code == 2 and "too few points for the law: 7 runs" in result.output
    assert len(result.output.splitlines()) == 1 and not (tmp_path / "drawn").exists()


def test_bound_prints_the_best_peak_of_each_schedule(tmp_path):
    result = invoke("bound", "--horizon", "400", "--output", tmp_path / "drawn")
    assert result.exit_code == 0, result.output
    assert all(name in result.output for name in ("linear", "cosine", "wsd"))
    assert (tmp_path / "drawn" / "bound-wsd.svg").exists()


def test_a_floor_without_logs_is_refused():
    result = invoke("bound", "--floor", "1.0")
    assert result.exit_code == 2 and "--floor" in result.output
