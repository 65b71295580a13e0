"""From bytes to columns: CSV, white space, KEEL, ARFF, workbooks, Parquet and NumPy's archives."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zipfile
from collections.abc import Sequence
from functools import partial

import arff
import numpy as np
import pandas as pd

from cvxbench.data.schema import Format, Reading, WheelSource
from cvxbench.errors import SourceError

LARGEST = 2**31  # bytes of a file once it is unpacked
MISSING = ("", "?", "NA", "N/A", "NaN", "nan", "null", "<null>")
SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".data": "csv",
    ".txt": "csv",
    ".arff": "arff",
    ".xlsx": "xlsx",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".npz": "npz",
}
ATTRIBUTE = re.compile(r"@attribute\s+('[^']*'|\"[^\"]*\"|[^\s{]+)\s*(\{.*\}|\w+)", re.IGNORECASE)


def frame(contents: Sequence[bytes], reading: Reading, suffix: str, what: str) -> pd.DataFrame:
    """Read one table out of the bytes of one or several files with the same columns.

    Parameters
    ----------
    contents : sequence of bytes
        The files, in the order of their rows.
    reading : Reading
    suffix : str
        Of the file's name; it tells the format where `reading` does not.
    what : str
        Names the file in errors.

    Returns
    -------
    DataFrame, n rows
        Column names are strings. Columns are float64 where every value is a number, `category` where the file itself
        says that values are names, and strings otherwise; missing cells are NaN.

    Raises
    ------
    SourceError
        If the bytes are not of that format, or a kept column or row does not exist.
    """
    format = reading.format or SUFFIXES.get(suffix.lower())
    if format is None:
        raise SourceError(
            f"{what}: '{suffix}' does not tell its format; use the field 'format' of a datasets.yaml entry"
        )
    try:
        parts = [_part(content, reading, format) for content in contents]
    except ImportError as error:
        raise SourceError(f"{what} is Parquet and needs pyarrow: pip install cvxbench[parquet]") from error
    except Exception as error:  # parsers raise anything at all where the bytes are not what they should be
        raise SourceError(f"{what} cannot be read as {format}: {_reason(error)}") from error
    table = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    names = [str(name).strip() for name in table.columns]
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise SourceError(f"{what} has two columns named '{double}'; rename one")
    table.columns = pd.Index(names)
    table = _chosen(table, reading, what)
    typed = pd.DataFrame({name: _column(column, reading) for name, column in table.items()})
    return typed.dropna(ignore_index=True) if reading.complete else typed


def _reason(error: Exception) -> str:
    try:
        return " ".join(str(error).split()) or type(error).__name__
    except (TypeError, ValueError):  # liac-arff formats its sentence with a line of the file in it
        return type(error).__name__


def _part(content: bytes, reading: Reading, format: Format) -> pd.DataFrame:
    if format == "xlsx":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_bomb(archive.infolist())
        sheet = partial(pd.read_excel, io.BytesIO(content), sheet_name=reading.sheet, engine="openpyxl")
        if _must_differ(reading):
            _refuse_doubles(sheet(header=None, skiprows=reading.header, nrows=1))
        return sheet(header=reading.header, na_values=list(MISSING))
    if format == "parquet":
        return pd.read_parquet(io.BytesIO(content), engine="pyarrow")
    if format == "npz":
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return pd.DataFrame({name: arrays[name] for name in arrays.files})
    text = _text(content)
    if format == "keel":
        return _keel(text)
    if format == "arff":
        return _arff(text)
    return _separated(text, reading, sep=r"\s+" if format == "ws" else reading.sep)


def member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return the bytes of a member of an archive; raise a ValueError if they are more than `LARGEST`."""
    _refuse_bomb([archive.getinfo(name)])
    return archive.read(name)


def _refuse_bomb(members: Sequence[zipfile.ZipInfo]) -> None:
    if sum(info.file_size for info in members) > LARGEST:  # `zipfile` reads no more than a member says it has
        raise ValueError(f"it unpacks to more than {LARGEST:,} bytes")


