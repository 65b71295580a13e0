"""An experiment's run from plan to report, with parts that end in every way; the parts call what is at hand."""

import json

import pytest
from click.testing import CliRunner

from cvxbench import studies
from cvxbench.bench.parts import execute_parts
from cvxbench.bench.records import Part
from cvxbench.bench.run import begun
from cvxbench.cli.main import main
from cvxbench.errors import CvxbenchError
from cvxbench.report import experiment as reports
from cvxbench.report.evidence import read as read_evidence
from cvxbench.studies import experiment
from cvxbench.studies.findings import Comparison, Findings, Plot, Sheet


def parts(budget, seed):
    return (
        Part("one", "builtins:dict", {"x": 1.0, "y": 0.1 + 0.2}),
        Part("wrong", "cvxbench.methods:get", {"name": "no-such"}),
        Part("broken", "builtins:no_such", {}),
        Part("dead", "os:abort", {}),
        Part("two", "builtins:dict", {"x": 2.0, "y": seed or 7.0}),
    )


def findings(parts):
    rows = [{"part": part.key, **part.result} for part in parts if part.result]
    return Findings(
        question="Do they add up?",
        answer=f"{len(rows)} of them.",
        comparisons=(Comparison("they add up", "2", str(len(rows)), "holds", "they were counted"),),
        sheets=(Sheet("Rows <b>", ("part", "y"), "lr", tuple((row["part"], repr(row["y"])) for row in rows)),),
        plots=(Plot("y-against-x", "y against x", "What was found.", rows, x="x", y="y", series="part", log_x=True),),
    )


TOY = experiment.Experiment("toy", "five parts", parts, findings)


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    monkeypatch.setitem(studies.EXPERIMENTS, "toy", f"{__name__}:TOY")
    monkeypatch.setattr(experiment, "get", lambda name: TOY)
    monkeypatch.setattr(reports, "get", lambda name: TOY)


def run(folder, **given):
    told = []
    with begun(folder, experiment.plan(TOY, "quick", **given), threads=1, jobs=2) as store:
        execute_parts(store, folder, 2, told.append)
    return told


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toy") / "run"
    run(folder)
    return folder


def test_every_part_ends_in_a_status_whatever_happens_to_the_others(folder):
    report = reports.read(folder)
    ended = {part.key: part for part in report.results}
    assert list(ended) == ["one", "wrong", "broken", "dead", "two"]
    assert {key: part.status for key, part in ended.items()} == {
        "one": "converged",
        "wrong": "skipped",
        "broken": "crashed",
        "dead": "crashed",
        "two": "converged",
    }
    assert ended["one"].result == {"x": 1.0, "y": 0.1 + 0.2} and ended["one"].contended
    assert "no-such" in ended["wrong"].detail and "SIGABRT" in ended["dead"].detail
    assert "no_such" in (folder / "log.txt").read_text()
    assert reports.exit_code(report) == 3


def test_a_run_goes_on_from_what_is_left_and_refuses_another_plan(folder):
    assert run(folder) == []
    with begun(folder, experiment.plan(TOY, "quick"), 1, 1) as store:
        assert store.retry("skipped") == 1
    assert [part.key for part in run(folder)] == ["wrong"]
    with pytest.raises(CvxbenchError, match="differs in 'seed'"):
        run(folder, seed=3)


def test_a_run_that_has_not_begun_says_what_is_missing(tmp_path):
    with begun(tmp_path / "run", experiment.plan(TOY, "quick"), 1, 1):
        pass
    report = reports.read(tmp_path / "run")
    assert report.parts.by_status == {"missing": 5} and reports.exit_code(report) == 4
    assert reports.preface(report).answer == "So far, with 0 of 5 parts run: 0 of them."


@pytest.mark.parametrize("form", ["terminal", "markdown", "latex", "json", "csv", "html"])
def test_the_report_of_an_experiment_comes_in_every_format(folder, form):
    result = CliRunner().invoke(main, ["report", str(folder), "--format", form])
    assert result.exit_code == 0, result.output
    if form == "json":
        content = json.loads(result.output)
        assert content["parts"] == {"total": 5, "by_status": {"missing": 0, "converged": 2, "crashed": 2, "skipped": 1}}
        assert content["comparisons"][0]["verdict"] == "holds" and content["results"][4]["result"]["y"] == 7.0
    elif form == "csv":
        assert "one,converged,," in result.output and repr(0.1 + 0.2) in result.output
    else:
        assert "Do they add up?" in result.output and "they were counted" in result.output
        assert ("<b>" not in result.output) == (form in ("html", "markdown", "latex"))


def test_figures_of_an_experiment_are_drawn_with_their_numbers(folder, tmp_path):
    result = CliRunner().invoke(main, ["report", str(folder), "--format", "figures", "--output", str(tmp_path / "f")])
    assert result.exit_code == 0, result.output
    assert {path.name for path in (tmp_path / "f").iterdir()} == {
        "y-against-x.csv",
        *(f"y-against-x-all.{form}" for form in ("svg", "png", "pdf")),
    }
    assert (tmp_path / "f" / "y-against-x.csv").read_text().splitlines()[1] == f"one,1.0,{0.1 + 0.2!r}"


def test_what_only_suites_have_is_refused(folder, tmp_path):
    invoke = CliRunner().invoke
    assert "without solve rates" in invoke(main, ["report", str(folder), "--tol", "0.1"]).output
    with pytest.raises(CvxbenchError, match="has no cells"):
        read_evidence(folder)
    result = invoke(main, ["run", "--suite", "toy", "--method", "adam", "--out", str(tmp_path / "run")])
    assert (
        result.exit_code == 2
        and "--method does not go with an experiment" in result.output
        and not (tmp_path / "run").exists()
    )


def test_the_command_runs_and_reports_it(tmp_path):
    result = CliRunner().invoke(main, ["run", "--suite", "toy", "--budget", "quick", "--out", str(tmp_path / "run")])
    assert result.exit_code == 3 and "2 of them." in result.output
    shown = CliRunner().invoke(main, ["suites", "show", "toy"])
    assert json.loads(shown.output)["parts"]["one"]["function"] == "builtins:dict"
