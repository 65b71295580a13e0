"""The example package, installed as a third party's is, through docs/gate.md's commands and action.yml's steps."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from cvxbench import train_convex
from cvxbench.bench import suite as suites
from cvxbench.bench.referee import Clock, RefereeWatch, score
from cvxbench.networks.problem import Problem

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "proximal-gradient"


@pytest.fixture
def method(monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLE))
    from proximal_gradient import METHOD

    return METHOD


def test_the_example_reaches_the_optimum_that_ssn_proves(method):
    rng = np.random.default_rng(0)
    X, gates = rng.standard_normal((40, 5)), rng.standard_normal((5, 8))
    y = np.sign(rng.standard_normal(40))
    problem = Problem(X, y[:, None], 0.02, "gated-relu", gates)
    watch = RefereeWatch(problem, Clock(60.0))
    budget = suites.budgets()["quick"]
    (outcome,) = method.train(problem, [None], budget, [watch])
    best = train_convex(X, y, network="gated-relu", lam=0.02, gates=gates, tol=1e-9)
    assert score(problem, outcome.network) == pytest.approx(best.objective, rel=1e-4)
    assert score(problem, outcome.network) >= best.lower_bound * (1 - 1e-12)


def action():
    return yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


def test_every_input_of_the_action_is_used_and_every_used_one_is_declared():
    content = action()
    assert set(re.findall(r"\${{ inputs\.([a-z-]+) }}", str(content["runs"]))) == set(content["inputs"])


@pytest.mark.slow
def test_the_page_gates_the_example_with_the_action(tmp_path):
    site = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(EXAMPLE)]
    subprocess.run(install, check=True, timeout=300)
    steps = {step["name"]: step["run"] for step in action()["runs"]["steps"] if "name" in step}
    page = (ROOT / "docs" / "gate.md").read_text(encoding="utf-8")
    (commands,) = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    options = re.search(r"options: (.*)", page).group(1)
    assert all(word in commands for word in shlex.split(options))
    env = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(site),
        "SUITE": "uci-mini",
        "OPTIONS": f"{options} --dataset iris",
        "BASELINE": "baseline.json",
        "TIME_FACTOR": "",
    }

    def bash(script):
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            timeout=600,
        )

    made = bash(commands.replace("--suite uci-mini", "--suite uci-mini --dataset iris"))
    assert made.returncode == 0, made.stderr
    assert bash(steps["run"]).returncode == 0
    checked = bash(steps["check"])
    assert checked.returncode == 0 and "No regression: 6 cells of 6" in checked.stdout, checked.stderr
    out = tmp_path / "cvxbench-out"
    assert "proximal-gradient" in (out / "report.md").read_text(encoding="utf-8") and (out / "junit.xml").is_file()
