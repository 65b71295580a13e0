from click.testing import CliRunner

from cvxbench.bench.suite import names
from cvxbench.cli.main import main
from cvxbench.report.reproduce import REPRODUCTIONS, uci_solve_rate
from cvxbench.studies import EXPERIMENTS


def test_every_reproduction_is_listed_and_has_something_to_run():
    listed = CliRunner().invoke(main, ["reproduce"]).output
    for one in REPRODUCTIONS:
        assert one.name in listed
        assert one.suite in EXPERIMENTS or one.suite in names()


def test_an_unknown_table_is_refused_with_the_closest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["reproduce", "uci-solve-rates"])
    assert result.exit_code == 2 and "did you mean 'uci-solve-rate'" in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_quick_one_runs_resumes_and_prints_its_verdicts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = CliRunner().invoke(main, ["reproduce", "lasso-1d", "--out", str(tmp_path / "run")])
    again = CliRunner().invoke(main, ["reproduce", "lasso-1d", "--out", str(tmp_path / "run")])
    assert first.exit_code == again.exit_code == 0
    assert "does not hold" in again.output and "1.5e-08" in again.output


def test_solve_rates_are_compared_by_the_published_rule_and_by_ours(tmp_path):
    suite = tmp_path / "two.yaml"
    networks = "{gated-relu: [ssn, adam]}"
    suite.write_text(
        f"description: two\ndatasets: [iris]\nlambdas: [0.1, 0.0001]\nnetworks: {networks}\nbudget: quick\n"
    )
    result = CliRunner().invoke(main, ["run", "--suite", str(suite), "--out", str(tmp_path / "run")])
    assert result.exit_code == 0, result.output
    claims = uci_solve_rate(tmp_path / "run")
    assert len(claims) == 2 * 3
    near = [claim for claim in claims if "within 10 %" in claim.claim]
    by_paper = next(claim for claim in near if claim.claim.endswith("the paper's rule"))
    by_us = next(claim for claim in near if claim.claim.endswith("our rule"))
    assert "ssn 1/1" in by_paper.measured and "ssn 2/2" in by_us.measured
