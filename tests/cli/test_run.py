"""`cvxbench run` as a user meets it: a process of its own."""

import functools
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from cvxbench.cli.main import main

CVXBENCH = str(Path(sys.executable).parent / "cvxbench")
SUITE = """
description: two lambdas of one table
datasets: [iris]
lambdas: [0.01, 0.0001]
networks: {gated-relu: [rfista, adam], relu: [al, adam]}
budget: quick
"""
TIMES = {"seconds", "study_seconds", "median_seconds", "total_seconds", "started"}
TIMES |= {"lower_quartile", "median", "upper_quartile", "mean"}  # of the times to solve


def cvxbench(*args, cwd, **options):
    return subprocess.run([CVXBENCH, *args], cwd=cwd, capture_output=True, text=True, timeout=300, **options)


def without_times(value):
    if isinstance(value, dict):
        return {key: without_times(inner) for key, inner in value.items() if key not in TIMES}
    return [without_times(inner) for inner in value] if isinstance(value, list) else value


def report_of(folder):
    result = cvxbench("report", str(folder), "--format", "json", cwd=folder.parent)
    assert result.returncode == 0, result.stderr
    content = json.loads(result.stdout)
    del content["manifest"], content["study_cost"]
    content.pop("sessions", None)
    return without_times(content)


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    path = tmp_path_factory.mktemp("suite") / "two.yaml"
    path.write_text(SUITE)
    return path


@pytest.fixture(scope="module")
def undisturbed(suite):
    folder = suite.parent / "undisturbed"
    result = cvxbench("run", "--suite", str(suite), "--out", str(folder), cwd=suite.parent)
    assert result.returncode == 0, result.stderr
    return folder, result.stdout


def finished(folder):
    try:
        with sqlite3.connect(f"file:{folder / 'run.sqlite'}?mode=ro", uri=True) as connection:
            return connection.execute("SELECT count(*) FROM attempts WHERE status IS NOT NULL").fetchone()[0]
    except sqlite3.OperationalError:  # not there yet
        return -1
    finally:
        if "connection" in locals():
            connection.close()


def test_a_run_ends_with_a_report_and_every_cell_has_a_status(undisturbed):
    folder, printed = undisturbed
    report = report_of(folder)
    assert report["problems"] == 2 and report["cells"]["total"] == 8
    assert report["cells"]["by_status"].get("missing", 0) == 0
    assert "rfista" in printed and "adam" in printed


