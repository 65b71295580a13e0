"""The folder that keeps what was downloaded; safe when several processes use it at once."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs
from filelock import FileLock

from cvxbench.errors import CvxbenchError

VARIABLE = "CVXBENCH_CACHE"


def root() -> Path:
    """Return the cache folder: the environment variable CVXBENCH_CACHE, or the user's cache folder of this system."""
    named = os.environ.get(VARIABLE)
    return Path(named).expanduser() if named else Path(platformdirs.user_cache_dir("cvxbench"))


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Yield an empty folder beside `path`, to be removed at the end, under a lock that one process at a time holds.

    Whoever downloads `path` writes it in there and then calls `place`, so that no reader ever sees half a file.

    Raises
    ------
    CvxbenchError
        If the disk is full or the folder cannot be written.
    """
    with _explained(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{path}.lock"), tempfile.TemporaryDirectory(dir=path.parent, prefix=".part-") as folder:
            yield Path(folder)


def place(written: Path, path: Path) -> None:
    """Move a finished file of the same folder to `path` in one step."""
    with _explained(path.parent):
        os.replace(written, path)


def write(path: Path, content: bytes) -> None:
    """Write `content` to `path` in one step.

    Raises
    ------
    CvxbenchError
        If the disk is full or the folder cannot be written.
    """
    with writing(path) as folder, _explained(path.parent):
        part = folder / path.name
        part.write_bytes(content)
        place(part, path)


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise full(folder) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.ENOENT, errno.EEXIST):
            raise CvxbenchError(
                f"the cache folder '{folder}' cannot be written ({error.strerror}); set {VARIABLE} to one that can"
            ) from error
        raise


def full(folder: Path) -> CvxbenchError:
    """Return the error that says the disk under the cache is full."""
    return CvxbenchError(
        f"no space is left for the cache folder '{folder}'; free some or set {VARIABLE} to another disk"
    )