def _text(content: bytes) -> str:
    if content[:2] == b"\x1f\x8b":
        with gzip.open(io.BytesIO(content)) as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ValueError(f"it unpacks to more than {LARGEST:,} bytes")
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _separated(text: str, reading: Reading, sep: str) -> pd.DataFrame:
    read = partial(pd.read_csv, sep=sep, dtype=str, keep_default_na=False, skipinitialspace=True)
    if _must_differ(reading):
        _refuse_doubles(read(io.StringIO(text), header=None, skiprows=reading.header, nrows=1))
    table = read(io.StringIO(text), header=reading.header)
    if not isinstance(table.index, pd.RangeIndex):  # pandas would take the first column for row names
        raise ValueError("its rows have more values than its header has names")
    return table


def _must_differ(reading: Reading) -> bool:
    """Return whether the names are checked: those of a pinned file are known, and pandas tells its doubles apart."""
    return reading.header is not None and not isinstance(reading, WheelSource)


def _refuse_doubles(head: pd.DataFrame) -> None:
    """Refuse a line of names that says one twice, which pandas would silently rename."""
    names = [str(name).strip() for name in head.iloc[0] if not pd.isna(name) and str(name).strip()]
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise ValueError(f"it has two columns named '{double}'; rename one")


def _keel(text: str) -> pd.DataFrame:
    """Read a KEEL file: ARFF but for ranges after the types, `@inputs`, `@outputs` and sloppy nominals."""
    head, *bodies = re.split("(?im)^@data", text, maxsplit=1)
    if not bodies:
        raise ValueError("it has no line '@data'")
    attributes = ATTRIBUTE.findall(head)
    rows = [[cell.strip() for cell in line.split(",")] for line in bodies[0].splitlines() if line.strip()]
    wrong = next((row for row in rows if len(row) != len(attributes)), None)
    if wrong is not None:
        raise ValueError(f"a row has {len(wrong)} values where {len(attributes)} attributes are declared")
    table = pd.DataFrame(rows, columns=[name.strip("'\"") for name, _ in attributes], dtype=object)
    return _nominal(table, [kind.startswith("{") for _, kind in attributes])


def _arff(text: str) -> pd.DataFrame:
    content = arff.loads(text)
    table = pd.DataFrame(content["data"], columns=[name for name, _ in content["attributes"]], dtype=object)
    return _nominal(table, [isinstance(kind, list) for _, kind in content["attributes"]])


def _nominal(table: pd.DataFrame, named: list[bool]) -> pd.DataFrame:
    for position, name in enumerate(table.columns):
        if named[position]:
            column = table[name].mask(table[name].isin(MISSING))
            table[name] = column.astype("category")
    return table


def _chosen(table: pd.DataFrame, reading: Reading, what: str) -> pd.DataFrame:
    """Keep the rows and columns that are asked for."""
    for name, value in reading.rows.items():
        if name not in table:
            raise SourceError(f"{what} has no column '{name}' to choose rows by")
        wanted = (table[name].astype(str).str.strip() == value).to_numpy()
        table = table.loc[wanted].drop(columns=name).reset_index(drop=True)
    if not reading.usecols:
        return table
    names = list(table.columns)
    unknown = next((at for at in reading.usecols if at not in names and at not in range(len(names))), None)
    if unknown is not None:
        raise SourceError(f"{what} has no column {unknown!r}, which 'usecols' names")
    return table.loc[:, [names[at] if isinstance(at, int) else at for at in reading.usecols]]


def _column(column: pd.Series, reading: Reading) -> pd.Series:
    """Turn a column into float64 if every value is a number."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column
    if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
        return column.astype(float)
    values = column.astype(object).where(column.notna(), None)
    texts = [None if value is None else str(value).strip() for value in values]
    texts = [None if text is None or text in MISSING else text for text in texts]
    try:
        return pd.Series([np.nan if text is None else _number(text, reading) for text in texts], dtype=float)
    except ValueError:
        return pd.Series([np.nan if text is None else text for text in texts], dtype=object)


def _number(text: str, reading: Reading) -> float:
    if reading.thousands:
        text = text.replace(reading.thousands, "")
    if reading.decimal != ".":
        text = text.replace(reading.decimal, ".")
    if "_" in text:
        raise ValueError("a digit separator of Python is no number in a table")
    return float(text)