def test_killed_at_any_moment_and_run_again_it_reports_the_same(suite, undisturbed):
    folder = suite.parent / "killed"
    line = [CVXBENCH, "run", "--suite", str(suite), "--out", str(folder)]
    for done in (0, 7, 20):
        process = subprocess.Popen(line, cwd=suite.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 120
        while finished(folder) < done and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert done <= finished(folder) < 32
    last = subprocess.run(line, cwd=suite.parent, capture_output=True, text=True, timeout=300)
    assert last.returncode == 0, last.stderr
    assert report_of(folder) == report_of(undisturbed[0])


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_can_be_reported_and_resumed(by, suite, undisturbed):
    folder = suite.parent / by.name
    line = [CVXBENCH, "run", "--suite", str(suite), "--out", str(folder)]
    process = subprocess.Popen(
        line,
        cwd=suite.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background job ignores it
    )
    while finished(folder) < 2:
        time.sleep(0.01)
    process.send_signal(by)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and "resumes" in said
    assert "Traceback" not in said and "leaked" not in said
    assert report_of(folder)["cells"]["by_status"]["missing"] > 0
    assert subprocess.run(line, cwd=suite.parent, capture_output=True, timeout=300).returncode == 0
    assert report_of(folder) == report_of(undisturbed[0])


def test_a_full_disk_is_one_sentence_and_what_was_finished_is_kept(suite, undisturbed):
    folder = suite.parent / "full"
    line = ["run", "--suite", str(suite), "--out", str(folder)]
    small = functools.partial(resource.setrlimit, resource.RLIMIT_FSIZE, (100_000, 100_000))
    result = cvxbench(*line, cwd=suite.parent, preexec_fn=small)
    assert result.returncode == 2 and "Traceback" not in result.stderr, result.stderr
    assert "nothing that it holds is lost" in result.stderr
    assert 0 < finished(folder) < 32
    assert cvxbench(*line, cwd=suite.parent).returncode == 0
    assert report_of(folder) == report_of(undisturbed[0])


@pytest.fixture
def read_only(tmp_path):
    """Return what a command line begins with for which `tmp_path` is read-only."""
    if os.geteuid() != 0:
        tmp_path.chmod(0o555)
        yield []
        tmp_path.chmod(0o755)
        return
    script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && cd "$0" && exec "$@"'
    line = ["unshare", "--mount", "sh", "-c", script, str(tmp_path)]  # permissions do not bind root
    if not shutil.which("unshare") or subprocess.run([*line, "true"], capture_output=True).returncode:
        pytest.skip("this root may not mount a folder read-only")
    yield line


@pytest.fixture
def archived(tmp_path, undisturbed):
    return shutil.copytree(undisturbed[0], tmp_path / "run")


def test_what_is_read_only_can_be_reported_and_everything_else_is_one_sentence(tmp_path, suite, archived, read_only):
    def told(*args):
        return subprocess.run([*read_only, CVXBENCH, *args], cwd=tmp_path, capture_output=True, text=True, timeout=300)

    before = sorted(path.name for path in tmp_path.rglob("*"))
    assert told("report", "run").returncode == 0
    for args, name in (
        (["run", "--suite", str(suite), "--out", "run"], "run"),
        (["run", "--suite", str(suite), "--out", "new"], "new"),
        (["run", "--suite", "relaxation", "--out", "new"], "new"),
        (["merge", "run", "run", "--out", "new"], "new"),
        (["export", "run", "--output", "new.parquet"], "new.parquet"),
    ):
        result = told(*args)
        assert result.returncode == 2 and f"{name}' cannot be written" in result.stderr
        assert len(result.stderr.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--suite", "uci-mini", "--jobs", "2", "--scheduler", "tcp://127.0.0.1:1"], "leave one out"),
        (["--suite", "uci-mni"], "did you mean 'uci-mini'"),
        (["--suite", "landscap"], "did you mean 'landscape'"),
        (["--suite", "uci-mini", "--dataset", "irs"], "did you mean 'iris'"),
        (["--suite", "uci-mini", "--method", "adm"], "did you mean 'adam'"),
        (["--suite", "uci-mini", "--network", "cnn"], "network 'cnn' is unknown"),
        (["--suite", "uci-mini", "--retry", "tired"], "status 'tired' is unknown"),
        (["--suite", "uci-mini", "--lambda", "-1"], "--lambda"),
        (["--suite", "uci-mini", "--lambda", "nan"], "--lambda"),
        (["--suite", "uci-mini", "--jobs", "0"], "--jobs"),
        (["--suite", "broken.yaml"], "broken.yaml, line 2"),
        (["--suite", "absent.yaml"], "absent.yaml"),
        (["--suite", "uci-mini", "--registry", "broken.yaml"], "broken.yaml, line 2"),
    ],
)
def test_wrong_use_is_one_sentence_and_writes_nothing(tmp_path, monkeypatch, args, sentence):
    (tmp_path / "broken.yaml").write_text("description: [\n")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["run", *args])
    assert result.exit_code == 2 and sentence in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["broken.yaml"]


ROWS = [f"{i},{(i * 7) % 11},{(-1) ** i * i}" for i in range(20)]


