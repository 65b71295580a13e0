import numpy as np
import pandas as pd
import pytest
import torch
from click.testing import CliRunner
from torch import nn

from cvxbench.cli.certify import certify

NAMES = (
    """@relation names
@attribute a {red, blue}
@attribute b numeric
@attribute label {yes, no}
@data
"""
    + "red,1,yes\nblue,2,no\n" * 10
)


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    frame = pd.DataFrame(X, columns=["a", "b"]).assign(label=np.where(X[:, 0] + X[:, 1] > 0, "yes", "no"))
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.assign(a=[None, *frame["a"][1:]]).to_csv(tmp_path / "gap.csv", index=False)
    frame.assign(label=X[:, 0] * 1.5).to_csv(tmp_path / "regression.csv", index=False)
    (tmp_path / "names.arff").write_text(NAMES)
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1), nn.Sigmoid())
    with torch.no_grad():  # relu(a + b) − relu(−a − b) = a + b
        for parameter, value in zip(model.parameters(), ([[1, 1], [-1, -1]], [0, 0], [[1, -1]], [0]), strict=True):
            parameter.copy_(torch.tensor(value, dtype=torch.float32))
    torch.save(model, tmp_path / "m.pt")
    return tmp_path


def run(files, *options, data="t.csv"):
    return CliRunner().invoke(certify, [str(files / "m.pt"), "--data", str(files / data), *options])


def test_what_is_certified_is_what_is_known_of_a_plane(files):
    frame = pd.read_csv(files / "t.csv")
    sums = np.abs(frame["a"] + frame["b"])
    result = run(files, "--epsilon", "0.2", "--output", str(files / "out.csv"))
    assert result.exit_code == 0
    expected = int((sums > 0.4).sum())
    assert (
        f"Certified accuracy {100 * expected / 60:.1f} % ({expected}/60) at epsilon 0.2; accuracy 100.0 % (60/60)"
        in (result.output)
    )
    lines = pd.read_csv(files / "out.csv")
    refuted = lines[lines["verdict"] == "counterexample"]
    assert len(refuted) == 60 - expected > 0
    assert np.all((refuted["a"] + refuted["b"] > 0) == (refuted["becomes"] == "yes"))
    assert np.all(refuted["becomes"] != refuted["class"])
    assert np.all((refuted[["a", "b"]] - frame.loc[refuted["row"], ["a", "b"]]).abs() <= 0.2 + 1e-12)


def test_epsilon_in_standard_deviations_and_fewer_rows(files):
    frame = pd.read_csv(files / "t.csv")
    reach = 0.1 * frame[["a", "b"]].std(ddof=0).sum()
    expected = int((np.abs(frame["a"] + frame["b"])[:20] > reach).sum())
    result = run(files, "--epsilon", "0.1", "--relative", "--rows", "20")
    assert f"({expected}/20) at epsilon 0.1 standard deviations" in result.output


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("gap.csv:label", "values are missing"),
        ("names.arff:label", "column 'a': certify takes numbers without gaps"),
        ("regression.csv", "is a regression; certify is for classes"),
        ("t.csv:absent", "has no column 'absent'"),
    ],
)
def test_tables_that_cannot_be_certified_are_refused(files, data, sentence):
    result = run(files, "--epsilon", "0.1", data=data)
    assert result.exit_code == 2 and sentence in result.output and "Traceback" not in result.output
    assert result.output.count("\n") == 1


def test_wrong_use_is_one_sentence_and_writes_nothing(files):
    result = run(files, "--epsilon", "0")
    assert result.exit_code == 2 and "'0' is not a finite number above 0" in result.output
    torch.save({"weights": torch.ones(2)}, files / "m.pt")
    result = run(files, "--epsilon", "0.1", "--output", str(files / "out.csv"))
    assert result.exit_code == 2 and "without its layers" in result.output
    assert not (files / "out.csv").exists()
