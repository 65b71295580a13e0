"""Tables of OpenML, downloaded and parsed by the `openml` package; the second time from its cache, without a server."""

from __future__ import annotations

import errno
import filecmp
import hashlib
import logging
import os
import re
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import requests

from cvxbench.data import cache as caches
from cvxbench.data.raw import ContentError, Raw
from cvxbench.data.schema import OpenMLSource
from cvxbench.errors import CvxbenchError, SourceError

SERVER = "CVXBENCH_OPENML_SERVER"
FILES = ("description.xml", "features.xml", "dataset.arff")
TRIES = 2
CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0


def fetch(source: OpenMLSource, cache: Path) -> Raw:
    """Return a dataset of OpenML as its ARFF file has it, without the columns that OpenML marks as row ids or ignored.

    Three requests: the description, the features, and the ARFF file at the description's URL. The server is that of
    the `openml` configuration, or the value of the environment variable `CVXBENCH_OPENML_SERVER`
    (https://www.openml.org/api/v1/xml, say). What was downloaded and parsed without error is kept under
    `cache/openml`, in the layout of the `openml` package; a damaged copy there is downloaded anew.

    Parameters
    ----------
    source : OpenMLSource
    cache : Path
        Folder of all downloads; made if it is not there.

    Returns
    -------
    Raw
        Nominal columns are `category`, whatever their values look like; sha256 is that of the ARFF file.

    Raises
    ------
    SourceError
        If OpenML does not answer in time, or has no such dataset.
    ContentError
        If the ARFF file is cut short, malformed, or has another md5 than its description says.
    """
    with _quiet(), _bounded():
        openml = _package()
        with _configured(openml, cache / "openml"):
            kept = Path(openml.config.get_cache_directory()) / "datasets" / str(source.openml)
            with caches.writing(kept) as partial:
                openml.config.set_root_cache_directory(partial)
                working = Path(openml.config.get_cache_directory()) / "datasets" / str(source.openml)
                if kept.is_dir():
                    shutil.copytree(kept, working)
                    with suppress(Exception):  # whatever is wrong with the copy, a download replaces it
                        return _take(openml, source.openml, working, kept)
                    shutil.rmtree(working, ignore_errors=True)
                try:
                    return _take(openml, source.openml, working, kept)
                except CvxbenchError:
                    raise
                except Exception as error:
                    raise _sentence(openml, source.openml, error) from error


def _take(openml: ModuleType, dataset_id: int, working: Path, kept: Path) -> Raw:
    """Let `openml` download what the folder `working` lacks; check, parse and keep it."""
    dataset = openml.datasets.get_dataset(
        dataset_id, download_data=True, download_qualities=False, download_features_meta_data=True
    )
    content = (working / "dataset.arff").read_bytes()
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if dataset.md5_checksum and md5 != dataset.md5_checksum:
        raise openml.exceptions.OpenMLHashException(f"{md5} is not {dataset.md5_checksum}")
    frame = dataset.get_data(dataset_format="dataframe")[0]
    if frame.empty:
        raise ValueError("no rows")
    _keep(working, kept)
    return Raw(
        frame=frame.apply(_plain).reset_index(drop=True),
        sha256=hashlib.sha256(content).hexdigest(),
        origin=f"OpenML dataset {dataset_id} ({dataset.name}, version {dataset.version})",
    )


def _plain(column: pd.Series) -> pd.Series:
    if column.isna().all() or (pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)):
        return column.astype("float64")
    texts = column.astype(object).map(str, na_action="ignore")
    return texts.astype("category") if isinstance(column.dtype, pd.CategoricalDtype) else texts


def _keep(working: Path, kept: Path) -> None:
    """Put the files that were read in the cache, without the pickles that the package adds."""
    if filecmp.cmpfiles(working, kept, FILES, shallow=False)[0] == list(FILES):
        return
    for file in working.iterdir():
        if file.name not in FILES:
            file.unlink()
    shutil.rmtree(kept, ignore_errors=True)
    caches.place(working, kept)


def _sentence(openml: ModuleType, dataset_id: int, error: Exception) -> CvxbenchError:
    """Say in one sentence why OpenML's dataset could not be had."""
    server = openml.config.server
    failure = openml.exceptions
    which = f"OpenML dataset {dataset_id}"
    if isinstance(error, failure.OpenMLHashException):
        return ContentError(f"{which} came with another md5 than its description says; try again later")
    if isinstance(error, failure.OpenMLServerException | failure.OpenMLPrivateDatasetError):
        said = " ".join(str(getattr(error, "message", error)).split()).removesuffix(" - None")
        return SourceError(f"{which} is not to be had from {server}, which says '{said}'; check the id")
    if isinstance(error, requests.Timeout):
        return SourceError(f"{which} did not arrive: {server} did not answer in time; try again later")
    if isinstance(error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError):
        return ContentError(f"{which} was cut short on its way from {server}; try again")
    if isinstance(error, requests.RequestException):
        return SourceError(f"{which} needs {server}, which cannot be reached; check the network")
    if isinstance(error, failure.OpenMLServerError):
        status = re.search(r"Status code: (\d+)", str(error))
        answer = f"status {status[1]}" if status and status[1] != "200" else "something that is not OpenML's XML"
        return SourceError(f"{which} is not to be had: {server} answered with {answer}; check the id, or try later")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return caches.full(Path(openml.config.get_cache_directory()))
    return ContentError(f"{which} as {server} gives it cannot be read ({type(error).__name__}); try again later")


def _package() -> ModuleType:
    import openml  # takes seconds, and makes folders in the user's home
    import openml.exceptions

    return openml


@contextmanager
def _configured(openml: ModuleType, root: Path) -> Iterator[None]:
    config: Any = openml.config
    before = {name: getattr(config, name) for name in ("server", "retry_policy", "connection_n_retries")}
    before_root, before_parquet = config._root_cache_directory, os.environ.get("OPENML_SKIP_PARQUET")
    config.server = os.environ.get(SERVER) or config.server
    config.set_retry_policy("human", TRIES)
    config.set_root_cache_directory(root)
    os.environ["OPENML_SKIP_PARQUET"] = "true"  # the ARFF file is the original, and the one that has an md5
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(config, name, value)
        config.set_root_cache_directory(before_root)
        if before_parquet is None:
            del os.environ["OPENML_SKIP_PARQUET"]
        else:
            os.environ["OPENML_SKIP_PARQUET"] = before_parquet


@contextmanager
def _bounded() -> Iterator[None]:
    """Bound every wait for the network: `openml` asks without a timeout, and `requests` has no default."""
    send = requests.Session.send

    def bounded(self: requests.Session, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        kwargs["timeout"] = kwargs.get("timeout") or (CONNECT_SECONDS, READ_SECONDS)
        return send(self, request, **kwargs)

    requests.Session.send = bounded
    try:
        yield
    finally:
        requests.Session.send = send


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the package's warnings and log from the user; its root logging would else install a handler on stderr."""
    root, disabled, handler = logging.getLogger(), logging.root.manager.disable, logging.NullHandler()
    root.addHandler(handler)
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
        root.removeHandler(handler)
