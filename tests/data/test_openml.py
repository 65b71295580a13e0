import hashlib
import logging
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cvxbench.data.raw import ContentError
from cvxbench.data.schema import OpenMLSource
from cvxbench.data.sources import openml as source
from cvxbench.errors import SourceError

ARFF = b"""% a small table with everything
@RELATION tiny
@ATTRIBUTE id INTEGER
@ATTRIBUTE length REAL
@ATTRIBUTE count INTEGER
@ATTRIBUTE colour {red, green, 'light blue'}
@ATTRIBUTE level {1, 2, 3}
@ATTRIBUTE smokes {TRUE, FALSE}
@ATTRIBUTE empty REAL
@ATTRIBUTE class {no, yes}
@DATA
1,5.125,300,red,1,TRUE,?,no
2,?,4,'light blue',3,FALSE,?,yes
3,-0.5,5,?,2,TRUE,?,no
"""
COLUMNS = ["id", "length", "count", "colour", "level", "smokes", "empty", "class"]
UNKNOWN = """<oml:error xmlns:oml="http://openml.org/openml">
  <oml:code>111</oml:code>
  <oml:message>Unknown dataset</oml:message>
</oml:error>"""
DESCRIPTION = """<oml:data_set_description xmlns:oml="http://openml.org/openml">
  <oml:id>7</oml:id>
  <oml:name>tiny</oml:name>
  <oml:version>1</oml:version>
  <oml:description>A table made up for tests</oml:description>
  <oml:format>ARFF</oml:format>
  <oml:upload_date>2014-04-06T23:19:24</oml:upload_date>
  <oml:licence>Public</oml:licence>
  <oml:url>{url}/data/v1/download/7/tiny.arff</oml:url>
  <oml:parquet_url>http://127.0.0.1:9/never-asked.pq</oml:parquet_url>
  <oml:file_id>7</oml:file_id>
  <oml:default_target_attribute>class</oml:default_target_attribute>
  <oml:row_id_attribute>id</oml:row_id_attribute>
  <oml:visibility>public</oml:visibility>
  <oml:status>active</oml:status>
  {md5}
</oml:data_set_description>"""
FEATURE = """<oml:feature><oml:index>{index}</oml:index><oml:name>{name}</oml:name><oml:data_type>{kind}</oml:data_type>
  <oml:is_target>false</oml:is_target><oml:is_ignore>false</oml:is_ignore>
  <oml:is_row_identifier>false</oml:is_row_identifier>
  <oml:number_of_missing_values>0</oml:number_of_missing_values></oml:feature>"""
