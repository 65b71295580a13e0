import csv

import pytest

from cvxbench.bench.store import Store
from cvxbench.report import build, kept
from cvxbench.report.preface import preface

HEAD = "dataset,sha256,network,lam,objective,lower_bound,starts,source\n"
SHA = "00" * 32


@pytest.fixture
def keep(tmp_path, monkeypatch):
    """Ships the rows given instead of the package's."""
    folder = tmp_path / "references"
    folder.mkdir()
    monkeypatch.setattr(kept, "shipped", lambda: folder)
    monkeypatch.setattr("cvxbench.report.evidence.shipped", lambda: folder)
    return lambda *rows: (folder / "some.csv").write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")


def of_house(found):
    return next(r for r in found.results if (r.dataset, r.lam, r.method) == ("house", 0.01, "sgd"))


@pytest.mark.parametrize("lam", ["0.01", "0.010000000000000002"])
def test_a_kept_reference_that_no_run_reached_is_what_gaps_are_measured_against(run, keep, lam):
    keep(f"house,{SHA},gated-relu,{lam},0.2,0.19,30,a long run")
    row = of_house(build.report(run))
    assert (row.reference, row.reference_source, row.lower_bound, row.bound) == (0.2, "a long run", 0.19, "searched")
    assert row.relative_gap == pytest.approx(0.5)
    facts = " ".join(preface(build.report(run)).facts)
    assert "the best objective of this run, or of a longer one that is kept (1 of 6), never below" in facts


def test_a_worse_one_changes_no_reference_and_a_better_bound_stands(run, keep):
    before = of_house(build.report(run))
    keep(f"house,{SHA},gated-relu,0.01,0.31,0.29,0,a long run")
    after = of_house(build.report(run))
    assert after.reference == before.reference == 0.3
    assert (after.lower_bound, after.bound) == (0.29, "proven")


def test_a_proven_bound_below_which_a_run_went_is_called_wrong(run, keep):
    keep(f"house,{SHA},gated-relu,0.01,0.35,0.34,0,a long run")
    assert any(warning.startswith("WRONG: on house") for warning in build.report(run).warnings)
    keep(f"house,{SHA},gated-relu,0.01,0.35,0.34,30,a long run")
    assert any(warning.startswith("FALSE CLAIM: on house") for warning in build.report(run).warnings)


@pytest.mark.parametrize(
    "row",
    [
        f"house,{'11' * 32},gated-relu,0.01,0.2,0.19,30,other bytes",
        f"house,{SHA},relu,0.01,0.2,0.19,30,another network",
        f"house,{SHA},gated-relu,0.0100001,0.2,0.19,30,another lambda",
        f"home,{SHA},gated-relu,0.01,0.2,0.19,30,another table",
    ],
)
def test_what_speaks_of_another_problem_is_left_alone(run, keep, row):
    keep(row)
    assert of_house(build.report(run)).reference == 0.3


@pytest.mark.parametrize("option, value", [("seed", 3), ("bias", True), ("centre", True)])
def test_other_splits_and_columns_have_none(run, keep, option, value):
    keep(f"house,{SHA},gated-relu,0.01,0.2,0.19,30,a long run")
    with Store(run) as store:
        store.set_meta("suite", store.meta("suite") | {option: value})
    assert of_house(build.report(run)).reference == 0.3


def test_the_shipped_files_have_finite_rows_whose_bounds_lie_below_their_objectives():
    texts = [path.read_text(encoding="utf-8") for path in kept.shipped().glob("*.csv")]
    rows = [row for text in texts for row in csv.DictReader(text.splitlines())]
    assert len({(row["dataset"], row["network"], float(row["lam"])) for row in rows}) == len(rows) > 0
    for row in rows:
        assert 0.0 <= float(row["lower_bound"]) <= float(row["objective"]) * (1 + 1e-9) <= 1.0
