import base64
import hashlib
import json
import math
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from cvxbench.report import build
from cvxbench.report.evidence import read
from cvxbench.report.html.curves import LEAST, curves, thinned
from cvxbench.report.html.pack import packed
from cvxbench.report.html.page import VIEWS, render

HOSTILE = ("<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "{{ 7 * 7 }}", "\"'><b>")


class Parsed(HTMLParser):
    """The elements of a page with their attributes, its text, and the content of its scripts."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.words, self.scripts = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.cdata_elem == "script":
            self.scripts.append((self.elements[-1][1], data))
        else:
            self.words.append(data)


def unpacked(text):
    content = json.loads(zlib.decompress(base64.b64decode(text)))
    return [dict(zip(content["columns"], row, strict=True)) for row in zip(*content["values"], strict=True)]


def page_of(folder):
    evidence = read(folder)
    return Parsed(render(evidence, build.summary(evidence)))


def test_the_page_needs_nothing_but_itself_and_runs_no_script_but_its_own(run):
    page = page_of(run)
    policy = next(a["content"] for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'") and "unsafe-eval" not in policy
    assert not [a for _, a in page.elements if "src" in a or not a.get("href", "#").startswith("#")]
    executed = [text for attributes, text in page.scripts if attributes.get("type") == "module"]
    assert [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in executed] == re.findall(
        r"'sha256-([^']+)'", policy
    )


def test_the_page_of_an_unfinished_run_counts_what_is_missing(run):
    page = page_of(run)
    assert any("This run is not finished: 4 attempts are missing" in words for words in page.words)
    assert [a["data-view"] for _, a in page.elements if "data-view" in a] == [*VIEWS, "problem"]
    found = build.report(run)
    for row in found.solve_rate:
        assert any(f"({row.solved}/{row.total})" in words for words in page.words)


def test_a_run_without_any_attempt_done_has_a_page(runs):
    page = page_of(runs({("iris", 0.1): {("sgd", 0.1): None}}, tables=[]))
    assert any("Nothing was measured" in words for words in page.words)


def test_a_study_that_an_end_of_its_grid_won_is_told(runs):
    won = {("sgd", step): runs.scored(objective) for step, objective in ((10.0, 0.1), (1.0, 0.2), (0.1, 0.3))}
    page = page_of(runs({("iris", 0.1): won}))
    assert any("wider grid might do better: sgd on gated-relu 1." in words for words in page.words)


def test_hostile_names_are_text(runs):
    def elements(names):
        grid = {
            (name, 0.1): {
                ("rfista", None): runs.scored(0.5, 0.1, detail=name),
                ("sgd", 0.1): replace(runs.CRASHED, detail=name),
            }
            for name in names
        }
        return page_of(runs(grid))

    quiet, loud = elements(["iris", "wine", "glass", "seeds"]), elements(HOSTILE)
    assert [tag for tag, _ in loud.elements] == [tag for tag, _ in quiet.elements]
    assert not [a for _, a in loud.elements if any(key.startswith("on") for key in a)]
    assert all(any(name in words for words in loud.words) for name in HOSTILE)


def test_packed_rows_come_back():
    rows = [{"name": "é</script>", "value": 1 / 3, "count": 3}, {"name": "", "value": math.inf, "count": None}]
    text = packed(rows)
    assert re.fullmatch(r"[A-Za-z0-9+/=]+", text)
    assert unpacked(text) == [rows[0] | {"value": 0.333333}, rows[1] | {"value": None}]
    assert unpacked(packed([])) == []


@given(st.lists(st.floats(0.0, 1e6), min_size=1, max_size=300), st.integers(LEAST, 60))
def test_thinned_traces_keep_both_ends_and_the_lowest_point(values, most):
    trace = [(place, float(place), value) for place, value in enumerate(values)]
    kept = thinned(trace, most)
    assert kept == sorted(set(kept)) and set(kept) <= set(trace) and len(kept) <= most + 1
    assert {trace[0], trace[-1]} <= set(kept) and min(values) in [value for _, _, value in kept]


def test_every_attempt_has_its_curve_and_one_is_the_best_of_its_study(run):
    found = dict(curves(read(run)))
    assert list(found) == [cell.problem for cell in read(run).cells if cell.method == "rfista"]
    points = found["a|b", "gated-relu", 0.1]
    assert [(p["method"], p["setting"], p["kind"], p["objective"]) for p in points if p["last"]] == [
        ("rfista", "as it is", "best of study", 0.1),
        ("sgd", "step 0.1", "best of study", 0.13),
        ("sgd", "step 1", "other", 0.2),
    ]
    assert {(p["reference"], p["lower_bound"]) for p in points} == {(0.1, 0.0999)}
    assert found["house", "gated-relu", 0.1] == []


def test_points_of_a_diverged_attempt_are_not_drawn_where_it_counts_as_diverged(run):
    points = dict(curves(read(run)))["a|b", "gated-relu", 0.01]
    assert [p["objective"] for p in points if p["setting"] == "step 1"] == [1.0]
