import hashlib
import importlib
import json
import socket
import sys
import threading

import numpy as np
import pandas as pd
import pytest

from cvxbench.data.raw import ContentError
from cvxbench.data.schema import UCISource
from cvxbench.data.sources import uci as source
from cvxbench.errors import SourceError

PACKAGE = importlib.import_module("ucimlrepo.fetch")
CSV = """plant,colour,kind,length,code,pressed
1,red,a,5.125,2,True
2,,b,0.333333333333333,1,False
3,blue,a,?,2,True
"""
VARIABLES = {
    "plant": ("ID", "Integer"),
    "colour": ("Feature", "Categorical"),
    "kind": ("Target", "Categorical"),
    "length": ("Feature", "Continuous"),
    "code": ("Feature", "Categorical"),
    "pressed": ("Feature", "Binary"),
}


@pytest.fixture
def site(loopback, monkeypatch):
    monkeypatch.setattr(PACKAGE, "API_BASE_URL", f"{loopback.url}/api/dataset")
    _serve(loopback)
    return loopback


def _serve(site, csv=CSV, **manners):
    variables = [{"name": name, "role": role, "type": kind} for name, (role, kind) in VARIABLES.items()]
    about = {"uci_id": 9, "name": "Tiny", "additional_info": None, "intro_paper": None, "variables": variables}
    about["data_url"] = f"{site.url}/static/public/9/data.csv"
    site.serve("/api/dataset?id=9", json.dumps({"status": 200, "data": about}))
    site.serve("/static/public/9/data.csv", csv, **manners)


def _fetch(cache):
    return source.fetch(UCISource(uci=9), cache)


def test_two_requests_give_the_table_with_its_target_last(site, tmp_path):
    raw = _fetch(tmp_path)
    expected = pd.DataFrame(
        {
            "colour": pd.Categorical(["red", np.nan, "blue"]),
            "length": [5.125, 0.3333333333, np.nan],
            "code": pd.Categorical(["2", "1", "2"]),
            "pressed": pd.Categorical(["True", "False", "True"]),
            "kind": pd.Categorical(["a", "b", "a"]),
        }
    )
    pd.testing.assert_frame_equal(raw.frame, expected)
    rendered = "colour,length,code,pressed,kind\nred,5.125,2,True,a\n,0.333333333333333,1,False,b\nblue,?,2,True,a\n"
    assert raw.sha256 == hashlib.sha256(rendered.encode()).hexdigest()
    assert raw.origin == "UCI dataset 9 (Tiny)"
    assert site.asked == ["/api/dataset?id=9", "/static/public/9/data.csv"]


def test_the_second_time_needs_no_server(site, tmp_path):
    first = _fetch(tmp_path)
    site.answers.clear()
    second = _fetch(tmp_path)
    pd.testing.assert_frame_equal(first.frame, second.frame)
    assert first.sha256 == second.sha256
    assert len(site.asked) == 2


@pytest.mark.parametrize("left", ["", "{", "[]", '{"csv": "a,b"}'])
def test_a_damaged_cache_is_downloaded_anew(site, tmp_path, left):
    kept = tmp_path / "uci" / "9.json"
    kept.parent.mkdir()
    kept.write_text(left)
    assert len(_fetch(tmp_path).frame) == 3
    assert len(site.asked) == 2


def _unknown(site):
    site.serve("/api/dataset?id=9", json.dumps({"status": 404, "message": "Dataset not found"}))


def _not_found(site):
    del site.answers["/api/dataset?id=9"]


def _no_file(site):
    del site.answers["/static/public/9/data.csv"]


def _only_by_hand(site):
    site.serve("/api/dataset?id=9", json.dumps({"status": 200, "data": {"name": "Tiny", "data_url": None}}))


def _cut(site):
    _serve(site, CSV[:-9], missing=9)


def _other_columns(site):
    _serve(site, "a,b\n1,2\n")


def _login_page(site):
    site.serve("/api/dataset?id=9", "<html>please log in</html>")


FAILURES = [
    (_unknown, SourceError, "no such table"),
    (_not_found, SourceError, "status 404"),
    (_no_file, SourceError, "status 404"),
    (_only_by_hand, SourceError, "not as one CSV file"),
    (_cut, ContentError, "cut short"),
    (_other_columns, ContentError, "cannot be read"),
    (_login_page, ContentError, "cannot be read"),
]


@pytest.mark.parametrize(("break_it", "kind", "words"), FAILURES, ids=lambda value: getattr(value, "__name__", None))
def test_a_failure_is_one_sentence_and_does_not_poison_the_next_try(site, tmp_path, break_it, kind, words):
    break_it(site)
    with pytest.raises(kind) as failure:
        _fetch(tmp_path)
    sentence = str(failure.value)
    assert words in sentence
    assert sentence.startswith("UCI dataset 9 ")
    assert "\n" not in sentence

    _serve(site)
    assert len(_fetch(tmp_path).frame) == 3


@pytest.mark.parametrize("path", ["/api/dataset?id=9", "/static/public/9/data.csv"])
def test_a_silent_server_is_given_up_on(site, tmp_path, monkeypatch, path):
    monkeypatch.setattr(source, "SECONDS", 0.2)
    silence = site.answers[path].wait = threading.Event()
    with pytest.raises(SourceError, match="did not answer in time"):
        _fetch(tmp_path)
    silence.set()
    assert len(_fetch(tmp_path).frame) == 3
    assert socket.getdefaulttimeout() is None


def test_no_network_is_said_in_one_sentence(tmp_path, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setattr(PACKAGE, "API_BASE_URL", f"http://127.0.0.1:{unused.getsockname()[1]}/api/dataset")
        with pytest.raises(SourceError, match="cannot be reached; check the network"):
            _fetch(tmp_path)


def test_the_missing_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ucimlrepo", None)
    with pytest.raises(SourceError, match=r"needs the package ucimlrepo: pip install cvxbench\[uci\]"):
        _fetch(tmp_path)