@pytest.mark.parametrize(
    ("text", "target", "sentence"),
    [
        ("\n".join(["a,b,y", *ROWS]), "z", "no column 'z'"),
        ("\n".join(["a,b,y", *ROWS, "1,2,"]), "y", "target is missing"),
        ("\n".join(["a,b,y", *ROWS, "1,,2"]), "y", "missing"),
        ("\n".join(["a,b,y", *ROWS, "1,inf,2"]), "y", "infinite"),
        ("\n".join(["a,b,y", *ROWS, "1,2,inf"]), "y", "infinite"),
        ("\n".join(["a,b,y", *[f"{i},{i % 3},cat" for i in range(20)]]), "y", "one class"),
        ("\n".join(["a,b,y", *ROWS, "1,red,2"]), "y", "'red' is text"),
        ("\n".join(["a,b,y", *ROWS[:9]]), "y", "too few"),
        ("\n".join(["a,b,y", *[f"{i},3,{i * i}" for i in range(20)]]), "y", "equal"),
        ("", "y", "table.csv"),
        ("\n".join(["a,a,y", *ROWS]), "y", "two columns named 'a'"),
        ("\n".join(["a,b,y", *[f"{i}e300,{i % 3},{i * i}" for i in range(20)]]), "y", "another unit"),
        (
            "\n".join(["a,b,y", *[f"{i},{i % 3},{'yes' if i == 14 else 'no'}" for i in range(20)]]),
            "y",
            "one target value",
        ),
    ],
    ids=[
        "no-target",
        "target-missing",
        "nan",
        "inf",
        "inf-target",
        "one-class",
        "text",
        "n<10",
        "constant",
        "empty",
        "twice",
        "huge",
        "train-class",
    ],
)
def test_a_bad_table_is_one_sentence_and_writes_nothing(tmp_path, monkeypatch, text, target, sentence):
    (tmp_path / "table.csv").write_text(text)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["run", "--suite", "uci-mini", "--dataset", f"table.csv:{target}"])
    assert result.exit_code == 2 and sentence in result.stderr, result.stderr
    assert result.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_a_table_of_ones_own_runs(tmp_path):
    (tmp_path / "mine.csv").write_text("\n".join(["a,b,y", *ROWS]))
    result = cvxbench(
        "run",
        "--suite",
        "uci-mini",
        "--dataset",
        "mine.csv:y",
        "--method",
        "rfista",
        "--lambda",
        "0.01",
        "--out",
        "run",
        cwd=tmp_path,
    )
    assert result.returncode == 0, result.stderr
    report = report_of(tmp_path / "run")
    assert [row["dataset"] for row in report["results"]] == ["mine"]


def test_nothing_measured_is_exit_code_4(tmp_path):
    (tmp_path / "more.yaml").write_text(
        "datasets:\n  gone:\n    sources: [{file: absent.csv}]\n    target: y\n    task: regression\n"
        "  away:\n    sources: [{wheel: {name: no-such-wheel-anywhere, version: 0.0.1, sha256: "
        + "a" * 64
        + "}, members: [a.csv]}]\n    target: y\n    task: regression\n"
    )
    line = ["run", "--suite", "uci-mini", "--registry", "more.yaml", "--dataset", "away", "--method", "al"]
    env = {**os.environ, "PIP_NO_INDEX": "1", "CVXBENCH_CACHE": str(tmp_path / "cache")}
    result = cvxbench(*line, "--out", "run", cwd=tmp_path, env=env)
    assert result.returncode == 4 and "Traceback" not in result.stderr
    report = cvxbench("report", "run", "--format", "json", cwd=tmp_path)
    assert json.loads(report.stdout)["cells"]["by_status"]["skipped"] == 3


def test_a_foreign_folder_is_refused(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.tex").write_text("mine")
    result = cvxbench("run", "--suite", "uci-mini", "--out", "thesis", cwd=tmp_path)
    assert result.returncode == 2 and "choose another --out" in result.stderr
    assert [path.name for path in (tmp_path / "thesis").iterdir()] == ["thesis.tex"]
    assert cvxbench("report", "thesis", cwd=tmp_path).returncode == 2
