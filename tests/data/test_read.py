import gzip
import io
import sys

import numpy as np
import pandas as pd
import pytest

from cvxbench.data import read
from cvxbench.data.schema import Reading
from cvxbench.errors import SourceError

KEEL = b"""@relation tiny
@attribute Size real [0.0,1.0]
@attribute 'Leg count' {0, 2, 4}
@attribute Colour {red,green}
@attribute Class{yes, no}
@inputs Size, 'Leg count', Colour
@outputs Class
@data
0.5, 4, red, yes
<null>, 2, green, no
1.0,0,<null>,no
"""
ARFF = b"""% a comment
@relation tiny
@attribute size numeric
@attribute colour {red, 'dark green'}
@attribute class {yes,no}
@data
1.5,red,yes
?,'dark green',no
"""


def frame(content, suffix=".csv", **options):
    contents = content if isinstance(content, list) else [content]
    return read.frame(contents, Reading(**options), suffix=suffix, what="file 'x'")


def refused(content, suffix=".csv", **options):
    with pytest.raises(SourceError) as caught:
        frame(content, suffix, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_keel_types_tell_which_columns_are_names():
    table = frame(KEEL, ".dat", format="keel")

    assert list(table.columns) == ["Size", "Leg count", "Colour", "Class"]
    np.testing.assert_array_equal(table["Size"], [0.5, np.nan, 1.0])
    assert [isinstance(dtype, pd.CategoricalDtype) for dtype in table.dtypes] == [False, True, True, True]
    assert table["Leg count"].tolist() == ["4", "2", "0"]
    assert table["Colour"].isna().tolist() == [False, False, True]


def test_arff_types_tell_which_columns_are_names():
    table = frame(ARFF, ".arff")

    np.testing.assert_array_equal(table["size"], [1.5, np.nan])
    assert table["colour"].tolist() == ["red", "dark green"]
    assert isinstance(table["colour"].dtype, pd.CategoricalDtype)


def test_white_space_without_a_header():
    table = frame(b"  1.0  2 a\n3 \t 4 b\n", ".data", format="ws", header=None)

    assert list(table.columns) == ["0", "1", "2"]
    assert table["0"].tolist() == [1.0, 3.0]
    assert table["2"].tolist() == ["a", "b"]


def test_semicolons_decimal_commas_and_thousands():
    table = frame(b"a;b\n1,5;1.000,25\n-2e1;3\n", sep=";", decimal=",", thousands=".")

    assert table["a"].tolist() == [1.5, -20.0]
    assert table["b"].tolist() == [1000.25, 3.0]


@pytest.mark.parametrize("token", ["?", "", "NA", "<null>", "NaN", " ? "])
def test_missing_tokens(token):
    table = frame(f"a,b\n1,{token}\n2,3\n".encode())

    np.testing.assert_array_equal(table["b"], [np.nan, 3.0])


def test_missing_tokens_in_text():
    assert frame(b"a,b\n1,?\n2,x\n")["b"].isna().tolist() == [True, False]


def test_numbers_keep_all_their_digits():
    assert frame(b"a,b\n0.1234567890123456789,1\n2,2\n")["a"][0] == 0.1234567890123456789


def test_a_python_digit_separator_is_text():
    assert frame(b"a,b\n1_0,1\n2_0,2\n")["a"].tolist() == ["1_0", "2_0"]


def test_a_workbook_by_sheet_header_and_columns():
    buffer = io.BytesIO()
    with pd.ExcelWriter(buffer, engine="openpyxl") as writer:
        pd.DataFrame({"z": [1]}).to_excel(writer, sheet_name="first", index=False)
        pd.DataFrame([["title", None, None], ["a", "b", "c"], [1, "x", 2], [None, "y", 3]]).to_excel(
            writer, sheet_name="second", index=False, header=False
        )

    table = frame(buffer.getvalue(), ".xlsx", sheet="second", header=1, usecols=[0, "b"])

    assert list(table.columns) == ["a", "b"]
    np.testing.assert_array_equal(table["a"], [1.0, np.nan])
    assert table["b"].tolist() == ["x", "y"]


def test_parquet_keeps_categories(tmp_path):
    pd.DataFrame({"a": [1, 2], "b": pd.Categorical(["x", "y"]), "c": ["u", None]}).to_parquet(tmp_path / "t.parquet")

    table = frame((tmp_path / "t.parquet").read_bytes(), ".parquet")

    assert table["a"].dtype == float
    assert isinstance(table["b"].dtype, pd.CategoricalDtype)
    assert table["c"].isna().tolist() == [False, True]


def test_parquet_without_pyarrow_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    assert refused(b"PAR1", ".parquet") == "file 'x' is Parquet and needs pyarrow: pip install cvxbench[parquet]"


def test_gzip_byte_order_mark_and_latin_1():
    assert list(frame(gzip.compress(b"a,b\n1,2\n"))) == ["a", "b"]
    assert list(frame(b"\xef\xbb\xbfa,b\n1,2\n")) == ["a", "b"]
    assert list(frame("é,b\n1,2\n".encode("latin-1"))) == ["é", "b"]


def test_several_files_are_one_table():
    table = frame([b"1 2\n", b"3 4\n5 6\n"], ".dat", format="ws", header=None)

    assert table["0"].tolist() == [1.0, 3.0, 5.0]
    assert table.index.tolist() == [0, 1, 2]


def test_rows_can_be_chosen_and_must_be_complete():
    content = b"site,a,b\nRome,1,2\nOslo,3,4\nRome,5,\n"

    assert frame(content, rows={"site": "Rome"}).shape == (2, 2)
    assert frame(content, rows={"site": "Rome"}, complete=True)["a"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("content", "suffix", "options", "sentence"),
    [
        (
            b"a,b\n1,2,3\n",
            ".csv",
            {},
            "file 'x' cannot be read as csv: its rows have more values than its header has names",
        ),
        (b"a,b\n1,2\n1,2,3\n", ".csv", {}, "file 'x' cannot be read as csv: "),
        (b"", ".csv", {}, "file 'x' cannot be read as csv: No columns to parse from file"),
        (b"a,a \n1,2\n", ".csv", {}, "file 'x' cannot be read as csv: it has two columns named 'a'; rename one"),
        (b"zip", ".xlsx", {}, "file 'x' cannot be read as xlsx: "),
        (b"PAR1", ".parquet", {}, "file 'x' cannot be read as parquet: "),
        (b"@relation x\n", ".dat", {"format": "keel"}, "file 'x' cannot be read as keel: it has no line '@data'"),
        (
            KEEL + b"1,2\n",
            ".dat",
            {"format": "keel"},
            "file 'x' cannot be read as keel: a row has 2 values where 4 attributes are declared",
        ),
        (b"@relation x\n1,2\n", ".arff", {}, "file 'x' cannot be read as arff: "),
        (
            b"a,b\n1,2\n",
            ".doc",
            {},
            "file 'x': '.doc' does not tell its format; use the field 'format' of a datasets.yaml",
        ),
        (b"a,b\n1,2\n", ".csv", {"rows": {"c": "1"}}, "file 'x' has no column 'c' to choose rows by"),
        (b"a,b\n1,2\n", ".csv", {"usecols": ["c"]}, "file 'x' has no column 'c', which 'usecols' names"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(content, suffix, options, sentence):
    assert refused(content, suffix, **options).startswith(sentence)
