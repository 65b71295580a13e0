import subprocess
import sys
from pathlib import Path

import pytest

from cvxbench.cli.main import main
from cvxbench.cli.reference import verbs

ROOT = Path(__file__).parents[2]


def test_the_reference_is_what_the_commands_say():
    # in a process of its own, as it is written: click keeps the help option of the first context that a command ran in
    line = [sys.executable, "-m", "cvxbench.cli.reference"]
    page = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    assert (ROOT / "docs" / "cli.md").read_text() == page, "run: python -m cvxbench.cli.reference > docs/cli.md"


@pytest.mark.parametrize(
    ("path", "command"),
    list(verbs(main, ("cvxbench",))),
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_every_verb_has_an_example_of_itself(path, command):
    assert f"Example: {' '.join(path)}" in " ".join(command.help.split())


def test_help_imports_nothing_heavy():
    code = "import sys; from cvxbench.cli.reference import page; page(); print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "pandas", "torch", "cvxpy", "scipy", "sklearn", "pydantic", "openml"} & set(loaded)
