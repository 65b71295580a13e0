"""The user's own file."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cvxbench.data import read
from cvxbench.data.raw import Raw
from cvxbench.data.schema import FileSource
from cvxbench.errors import SourceError


def fetch(source: FileSource, cache: Path) -> Raw:
    """Read a file of the user's; the cache is not used.

    Raises
    ------
    SourceError
        If there is no such file, or it cannot be read in the format that it is said to have.
    """
    if source.file.exists() and not source.file.is_file():  # a device or a pipe may have no end
        raise SourceError(f"'{source.file}' is no file")
    try:
        content = source.file.read_bytes()
    except OSError as error:
        raise SourceError(
            f"file '{source.file}' cannot be read: {(error.strerror or 'unknown reason').lower()}"
        ) from error
    what = f"file '{source.file}'"
    frame = read.frame([content], source, suffix=source.file.suffix, what=what)
    return Raw(frame, hashlib.sha256(content).hexdigest(), what)
