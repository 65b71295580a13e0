import errno
import os
from pathlib import Path

import pytest

from cvxbench.data import cache
from cvxbench.errors import CvxbenchError


def test_the_cache_is_the_users_unless_the_environment_names_another(monkeypatch, tmp_path):
    monkeypatch.setenv("CVXBENCH_CACHE", str(tmp_path))
    assert cache.root() == tmp_path

    monkeypatch.delenv("CVXBENCH_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.root().name == "cvxbench"


def test_writing_replaces_in_one_step_and_leaves_nothing_behind(tmp_path):
    path = tmp_path / "new" / "a.bin"

    cache.write(path, b"one")
    cache.write(path, b"two")

    assert path.read_bytes() == b"two"
    assert sorted(found.name for found in path.parent.iterdir()) == ["a.bin", "a.bin.lock"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.bin"
    cache.write(path, b"old")

    with pytest.raises(RuntimeError), cache.writing(path) as folder:
        (folder / "a.bin").write_bytes(b"half")
        raise RuntimeError

    assert path.read_bytes() == b"old"
    assert sorted(found.name for found in tmp_path.iterdir()) == ["a.bin", "a.bin.lock"]


def test_a_full_disk_is_one_sentence(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)

    with pytest.raises(CvxbenchError) as caught:
        cache.write(tmp_path / "a.bin", b"content")

    expected = f"no space is left for the cache folder '{tmp_path}'; free some or set CVXBENCH_CACHE to another disk"
    assert str(caught.value) == expected
