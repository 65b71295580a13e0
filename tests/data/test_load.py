import hashlib

import numpy as np
import pandas as pd
import pytest

from cvxbench.data.load import load_table
from cvxbench.data.raw import ContentError, InputError
from cvxbench.data.schema import Dataset
from cvxbench.errors import SourceError

ROWS = 20
GOOD = pd.DataFrame(
    {
        "size": np.arange(ROWS) / 4,
        "colour": ["red", "green", "blue", "green"] * (ROWS // 4),
        "code": [1, 2] * (ROWS // 2),
        "y": ["yes", "no"] * (ROWS // 2),
    }
)


@pytest.fixture
def dataset(tmp_path):
    def make(frame=GOOD, **fields):
        path = tmp_path / "t.csv"
        frame.to_csv(path, index=False)
        said = {"target": "y", "task": "binary", "categorical": ["colour"]} | fields
        return Dataset.model_validate({"name": "mine", "sources": [{"file": path}], **said})

    return make


def refused(dataset, kind=InputError):
    with pytest.raises(kind) as caught:
        load_table(dataset)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def with_cell(column, value, row=3):
    frame = GOOD.astype(object)
    frame.loc[row, column] = value
    return frame


def test_a_table_has_typed_columns_and_labels(dataset):
    table = load_table(dataset(categorical=["colour", 2], n=ROWS, columns=3, d=5, classes=2))

    assert list(table.features.columns) == ["size", "colour", "code"]
    assert table.features["size"].dtype == float
    assert list(table.features["colour"].cat.categories) == ["blue", "green", "red"]
    assert list(table.features["code"].cat.categories) == ["1", "2"]
    np.testing.assert_array_equal(table.target, GOOD["y"])
    assert table.target.dtype.kind == "U"
    assert (table.name, table.task) == ("mine", "binary")


def test_the_hash_is_of_the_files_bytes(dataset, tmp_path):
    table = load_table(dataset())

    assert table.sha256 == hashlib.sha256((tmp_path / "t.csv").read_bytes()).hexdigest()
    assert table.origin == f"file '{tmp_path / 't.csv'}'"


def test_columns_by_position_and_all_categorical(dataset):
    table = load_table(dataset(target=-1, drop=[0, "code"], categorical="all"))

    assert list(table.features.columns) == ["colour"]


def test_a_regression_has_a_numeric_target(dataset):
    table = load_table(dataset(target="size", task="regression", categorical=["colour", "y"]))

    np.testing.assert_array_equal(table.target, GOOD["size"])
    assert table.target.dtype == float


def test_numbers_as_classes_lose_their_decimal_point(dataset):
    assert set(load_table(dataset(target="code", categorical=["colour", "y"])).target) == {"1", "2"}


@pytest.mark.parametrize("value", ["", "?", "NA", "<null>"])
def test_missing_cells_are_nan_where_the_entry_allows_them(dataset, value):
    table = load_table(dataset(with_cell("size", value), missing="impute"))

    assert np.flatnonzero(table.features["size"].isna()).tolist() == [3]


DIFFERENT = [
    ({"n": 21}, "n is 20 where 21 is due"),
    ({"columns": 4}, "columns is 3 where 4 is due"),
    ({"d": 4}, "d is 5 where 4 is due"),
    ({"classes": 3}, "classes is 2 where 3 is due"),
    ({"n": 21, "d": 4}, "n is 20 where 21 is due, d is 5 where 4 is due"),
]


@pytest.mark.parametrize(("fields", "reason"), DIFFERENT)
def test_what_the_entry_says_is_checked(dataset, fields, reason):
    assert refused(dataset(**fields), ContentError).endswith(f": {reason}")


def test_the_hash_of_a_source_is_checked(dataset, tmp_path):
    wrong = dataset()
    path = tmp_path / "t.csv"
    wrong = Dataset.model_validate(wrong.model_dump() | {"sources": [{"file": path, "sha256": "0" * 64}]})

    got = hashlib.sha256(path.read_bytes()).hexdigest()
    expected = f"dataset 'mine': file '{path}' has sha256 {got} where {'0' * 64} is due"
    assert refused(wrong, ContentError) == expected


def test_sources_are_tried_in_order(dataset, tmp_path):
    good = dataset()
    sources = [{"file": tmp_path / "absent.csv"}, {"file": tmp_path / "t.csv"}]

    assert len(load_table(Dataset.model_validate(good.model_dump() | {"sources": sources})).target) == ROWS


def test_when_all_sources_fail_each_reason_is_said(tmp_path):
    sources = [{"file": tmp_path / "a.csv"}, {"file": tmp_path / "b.csv"}]
    both = Dataset.model_validate({"name": "mine", "sources": sources, "target": 0, "task": "binary"})

    sentence = refused(both, SourceError)

    reasons = [f"file '{tmp_path / name}' cannot be read: no such file or directory" for name in ("a.csv", "b.csv")]
    assert sentence == "dataset 'mine': " + "; and ".join(reasons)


BAD = [
    (GOOD, {"target": "z"}, ": there is no column 'z', which 'target' names; the columns are size, colour, code, y"),
    (GOOD, {"target": 4}, ": there is no column 4, which 'target' names; the columns are size, colour, code, y"),
    (GOOD, {"drop": ["z"]}, ": there is no column 'z', which 'drop' names; the columns are size, colour, code, y"),
    (GOOD, {"categorical": ["z"]}, ": there is no column 'z', which 'categorical' names; the columns are size"),
    (with_cell("y", ""), {}, ", column 'y': the target is missing in 1 of 20 rows; remove them"),
    (
        with_cell("size", "inf"),
        {"target": "size", "task": "regression", "categorical": ["colour", "y"]},
        ", column 'size': the target is infinite in some rows; remove them",
    ),
    (
        with_cell("size", "-inf"),
        {},
        ", column 'size': some values are infinite; mark them as missing or remove these rows",
    ),
    (
        with_cell("size", ""),
        {},
        ", column 'size': 1 of 20 values are missing; set 'missing' to impute, or remove these rows",
    ),
    (
        GOOD,
        {"categorical": []},
        ", column 'colour': 'red' is text where a number is due; put the column under 'categorical' of a ",
    ),
    (with_cell("size", "1,5"), {}, ", column 'size': '1,5' is text where a number is due; put the column under"),
    (GOOD.assign(y="yes"), {}, ", column 'y': the target has one class only, so there is nothing to learn"),
    (GOOD.head(9), {}, ": 9 rows are too few; 10 is the least"),
    (GOOD.assign(code=7), {}, ", column 'code': all its values are equal; put it under 'drop'"),
    (
        GOOD,
        {"target": "colour", "categorical": ["y"]},
        ", column 'colour': the target has 3 classes where a binary task has 2; set 'task' to multiclass",
    ),
    (GOOD, {"task": "multiclass"}, ", column 'y': the target has 2 classes; set 'task' to binary"),
    (GOOD, {"task": "regression"}, ", column 'y': the target of a regression must be numbers; set 'task' to binary"),
    (
        GOOD.assign(size=1.5),
        {"target": "size", "task": "regression", "categorical": ["colour", "y"]},
        ", column 'size': the target has one value only, so there is nothing to learn",
    ),
    (GOOD[["y"]], {"categorical": []}, ": there is no feature beside the target; name the right target"),
]


@pytest.mark.parametrize(("frame", "fields", "sentence"), BAD, ids=[str(i) for i in range(len(BAD))])
def test_bad_input_is_one_sentence_that_says_what_to_do(dataset, frame, fields, sentence):
    assert refused(dataset(frame, **fields)).startswith("dataset 'mine'" + sentence)


def test_bad_input_from_the_registrys_own_sources_lets_a_run_go_on():
    wrong = Dataset.model_validate(
        {"name": "iris", "sources": [{"sklearn": "load_iris"}], "target": "target", "task": "binary"}
    )

    refused(wrong, SourceError)
