"""How a verb writes a file."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from cvxbench.errors import CvxbenchError


def write(path: Path, content: str | bytes, advice: str) -> None:
    """Write a file so that whoever reads it sees the old one or the new one, whole; a device is written to as it is.

    Raises
    ------
    CvxbenchError
        If it cannot be written; the sentence ends in `advice`.
    """
    data = content.encode() if isinstance(content, str) else content
    whole = path.is_file() or not path.exists()
    if whole:
        path = path.resolve()
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if whole:
            part.write_bytes(data)
            part.replace(path)
        else:
            path.write_bytes(data)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise CvxbenchError(f"'{path}' cannot be written ({error.strerror}); {advice}") from error