FEATURES = '<oml:data_features xmlns:oml="http://openml.org/openml">{}</oml:data_features>'.format(
    "".join(FEATURE.format(index=i, name=name, kind="string") for i, name in enumerate(COLUMNS))
)
ARFF_PATH = "/data/v1/download/7/tiny.arff"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Keep the folders that `openml` makes on import out of the real home."""
    for variable in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    monkeypatch.delenv("OPENML_CACHE_DIR", raising=False)
    monkeypatch.setattr(source, "TRIES", 1)


@pytest.fixture
def site(loopback, monkeypatch):
    monkeypatch.setenv(source.SERVER, f"{loopback.url}/api/v1/xml")
    _serve(loopback)
    return loopback


def _serve(site, arff=ARFF, md5=True):
    checksum = f"<oml:md5_checksum>{hashlib.md5(ARFF).hexdigest()}</oml:md5_checksum>" if md5 else ""
    site.serve("/api/v1/xml/data/7", DESCRIPTION.format(url=site.url, md5=checksum))
    site.serve("/api/v1/xml/data/features/7", FEATURES)
    site.serve(ARFF_PATH, arff)


def _fetch(cache, dataset_id=7):
    return source.fetch(OpenMLSource(openml=dataset_id), cache)


def _left_in(cache):
    return [path for path in (cache / "openml").rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_three_requests_give_the_table(site, tmp_path):
    raw = _fetch(tmp_path)

    expected = pd.DataFrame(
        {
            "length": [5.125, np.nan, -0.5],
            "count": [300.0, 4.0, 5.0],
            "colour": pd.Categorical(["red", "light blue", np.nan]),
            "level": pd.Categorical(["1", "3", "2"]),
            "smokes": pd.Categorical(["True", "False", "True"]),
            "empty": [np.nan] * 3,
            "class": pd.Categorical(["no", "yes", "no"]),
        }
    )
    pd.testing.assert_frame_equal(raw.frame, expected)
    assert raw.sha256 == hashlib.sha256(ARFF).hexdigest()
    assert raw.origin == "OpenML dataset 7 (tiny, version 1)"
    assert site.asked == ["/api/v1/xml/data/7", "/api/v1/xml/data/features/7", ARFF_PATH]


def test_the_second_time_needs_no_server(site, tmp_path):
    first = _fetch(tmp_path)
    site.answers.clear()
    site.asked.clear()
    second = _fetch(tmp_path)
    pd.testing.assert_frame_equal(first.frame, second.frame)
    assert (first.sha256, site.asked) == (second.sha256, [])
    assert sorted(path.name for path in _left_in(tmp_path)) == sorted(source.FILES)


def test_a_folder_in_the_package_s_own_layout_needs_no_server(tmp_path, monkeypatch):
    monkeypatch.delenv(source.SERVER, raising=False)
    folder = tmp_path / "openml/org/openml/www/datasets/7"
    folder.mkdir(parents=True)
    (folder / "description.xml").write_text(DESCRIPTION.format(url="https://www.openml.org", md5=""))
    (folder / "features.xml").write_text(FEATURES)
    (folder / "dataset.arff").write_bytes(ARFF)
    assert len(_fetch(tmp_path).frame) == 3


@pytest.mark.parametrize("spoil", ["cut", "empty", "gone", "nonsense description"])
def test_a_damaged_cache_is_downloaded_anew(site, tmp_path, spoil):
    _fetch(tmp_path)
    files = {path.name: path for path in _left_in(tmp_path)}
    if spoil == "cut":
        files["dataset.arff"].write_bytes(ARFF[:-30])
    elif spoil == "empty":
        files["dataset.arff"].write_bytes(b"")
    elif spoil == "gone":
        files["dataset.arff"].unlink()
    else:
        files["description.xml"].write_text("<oml:data_set")
    assert len(_fetch(tmp_path).frame) == 3
    site.answers.clear()
    assert len(_fetch(tmp_path).frame) == 3


def _unknown(site):
    site.serve("/api/v1/xml/data/7", UNKNOWN, status=412)


def _not_found(site):
    del site.answers["/api/v1/xml/data/7"]


def _no_arff(site):
    del site.answers[ARFF_PATH]


def _login_page(site):
    site.serve("/api/v1/xml/data/7", "<html><body>please log in</body></html>")


def _wrong_md5(site):
    _serve(site, arff=ARFF.replace(b"300", b"301"))


def _cut_and_no_md5(site):
    _serve(site, arff=ARFF[:-12], md5=False)


def _header_alone(site):
    _serve(site, arff=ARFF.split(b"1,5.125")[0], md5=False)


def _hung_up(site):
    site.serve(ARFF_PATH, ARFF[:-12], missing=12)


FAILURES = [
    (_unknown, SourceError, "which says 'Unknown dataset'; check the id"),
    (_not_found, SourceError, "status 404"),
    (_no_arff, SourceError, "status 404"),
    (_login_page, ContentError, "cannot be read"),
    (_wrong_md5, ContentError, "another md5"),
    (_cut_and_no_md5, ContentError, "cannot be read"),
    (_header_alone, ContentError, "cannot be read"),
    (_hung_up, ContentError, "cut short"),
]


@pytest.mark.parametrize(("break_it", "kind", "words"), FAILURES, ids=lambda value: getattr(value, "__name__", None))
def test_a_failure_is_one_sentence_and_does_not_poison_the_next_try(site, tmp_path, break_it, kind, words):
    break_it(site)
    with pytest.raises(kind) as failure:
        _fetch(tmp_path)
    sentence = str(failure.value)
    assert words in sentence
    assert sentence.startswith("OpenML dataset 7 ")
    assert "\n" not in sentence
    assert _left_in(tmp_path) == []

    _serve(site)
    assert len(_fetch(tmp_path).frame) == 3


def test_a_silent_server_is_given_up_on(site, tmp_path, monkeypatch):
    monkeypatch.setattr(source, "READ_SECONDS", 0.2)
    silence = threading.Event()
    site.serve("/api/v1/xml/data/features/7", FEATURES, wait=silence)
    with pytest.raises(SourceError, match="did not answer in time; try again later"):
        _fetch(tmp_path)
    silence.set()
    assert len(_fetch(tmp_path).frame) == 3


def test_no_network_is_said_in_one_sentence(tmp_path, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv(source.SERVER, f"http://127.0.0.1:{unused.getsockname()[1]}/api/v1/xml")
        with pytest.raises(SourceError, match="cannot be reached; check the network"):
            _fetch(tmp_path)


def test_a_passing_fault_is_tried_again(site, tmp_path, monkeypatch):
    monkeypatch.setattr(source, "TRIES", 2)
    import openml._api_calls

    def recover(_):
        _serve(site)
        return 0.0

    monkeypatch.setattr(openml._api_calls, "_human_delay", recover)
    _hung_up(site)
    assert len(_fetch(tmp_path).frame) == 3


def test_the_package_and_the_process_are_left_as_they_were(site, tmp_path):
    import openml
    import requests

    def state():
        return (
            openml.config.get_config_as_dict(),
            requests.Session.send,
            logging.root.manager.disable,
            list(logging.root.handlers),
            dict(os.environ),
        )

    before = state()
    _fetch(tmp_path)
    _unknown(site)
    with pytest.raises(SourceError):
        _fetch(tmp_path / "elsewhere")
    assert state() == before


def test_nothing_is_printed_and_no_warning_is_shown(site, tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from cvxbench.data.schema import OpenMLSource\n"
        "from cvxbench.data.sources import openml\n"
        "assert 'openml' not in sys.modules\n"
        "openml.fetch(OpenMLSource(openml=7), Path(sys.argv[1]))"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
