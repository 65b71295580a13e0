from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold

from cvxbench.bench.records import Part
from cvxbench.data.load import load_table
from cvxbench.data.prepare import folds, prepare, split
from cvxbench.data.registry import load
from cvxbench.data.table import Table
from cvxbench.errors import CvxbenchError
from cvxbench.studies import cv_accuracy as cv


@pytest.fixture(scope="module")
def ecoli():
    return load().datasets["ecoli"]


def test_folds_are_of_the_training_rows_alone(ecoli):
    table = load_table(ecoli)
    found = folds(table, 5)
    _, train = split(len(table.target), 1995)
    assert sum(len(fold.Y_test) for fold in found) == len(train)
    first, fold = next(KFold(5, shuffle=True, random_state=1995).split(train))
    classes = prepare(table).classes
    assert np.array_equal(np.array(classes)[found[0].Y_test.argmax(axis=1)], table.target[train[fold]])
    assert found[0].X_train.shape[0] == len(first) and np.allclose(np.linalg.norm(found[0].X_train, axis=0), 1.0)


def test_published_figures_are_whole_rows_of_a_fold(ecoli):
    sizes = {len(fold.Y_test) for fold in folds(load_table(ecoli), 5)}
    possible = {round(100 * right / size, 1) for size in sizes for right in range(size + 1)}
    assert set(cv.PUBLISHED["ecoli"]) <= possible


@pytest.mark.parametrize("model", ["convex gated-relu", "adam relu"])
def test_a_model_is_cross_validated_as_its_setting_says(ecoli, model):
    found = cv.cross_validate(ecoli.model_dump_json(), ecoli.name, model, "quick", 0)
    assert len(found["folds"]) == 5 and found["median"] == np.median(found["folds"]) > 0.6
    assert found["lam"] in cv.SPENDS["quick"].lams and (found["step"] is None) == model.startswith("convex")


def test_tables_that_cannot_be_had_are_named():
    with pytest.raises(CvxbenchError, match="'magic' is not in the registry"):
        cv.cross_validate(None, "magic", "adam relu", "quick", 0)
    parts = [
        Part(f"magic: {model}", "", {"name": "magic", "model": model}, "skipped", "not here") for model in cv.MODELS
    ] + [
        Part(f"car: {model}", "", {"name": "car", "model": model}, "converged", result={"median": 0.9 + place / 100})
        for place, model in enumerate(cv.MODELS)
    ]
    found = cv.findings(parts)
    assert "sgd relu" in found.answer and any("magic" in fact for fact in found.facts)
    assert len(found.comparisons) == 4 and len(cv.PUBLISHED) == 20


def test_rings_become_the_published_classes_and_other_numbers_are_refused():
    rings = Table(
        "abalone", pd.DataFrame({"length": range(5)}), np.array([1.0, 8.0, 9.0, 10.0, 11.0]), "regression", "", ""
    )
    table = cv.classified(rings)
    assert table.task == "multiclass" and table.target.tolist() == ["0", "0", "1", "1", "2"]
    assert cv.classified(table) is table
    with pytest.raises(CvxbenchError, match="'yacht' has numbers for its target"):
        cv.classified(replace(rings, name="yacht"))


def test_the_plan_covers_all_twenty_tables():
    assert {part.options["name"] for part in cv.parts("standard", None)} == set(cv.PUBLISHED)
