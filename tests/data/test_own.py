import numpy as np
import pandas as pd
import pytest

from cvxbench.data.own import table_from_file
from cvxbench.data.raw import InputError
from cvxbench.errors import CvxbenchError

NUMBERS = np.arange(12.0)
TEXT = ["a", "b", "c"] * 4


def frame(**columns):
    return pd.DataFrame({"x": NUMBERS**2, "z": NUMBERS[::-1], **columns})


@pytest.fixture
def csv(tmp_path):
    def write(table, **options):
        path = tmp_path / "own.csv"
        table.to_csv(path, index=False, **options)
        return path

    return write


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (TEXT, "multiclass"),
        (["no", "yes"] * 6, "binary"),
        ([0, 1] * 6, "binary"),
        ([-1.0, 1.0] * 6, "binary"),
        ([0, 1, 2] * 4, "regression"),
    ],
)
def test_the_task_follows_from_the_target(csv, values, task):
    table = table_from_file(csv(frame(y=values)))

    assert table.task == task
    assert table.name == "own"
    assert list(table.features.columns) == ["x", "z"]


def test_the_target_is_the_last_column_or_the_one_that_is_named(csv):
    path = csv(frame())

    np.testing.assert_array_equal(table_from_file(path).target, NUMBERS[::-1])
    np.testing.assert_array_equal(table_from_file(path, "x").target, NUMBERS**2)


def test_files_that_declare_their_categories_may_have_them(tmp_path):
    frame(colour=pd.Categorical(TEXT), y=NUMBERS).to_parquet(tmp_path / "own.parquet")
    rows = "\n".join(f"{number},{text},{number}" for number, text in zip(NUMBERS, TEXT, strict=True))
    arff = f"@relation own\n@attribute x numeric\n@attribute colour {{a,b,c}}\n@attribute y numeric\n@data\n{rows}\n"
    (tmp_path / "own.arff").write_text(arff)
    frame(y=NUMBERS).to_excel(tmp_path / "own.xlsx", index=False)

    assert list(table_from_file(tmp_path / "own.parquet").features["colour"].cat.categories) == ["a", "b", "c"]
    assert list(table_from_file(tmp_path / "own.arff").features["colour"]) == TEXT
    np.testing.assert_array_equal(table_from_file(tmp_path / "own.xlsx").target, NUMBERS)


def refused(path, target=None, kind=CvxbenchError):
    with pytest.raises(kind) as caught:
        table_from_file(path, target)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_wrong_is_one_sentence(csv, tmp_path):
    path = csv(frame())
    assert refused(path, "q") == f"file '{path}' has no column 'q' for the target; the columns are x, z"
    assert refused(tmp_path / "no.csv") == f"file '{tmp_path / 'no.csv'}' cannot be read: no such file or directory"
    assert refused(csv(frame(), header=False)).startswith(f"file '{path}': its first line looks like data;")
    assert refused(csv(frame(), sep=";")).startswith("dataset 'own': there is no feature beside the target;")
    assert (
        refused(csv(frame(y=NUMBERS).head(5)), kind=InputError) == "dataset 'own': 5 rows are too few; 10 is the least"
    )


def test_text_features_are_an_error_that_says_how_to_declare_them(csv):
    assert refused(csv(frame(colour=TEXT, y=NUMBERS)), kind=InputError) == (
        "dataset 'own', column 'colour': 'a' is text where a number is due; "
        "put the column under 'categorical' of a datasets.yaml entry"
    )


def test_missing_features_and_targets_are_errors(csv):
    gap = np.where(NUMBERS == 4, np.nan, NUMBERS)

    assert "column 'x': 1 of 12 values are missing" in refused(csv(frame(x=gap, y=NUMBERS)), kind=InputError)
    assert "column 'y': the target is missing in 1 of 12 rows" in refused(csv(frame(y=gap)), kind=InputError)
