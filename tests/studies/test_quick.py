"""Each experiment's smoke test, from the command line to its report."""

import json

import pytest
from click.testing import CliRunner

from cvxbench.cli.main import main

EMPTY = {  # what a smoke test has no runs for
    "scaling-law": ["Larger networks", "The last-iterate bound beside what was measured"],
    "landscape": [],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", EMPTY)
def test_the_quick_budget_runs_and_every_part_has_a_result(name, tmp_path):
    run = CliRunner().invoke(main, ["run", "--suite", name, "--budget", "quick", "--out", str(tmp_path / "run")])
    assert run.exit_code == 0, run.output
    shown = CliRunner().invoke(main, ["report", str(tmp_path / "run"), "--format", "json"])
    content = json.loads(shown.output)
    assert content["parts"]["by_status"] == {"missing": 0, "converged": content["parts"]["total"]}
    empty = [sheet["title"].split(",")[0] for sheet in content["sheets"] if not sheet["rows"]]
    assert empty == EMPTY[name] and all(plot["rows"] for plot in content["plots"])
