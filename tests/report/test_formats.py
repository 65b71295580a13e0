import csv as csv_reader
import io
import json as json_reader
import math
from dataclasses import fields

import pytest
from rich.console import Console

from cvxbench.report import build, csv, json, latex, markdown, terminal
from cvxbench.report.results import Result
from cvxbench.report.sheets import duration, sheets

RATE_KEYS = [
    "network", "method", "accounting", "tol", "solved", "total", "rate", "ci_low", "ci_high", "median_seconds"
]  # fmt: skip
RESULT_KEYS = {
    "dataset", "network", "lam", "method", "status", "objective", "reference", "relative_gap", "lower_bound",
    "test_score", "test_metric", "seconds", "contended",
}  # fmt: skip


def refuse(constant):
    raise AssertionError(f"{constant} is not JSON")


def test_json_keeps_the_contract(run):
    found = build.report(run)
    content = json_reader.loads(json.render(found), parse_constant=refuse)
    assert content["schema"] == 1
    assert {"suite", "manifest", "problems", "cells", "solve_rate", "results"} <= content.keys()
    assert content["cells"] == {"total": 12, "by_status": found.cells.by_status}
    assert all(list(row) == RATE_KEYS for row in content["solve_rate"] + content["solve_rate_without_null"])
    assert all(row.keys() >= RESULT_KEYS for row in content["results"])
    assert [Result(**row) for row in content["results"]] == list(found.results)
    assert content["problems"] == 6 and content["manifest"]["cpu"] == "x"


def test_json_has_no_infinity(runs):
    zero = {("rfista", None): runs.scored(0.0), ("sgd", 0.1): runs.scored(0.1)}
    found = build.report(runs({("iris", 0.1): zero}))
    assert found.results[1].relative_gap == math.inf
    assert json_reader.loads(json.render(found), parse_constant=refuse)["results"][1]["relative_gap"] is None


def test_csv_has_a_row_per_cell_in_full_precision(runs):
    grid = {("a,b", 0.1): {("rfista", None): runs.scored(0.1 + 0.2), ("sgd", 0.1): None}}
    text = csv.render(build.report(runs(grid)))
    first, second = csv_reader.DictReader(io.StringIO(text))
    assert list(first) == [field.name for field in fields(Result)]
    assert (first["dataset"], float(first["objective"])) == ("a,b", 0.1 + 0.2)
    assert (second["status"], second["objective"]) == ("missing", "")


def test_the_terminal_shows_the_numbers_within_100_columns(run):
    text = terminal.render(build.report(run))
    for words in (
        "66.7 % (4/6)", "[30.0, 90.3]", "33.3 % (2/6)", "50.0 % (3/6)", "2 steps × 1 seed × 100 epochs per opponent",
        "a smoke test, not evidence", "So far, with 14 of 18 attempts run", "Nothing was chosen on test data",
        "without null problems (1)",
    ):  # fmt: skip
        assert words in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 100


def test_names_that_look_like_markup_are_shown_as_text(run):
    found = build.report(run)
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    terminal.print_report(found, console)
    assert "[red]x" in terminal.render(found) and "ValueError: [bold]no" in terminal.render(found)
    assert "[red]x" in console.file.getvalue()
    assert r"a\|b" in markdown.render(found) and r"\[red\]x" in markdown.render(found)


def test_warnings_are_shown(runs):
    wrong = {("rfista", None): runs.scored(0.2, lower_bound=0.15), ("sgd", 0.1): runs.scored(0.1)}
    found = build.report(runs({("iris", 0.1): wrong}))
    assert "WRONG: on iris" in terminal.render(found) and "> **WRONG: on iris" in markdown.render(found)


def test_control_characters_do_not_reach_the_terminal(runs):
    text = terminal.render(build.report(runs({("iris\x1b[31m", 0.1): {("sgd", 0.1): runs.CRASHED}})))
    assert "\x1b" not in text and "iris" in text


def test_markdown_rows_have_as_many_cells_as_their_header(run):
    blocks = markdown.render(build.report(run)).split("\n\n")
    tables = [block.splitlines() for block in blocks if block.startswith("|")]
    assert len(tables) == len(sheets(build.report(run)))
    for lines in tables:
        assert len({line.replace(r"\|", "").count("|") for line in lines}) == 1


def test_markdown_and_terminal_show_the_same_numbers(run):
    found = build.report(run)
    text, page = terminal.render(found), markdown.render(found)
    for row in found.solve_rate:
        assert f"({row.solved}/{row.total})" in text and f"({row.solved}/{row.total})" in page


def test_accountings_that_are_equal_are_one_row(run):
    first = sheets(build.report(run))[0]
    assert [row[:2] for row in first.rows] == [("rfista", "both"), ("sgd", "oracle"), ("sgd", "default")]


def test_more_tolerances_than_fit_go_into_another_sheet(run):
    found = build.report(run, [1.0, 0.5, 0.1, 0.01, 0.001])
    assert [sheet.columns[2:] for sheet in sheets(found)[:2]] == [
        ("tol 1", "tol 0.5", "tol 0.1", "time to 0.1"),
        ("tol 0.01", "tol 0.001", "time to 0.1"),
    ]
    assert max(map(len, terminal.render(found).splitlines())) <= 100


def test_a_run_without_any_attempt_done_has_every_format(runs):
    found = build.report(runs({("iris", 0.1): {("sgd", 0.1): None}}, tables=[]))
    for form in (terminal, json, csv, markdown, latex):
        assert "iris" in form.render(found)


@pytest.mark.parametrize(
    "seconds, said",
    [(None, "–"), (0.00123, "1.2 ms"), (0.0504, "50.4 ms"), (3.0, "3 s"), (61.0, "61 s"), (600.0, "10 min"),
     (7200.0, "2 h"), (360000.0, "100 h")],
)  # fmt: skip
def test_durations_are_said_in_the_unit_people_use(seconds, said):
    assert duration(seconds) == said


def test_latex_has_the_rows_of_the_sheets_and_no_command_of_anyone_elses(runs):
    grid = {(name, 0.1): {("sgd", 0.1): runs.CRASHED} for name in ("a_b & 50%", r"\input{x}", "[red]", "*")}
    text = latex.render(build.report(runs(grid)))
    assert text.count(r"\toprule") == len(sheets(build.report(runs(grid)))) == text.count(r"\begin{table}")
    assert r"a\_b \& 50\%, {\textbackslash}input\{x\}, {[}red]" in text
    assert not [line for line in text.splitlines() if line.startswith(("[", "*"))]


def test_latex_and_terminal_show_the_same_numbers(run):
    found = build.report(run)
    page = latex.render(found)
    for row in found.solve_rate:
        assert f"({row.solved}/{row.total})" in page
