"""Whatever a registry, table, archive or run's folder holds: a sentence or a result, and nothing written elsewhere."""

import gzip
import hashlib
import io
import os
import shutil
import sqlite3
import sys
import warnings
import zipfile
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cvxbench.bench import suite as suites
from cvxbench.bench.execute import Bench, execute
from cvxbench.bench.export import export
from cvxbench.bench.merge import merge
from cvxbench.bench.run import opened
from cvxbench.bench.store import FILE, Store
from cvxbench.data import registry
from cvxbench.data.load import load_table
from cvxbench.data.own import table_from_file
from cvxbench.data.schema import FileSource, GeneratedSource, SklearnSource, WheelSource
from cvxbench.errors import CvxbenchError
from cvxbench.report.evidence import read as read_evidence

FEW, MANY = 10, 150  # draws of each test; the many are more than a thousand together
pytestmark = pytest.mark.parametrize("cases", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
WRITTEN = []  # what the audit hook below saw; hooks cannot be taken away


def _watch(event, args):
    path, _, flags = (*args, None, None, None)[:3]
    writes = event == "open" and isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if (writes or event in ("os.mkdir", "os.rename", "os.remove", "os.symlink", "os.link")) and WRITTEN is not None:
        WRITTEN.append(path)


sys.addaudithook(_watch)


@contextmanager
def nothing_written_but_in(folder):
    """Refuse writes elsewhere; Python's own caches and devices do not count."""
    WRITTEN.clear()
    yield
    paths = [Path(os.fsdecode(path)).absolute() for path in WRITTEN if isinstance(path, str | bytes | os.PathLike)]
    strange = [path for path in paths if not path.resolve().is_relative_to(folder.resolve())]
    assert [path for path in strange if "__pycache__" not in path.parts and path.parts[1] not in ("dev", "proc")] == []


def fuzzed(cases, given_, check):
    """Run `check` on so many draws."""
    lenient = settings(max_examples=cases, deadline=5000, suppress_health_check=list(HealthCheck), database=None)
    lenient(given(given_)(check))()


texts = st.text(st.characters(codec="utf-8"), max_size=20)
words = st.sampled_from(
    ["iris", "../../x", "/etc/passwd", "-r", "a;b", "<script>", "\0", "x" * 300, "~", "con", "class"]
)
scalars = st.one_of(texts, words, st.integers(), st.floats(), st.booleans(), st.none())
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)
sources = st.one_of(
    st.fixed_dictionaries({"file": words | texts}, optional={"sep": texts, "header": scalars, "usecols": values}),
    st.fixed_dictionaries({"generated": st.sampled_from(["monks-1", "ringnorm"]) | texts}, optional={"seed": scalars}),
    st.fixed_dictionaries({"sklearn": st.sampled_from(["load_iris", "load_linnerud"]) | words}),
    st.fixed_dictionaries({"wheel": values, "members": values}),
    st.fixed_dictionaries({"openml": scalars}),
    values,
)
entries = st.fixed_dictionaries(
    {
        "sources": st.lists(sources, max_size=2),
        "target": scalars | st.just(-1),
        "task": st.sampled_from(["regression", "multiclass"]),
    },
    optional={
        "drop": values,
        "categorical": values | st.just("all"),
        "missing": values,
        "n": scalars,
        "same_as": words,
    },
)
registries = st.fixed_dictionaries(
    {"datasets": st.dictionaries(words | texts, entries, max_size=2)}, optional={"wheels": values}
)
BOMB = "\n".join(["a0: &a0 [x]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30))])
NASTY = ["a: &a [*a]", "!!python/object/apply:os.system [ls]", "d: 2001-99-99", BOMB]
documents = st.one_of(
    registries.map(partial(yaml.safe_dump, allow_unicode=True)),
    values.map(yaml.safe_dump),
    texts,
    st.sampled_from(NASTY),
)


def test_registry_entries(tmp_path, cases):
    shipped = registry.load().datasets.keys()

    def check(text):
        path = tmp_path / "mine.yaml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        with nothing_written_but_in(tmp_path), suppress(CvxbenchError):
            known = registry.load(path)
            for name in known.datasets.keys() - shipped:
                dataset = known.dataset(name)
                if all(isinstance(s, FileSource | GeneratedSource | SklearnSource) for s in dataset.sources):
                    load_table(dataset, tmp_path / "cache")

    fuzzed(cases, documents, check)


cells = st.one_of(
    st.integers(-3, 9).map(str), st.floats().map(str), texts, st.sampled_from(["", "?", "NaN", "'", '"', "{", "%"])
)
rows = st.lists(st.lists(cells, min_size=1, max_size=5).map(",".join), max_size=15)
numbers = st.lists(
    st.lists(st.integers(-9, 9).map(str), min_size=3, max_size=3).map(",".join), min_size=10, max_size=20
)
tables = st.tuples(st.just(["a,b,c"]) | rows, numbers | rows).map(
    lambda parts: "\n".join([*parts[0], *parts[1]]).encode()
)
kinds = st.sampled_from(["numeric", "{a,b}", "{", "REAL", "date", "string", "'", "relational"])
attributes = st.lists(st.tuples(texts, kinds).map(lambda pair: f"@attribute {pair[0]} {pair[1]}"), max_size=4)
arffs = st.tuples(attributes, rows).map(
    lambda parts: "\n".join(["@relation r", *parts[0], "@data", *parts[1]]).encode()
)


def spoiled(content):
    """Overwrite a few bytes, or cut it short."""
    changes = st.lists(st.tuples(st.integers(0, max(len(content) - 1, 0)), st.integers(0, 255)), max_size=8)

    def change(drawn):
        spots, end = drawn
        bytes_ = bytearray(content)
        for position, value in spots:
            if bytes_:
                bytes_[position] = value
        return bytes(bytes_[: int(end * len(bytes_))])

    return st.tuples(changes, st.sampled_from([1.0, 1.0, 0.9, 0.3])).map(change)


@pytest.mark.parametrize("suffix", [".csv", ".arff", ".xlsx", ".parquet"])
def test_files_of_the_users(tmp_path, cases, suffix):
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    of = {".csv": tables | tables.map(gzip.compress), ".arff": arffs}
    contents = of.get(suffix, st.binary(max_size=200) | spoiled(book.getvalue()))

    def check(content):
        path = tmp_path / f"table{suffix}"
        path.write_bytes(content)
        with nothing_written_but_in(tmp_path), suppress(CvxbenchError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            table_from_file(path)

    fuzzed(cases, contents | contents.flatmap(spoiled), check)


def test_members_of_archives(tmp_path, cases):
    cache = tmp_path / "cache"
    (cache / "wheels").mkdir(parents=True)
    iris = registry.load().dataset("iris")

    def packed(pairs):
        archive = io.BytesIO()
        with warnings.catch_warnings(), zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
            warnings.simplefilter("ignore")  # of names that come twice
            for name, content in pairs:
                file.writestr(name, content)
        return archive.getvalue()

    names = st.sampled_from(["t.csv", "../t.csv", "/t.csv", "t.csv/", "a\\..\\t.csv"])
    archives = st.lists(st.tuples(names, tables), max_size=3).map(packed)

    def check(drawn):
        content, name = drawn
        sha256 = hashlib.sha256(content).hexdigest()
        wheel = {"name": "w", "version": "1", "sha256": sha256}
        source = WheelSource.model_validate({"wheel": wheel, "members": [name]})
        path = cache / "wheels" / f"w-1-{sha256[:12]}.whl"
        path.write_bytes(content)
        entry = iris.model_copy(update={"sources": (source,), "target": -1, "drop": ()})
        with nothing_written_but_in(tmp_path), suppress(CvxbenchError):
            load_table(entry, cache)
        path.unlink()

    fuzzed(cases, st.tuples(archives | archives.flatmap(spoiled), names), check)


@pytest.fixture(scope="module")
def a_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz") / "run"
    known = registry.load()
    suite = suites.narrowed(
        suites.load("uci-mini", known), known, datasets=["iris"], methods=["rfista", "al"], lambdas=[0.1]
    )
    with opened(folder, suite, 1, 1) as store:
        execute(Bench(store, folder, suite, 1, lambda task, status: None))
    with sqlite3.connect(folder / FILE) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    return folder


def test_folders_of_runs(tmp_path, cases, a_run):
    whole = (a_run / FILE).read_bytes()

    def check(content):
        folder = tmp_path / "run"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / FILE).write_bytes(content)
        with nothing_written_but_in(tmp_path), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for use in (
                read_evidence,
                partial(export, path=tmp_path / "out.parquet", traces=True),
                lambda folder: merge([folder, a_run], tmp_path / "merged"),
            ):
                with suppress(CvxbenchError):
                    use(folder)
        shutil.rmtree(tmp_path / "merged", ignore_errors=True)

    fuzzed(cases, spoiled(whole), check)


@pytest.mark.parametrize("column", ["status", "options", "trace", "objective", "dataset", "lam", "repeat", "network"])
def test_rows_of_runs(tmp_path, cases, a_run, column):
    def check(value):
        folder = tmp_path / "run"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(a_run, folder)
        with sqlite3.connect(folder / FILE) as connection, suppress(sqlite3.IntegrityError, OverflowError):
            connection.execute(f"UPDATE attempts SET {column} = ? WHERE id = 0", (value,))
        connection.close()
        with nothing_written_but_in(tmp_path), suppress(CvxbenchError):
            read_evidence(folder)
        with nothing_written_but_in(tmp_path), suppress(CvxbenchError):
            export(folder, tmp_path / "out.parquet", traces=True)

    fuzzed(
        max(5, cases // 8), st.one_of(texts, st.integers(), st.floats(), st.binary(max_size=9), st.just("[]")), check
    )
    assert Store(a_run).planned
