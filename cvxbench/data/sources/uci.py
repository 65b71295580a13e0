"""Tables of the UCI Machine Learning Repository, by the `ucimlrepo` package; the second time from our cache."""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import socket
import urllib.error
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd

from cvxbench.data import cache as caches
from cvxbench.data.raw import ContentError, Raw
from cvxbench.data.schema import UCISource
from cvxbench.errors import SourceError

SECONDS = 30.0
NAMES = ("Categorical", "Binary")


def fetch(source: UCISource, cache: Path) -> Raw:
    """Return a dataset of the UCI repository: its features in the order of the file, then its targets, without ids.

    What was downloaded is kept as `cache/uci/ID.json`, and read from there the next time.

    Parameters
    ----------
    source : UCISource
    cache : Path
        Folder of all downloads; made if it is not there.

    Returns
    -------
    Raw
        Columns that UCI says are categorical or binary are `category`. The package does not hand out the bytes of the
        file, so sha256 is that of the columns as CSV with a header, float columns with ten significant digits; the
        frame is what that CSV says.

    Raises
    ------
    SourceError
        If `ucimlrepo` is not installed, the archive does not answer in time, or it has no such dataset as a CSV file.
    ContentError
        If the answer is cut short or malformed.
    """
    kept = cache / "uci" / f"{source.uci}.json"
    if kept.is_file():
        with suppress(ValueError, KeyError, TypeError):  # a damaged copy is downloaded anew
            return _raw(source.uci, json.loads(kept.read_text(encoding="utf-8")))
    try:
        with _bounded():
            document = _document(_package(source.uci).fetch_ucirepo(id=source.uci))
            raw = _raw(source.uci, document)
    except SourceError:
        raise
    except Exception as error:
        raise _sentence(source.uci, error) from error
    caches.write(kept, json.dumps(document).encode())
    return raw


def _document(answer: Any) -> dict[str, Any]:
    """Put what we need of the package's answer in a form that JSON can hold."""
    variables = [entry for entry in answer.variables.to_dict("records") if entry["role"] != "ID"]
    targets = [entry["name"] for entry in variables if entry["role"] == "Target"]
    columns = [entry["name"] for entry in variables if entry["role"] != "Target"] + targets
    table = answer.data.original[columns]
    return {
        "name": answer.metadata.name,
        "categories": [entry["name"] for entry in variables if entry["type"] in NAMES],
        "csv": table.to_csv(index=False, float_format="%.10g", lineterminator="\n"),
    }


def _raw(dataset_id: int, document: dict[str, Any]) -> Raw:
    csv, categories = document["csv"], document["categories"]
    frame = pd.read_csv(
        io.StringIO(csv),
        dtype=dict.fromkeys(categories, str),
        keep_default_na=False,
        na_values=["", "?"],
        low_memory=False,
    )
    for name, column in frame.items():
        if name in categories or pd.api.types.is_bool_dtype(column):
            frame[name] = column.astype(object).map(str, na_action="ignore").astype("category")
        elif pd.api.types.is_numeric_dtype(column):
            frame[name] = column.astype(float)
    if frame.empty:
        raise ValueError("no rows")
    origin = f"UCI dataset {dataset_id} ({document['name']})"
    return Raw(frame, hashlib.sha256(csv.encode()).hexdigest(), origin)


def _package(dataset_id: int) -> Any:
    try:
        import ucimlrepo
    except ImportError as error:
        raise SourceError(f"UCI dataset {dataset_id} needs the package ucimlrepo: pip install cvxbench[uci]") from error
    return ucimlrepo


def _sentence(dataset_id: int, error: Exception) -> SourceError:
    """Say in one sentence why the dataset could not be had; the package hides the cause in the error's context."""
    which = f"UCI dataset {dataset_id}"
    cause = error.__context__ if isinstance(error.__context__, urllib.error.URLError) else error
    if isinstance(cause, urllib.error.HTTPError):
        cause.close()
        return SourceError(f"{which} is not to be had: the archive answered with status {cause.code}; check the id")
    if isinstance(cause, TimeoutError) or isinstance(getattr(cause, "reason", None), TimeoutError):
        return SourceError(f"{which} did not arrive: the archive did not answer in time; try again later")
    if isinstance(cause, http.client.IncompleteRead):
        return ContentError(f"{which} was cut short on its way; try again")
    if isinstance(cause, OSError):
        return SourceError(f"{which} needs the UCI archive, which cannot be reached; check the network")
    if type(error).__name__ == "DatasetNotFoundError":
        offered = "not available for import" in str(error)
        why = (
            "the archive has it, but not as one CSV file" if offered else "the archive has no such table; check the id"
        )
        return SourceError(f"{which} is not to be had: {why}")
    return ContentError(f"{which} as the archive gives it cannot be read ({type(error).__name__}); try again later")


@contextmanager
def _bounded() -> Iterator[None]:
    """Bound every wait for the network, which the package does not do, and keep its warnings from the user."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        socket.setdefaulttimeout(before)
