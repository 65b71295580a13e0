"""What a source gives: all columns of a dataset as read, and the hash of the bytes they were read from."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cvxbench.errors import CvxbenchError, SourceError


class ContentError(SourceError):
    """The bytes could be had, but they are not what the registry says."""


class InputError(CvxbenchError):
    """Something is wrong with the columns of a file of the user's."""


@dataclass(frozen=True)
class Raw:
    """The columns of a dataset, before the target is split off and the columns are typed.

    Parameters
    ----------
    frame : DataFrame, n rows
        All columns, the target among them: numbers where every value is one, strings otherwise, `category` where the
        file itself says that the values are names (KEEL, ARFF, Parquet); missing cells are NaN.
    sha256 : str
        Of the bytes that were read; of their concatenation where there were several files.
    origin : str
        Where those bytes were, as a phrase: "member m of wheel w 1.0".
    """

    frame: pd.DataFrame
    sha256: str
    origin: str
