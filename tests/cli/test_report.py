import json

import pytest
from click.testing import CliRunner

from cvxbench.bench.records import Plan, Planned, TableInfo, Verdict
from cvxbench.bench.store import Store
from cvxbench.cli.report import report

SUITE = {
    "name": "tiny", "description": "made by hand", "networks": {"relu": ["al", "sgd"]}, "lambdas": [0.1],
    "tolerances": [1.0, 0.1], "budget": {"name": "quick", "steps": [0.1], "repeats": 1, "epochs": 100}, "seed": None,
    "bias": False, "centre": False,
}  # fmt: skip
SCORED = Verdict(
    "converged",
    "gap closed",
    *(0.1, 0.1, 1.0, 1.0),
    test_score=0.9,
    seconds=2.0,
    iterations=3,
    neurons=5,
    trace=[(1, 2.0, 0.1)],
)


@pytest.fixture
def folder(tmp_path):
    return written(tmp_path / "run", {0: SCORED})


def written(folder, verdicts):
    folder.mkdir()
    with Store(folder, create=True) as store:
        plan = [Planned("iris", "relu", 0.1, method, method == "al", {}, True, 0) for method in ("al", "sgd")]
        store.write_plan({"sessions": [{"version": "0.1.0"}]}, Plan(SUITE, plan))
        store.add_table(TableInfo("iris", "multiclass", "real", 150, 120, 4, 3, 0.5, "00", "nowhere"))
        store.finish(verdicts)
    return folder


def invoke(*args):
    return CliRunner().invoke(report, [str(arg) for arg in args])


def test_the_terminal_is_the_default(folder):
    done = invoke(folder)
    assert done.exit_code == 0
    assert "100.0 % (1/1)" in done.stdout and "0.0 % (0/1)" in done.stdout


def test_tolerances_of_the_command_line_replace_those_of_the_suite(folder):
    done = invoke(folder, "--format", "json", "--tol", "0.2", "--tol", "1e-3", "--tol", "0.2")
    assert {row["tol"] for row in json.loads(done.stdout)["solve_rate"]} == {0.2, 1e-3}


@pytest.mark.parametrize("tol", ["0", "-1", "nan", "inf", "x"])
def test_a_tolerance_must_be_a_positive_number(folder, tol):
    done = invoke(folder, "--tol", tol)
    assert done.exit_code == 2
    assert "Invalid value for '--tol'" in done.stderr


@pytest.mark.parametrize("form", ["terminal", "json", "csv", "markdown", "latex", "html"])
def test_output_is_the_whole_file_and_nothing_beside_it(folder, tmp_path, form):
    path = tmp_path / "out" / "report.txt"
    path.parent.mkdir()
    path.write_text("old")
    done = invoke(folder, "--format", form, "--output", path)
    assert (done.exit_code, done.stdout) == (0, "")
    assert "iris" in path.read_text(encoding="utf-8") or form in ("terminal", "latex")
    assert [entry.name for entry in path.parent.iterdir()] == ["report.txt"]


def test_an_output_that_cannot_be_written_is_one_sentence(folder, tmp_path):
    done = invoke(folder, "--output", tmp_path / "nowhere" / "report.txt")
    assert done.exit_code == 2
    assert "cannot be written" in done.stderr and len(done.stderr.splitlines()) == 1
    assert invoke(folder, "--output", tmp_path).exit_code == 2


def test_a_folder_that_is_no_run_is_one_sentence(tmp_path):
    done = invoke(tmp_path)
    assert done.exit_code == 2
    assert "is not a run" in done.stderr and len(done.stderr.splitlines()) == 1


def test_nothing_measured_is_exit_code_4(tmp_path):
    done = invoke(written(tmp_path / "run", {0: Verdict("crashed", "no")}))
    assert done.exit_code == 4
    assert "Nothing was measured" in done.stdout


def test_a_crash_beside_a_score_can_still_be_printed(tmp_path):
    assert invoke(written(tmp_path / "run", {0: SCORED, 1: Verdict("crashed", "no")})).exit_code == 0


def test_help_has_an_example():
    assert "Example: cvxbench report" in invoke("--help").stdout


def test_figures_are_files_in_a_folder(folder, tmp_path):
    done = invoke(folder, "--format", "figures", "--output", tmp_path / "new" / "figures")
    assert done.exit_code == 0, done.stderr
    names = {path.name for path in (tmp_path / "new" / "figures").iterdir()}
    assert {
        "solved-in-time.csv",
        "solved-in-time-relu.svg",
        "solved-in-time-relu.pdf",
        "solved-in-time-relu.png",
    } < names


def test_figures_need_a_folder(folder, tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("mine")
    for options in ((), ("--output", taken)):
        done = invoke(folder, "--format", "figures", *options)
        assert done.exit_code == 2
        assert "folder" in done.stderr and len(done.stderr.splitlines()) == 1
    assert taken.read_text() == "mine"
