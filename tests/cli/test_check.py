"""`cvxbench check` and `compare` on real runs: a solver that stops early is red, a busy machine is not."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from junitparser import JUnitXml

from cvxbench.cli.main import main

CVXBENCH = str(Path(sys.executable).parent / "cvxbench")
SUITE = """
description: two lambdas of two small tables
datasets: [iris, wine]
lambdas: [0.00006, 0.0004]
networks: {gated-relu: [ssn, planted]}
budget: quick
"""
PLANTED = """
import os
from dataclasses import replace
from cvxbench.attempt import Method, no_settings, one_by_one
from cvxbench.convex import rfista

def train(problem, setting, budget, watch):
    fewer = dict(budget.iterations, rfista=int(84 * float(os.environ["PLANTED_SHARE"])))
    return rfista.train(problem, setting, replace(budget, iterations=fewer), watch)

METHOD = Method("planted", "rfista, stopped early", ("gated-relu",), one_by_one(train), no_settings, {}, convex=True)
"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """Return a function that runs the suite with a share of the planted method's iterations, and gives the folder."""
    root = tmp_path_factory.mktemp("bench")
    info = root / "planted-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: planted\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[cvxbench.methods]\nplanted = planted:METHOD\n")
    (root / "planted.py").write_text(PLANTED)
    (root / "two.yaml").write_text(SUITE)

    def run(name, share=1.0):
        env = {**os.environ, "PYTHONPATH": str(root), "PLANTED_SHARE": str(share)}
        line = [CVXBENCH, "run", "--suite", "two.yaml", "--out", name]
        done = subprocess.run(line, cwd=root, env=env, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return root / name

    return run


@pytest.fixture(scope="module")
def before(bench):
    return bench("before")


@pytest.fixture(scope="module")
def early(bench):
    return bench("early", share=0.7)


@pytest.fixture(scope="module")
def baseline(before):
    path = before.parent / "baseline.json"
    done = invoke("check", before, "--baseline", path, "--update", "--because", "the first")
    assert (done.exit_code, done.stdout) == (0, f"'{path}' begins with 8 cells\n")
    return path


@pytest.fixture
def copied(before, tmp_path):
    """A copy of the run, to spoil."""
    return Path(shutil.copytree(before, tmp_path / "copied"))


def invoke(*args, env=None):
    quiet = {"GITHUB_ACTIONS": None, "GITHUB_STEP_SUMMARY": None}
    return CliRunner(env=quiet | (env or {})).invoke(main, [str(arg) for arg in args])


def forget(folder, where):
    with closing(sqlite3.connect(folder / "run.sqlite")) as store:
        gone = store.execute(f"UPDATE attempts SET status = NULL, objective = NULL WHERE {where}").rowcount
        store.commit()
    return gone


@contextmanager
def busy(processes=2):
    loads = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for load in loads:
            load.kill()
            load.wait()


def test_a_solver_that_stops_early_is_red_and_its_cells_are_named(early, baseline, tmp_path):
    summary, xml = tmp_path / "summary.md", tmp_path / "junit.xml"
    summary.write_text("before\n")
    github = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    done = invoke("check", early, "--baseline", baseline, "--junit", xml, env=github)
    assert done.exit_code == 1 and "REGRESSION" in done.stdout.splitlines()[-1]
    failures = [case for suite in JUnitXml.fromfile(str(xml)) for case in suite if case.result]
    assert failures and {case.classname for case in failures} == {"gated-relu.planted"}
    errors = [line for line in done.stdout.splitlines() if line.startswith("::error")]
    assert len(errors) == min(len(failures) + 1, 10) and "planted: gap" in errors[1]
    page = summary.read_text(encoding="utf-8")
    assert page.startswith("before\n## REGRESSION") and "| worse | gated-relu | planted | iris |" in page
    assert " worse" in invoke("compare", baseline.parent / "before", early).stdout


def test_the_same_run_on_a_busy_machine_is_green(bench, baseline):
    with busy():
        again = bench("again")
    done = invoke("check", again, "--baseline", baseline)
    assert done.exit_code == 0, done.stdout
    assert done.stdout.splitlines()[-1] == "No regression: 8 cells of 8 as in the baseline."


@pytest.mark.slow
def test_the_same_run_five_times_on_a_busy_machine_is_never_red(bench, baseline):
    with busy():
        folders = [bench(f"busy{i}") for i in range(5)]
    assert [invoke("check", folder, "--baseline", baseline).exit_code for folder in folders] == [0] * 5


def test_a_deleted_result_and_an_interrupted_run_count_what_is_missing(copied, baseline):
    assert forget(copied, "method = 'ssn' AND dataset = 'iris' AND lam = 0.0004") == 1
    done = invoke("check", copied, "--baseline", baseline)
    assert done.exit_code == 4
    assert done.stdout.splitlines()[-1] == "INCOMPLETE: 7 cells of 8 as in the baseline; 1 missing."
    forget(copied, "dataset = 'wine'")
    done = invoke("check", copied, "--baseline", baseline)
    assert (done.exit_code, done.stdout.splitlines()[-1].partition(";")[2]) == (4, " 5 missing.")
    assert "1 of 1 attempts have not run" in done.stdout
    refused = invoke("check", copied, "--baseline", baseline, "--update")
    assert refused.exit_code == 2 and "5 cells of the run or of the baseline were not measured" in refused.stderr


def test_an_empty_run_measured_nothing(copied, baseline):
    forget(copied, "TRUE")
    done = invoke("check", copied, "--baseline", baseline)
    assert done.exit_code == 4 and done.stdout.splitlines()[-1].startswith("NOTHING WAS MEASURED")


def test_a_crash_is_exit_code_3(copied, baseline):
    with closing(sqlite3.connect(copied / "run.sqlite")) as store:
        store.execute("UPDATE attempts SET status = 'crashed', detail = 'no', objective = NULL WHERE method = 'ssn'")
        store.commit()
    done = invoke("check", copied, "--baseline", baseline)
    assert done.exit_code == 3 and "FAILED CELLS: 4 cells of 8 as in the baseline; 4 failed." in done.stdout


def test_foreign_baselines_changed_data_and_wrong_use_are_one_sentence(before, baseline, tmp_path):
    content = json.loads(baseline.read_text(encoding="utf-8"))
    foreign, changed = tmp_path / "foreign.json", tmp_path / "changed.json"
    foreign.write_text(json.dumps(content | {"suite": content["suite"] | {"name": "uci-mini"}}))
    changed.write_text(json.dumps(content | {"tables": content["tables"] | {"wine": "f" * 64}}))
    for args, sentence in [
        ((before, "--baseline", foreign), "is of another suite: its name is 'uci-mini', here 'two'"),
        ((before, "--baseline", changed), "sha256 of wine differ"),
        ((before, "--baseline", tmp_path / "absent.json"), "--update` makes it"),
        ((before, "--baseline", before / "run.sqlite"), "is not a baseline"),
        ((tmp_path, "--baseline", baseline), "is not a run"),
        ((before, "--baseline", baseline, "--because", "so"), "the reason of an --update"),
        ((before, "--baseline", baseline, "--update", "--time-factor", "2"), "ask for one of them"),
    ]:
        done = invoke("check", *args)
        assert done.exit_code == 2 and sentence in done.stderr and done.stderr.count("\n") == 1, done.output
    assert json.loads(baseline.read_text(encoding="utf-8")) == content


def test_an_update_keeps_what_changed_and_why(early, baseline, tmp_path):
    mine = Path(shutil.copy(baseline, tmp_path / "mine.json"))
    line = ("check", early, "--baseline", mine)
    assert invoke(*line).exit_code == 1
    done = invoke(*line, "--update", "--because", "earlier is enough")
    assert done.exit_code == 0 and "gated-relu / planted: " in done.stdout
    log = json.loads(mine.read_text(encoding="utf-8"))["log"]
    assert [entry["because"] for entry in log] == ["the first", "earlier is enough"]
    worse = [change for change in log[1]["changes"] if "worse" in change]  # times may differ as well
    assert len(worse) == 1 and worse[0].startswith("gated-relu / planted: ")
    assert invoke(*line).exit_code == 0
    text = mine.read_text(encoding="utf-8")
    assert "stays as it is" in invoke(*line, "--update").stdout and mine.read_text(encoding="utf-8") == text


def test_compare_refuses_what_is_no_run_and_names_the_sameness(before, tmp_path):
    assert "same within noise" in invoke("compare", before, before).stdout
    done = invoke("compare", before, tmp_path)
    assert done.exit_code == 2 and "is not a run" in done.stderr
