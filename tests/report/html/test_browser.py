"""The page as readers meet it: in a browser, from a file, without any network."""

import shutil
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from cvxbench.report import build
from cvxbench.report.build import Count
from cvxbench.report.evidence import read
from cvxbench.report.experiment import ExperimentReport
from cvxbench.report.html.page import VIEWS, render, render_experiment
from cvxbench.studies.findings import Findings, Plot, Sheet

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1440,1000")
SHOWN = "const shown = document.querySelector('[data-view]:not([hidden])'); "

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (BROWSER and DRIVER), reason="there is no chromium with its chromedriver on this machine"),
]


@pytest.fixture(scope="module")
def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for option in (*OPTIONS, "--host-resolver-rules=MAP * ~NOTFOUND"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def file(large, tmp_path_factory) -> Path:
    evidence = read(large)
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(render(evidence, build.summary(evidence)), encoding="utf-8")
    return path


@pytest.fixture
def page(browser, file):
    browser.get("about:blank")
    browser.get(file.as_uri())
    shown(browser, "answer")
    yield browser
    assert browser.get_log("browser") == []


def shown(browser, view):
    """Wait until a view is there with all its charts."""
    ready = SHOWN + "return shown.dataset.view === arguments[0] && shown.dataset.drawn === document.body.dataset.shown"
    WebDriverWait(browser, 120).until(lambda _: browser.execute_script(ready, view))


def go(browser, address):
    browser.execute_script("location.hash = arguments[0]", address)
    shown(browser, address.split("/")[0].lstrip("#"))


def rows(browser, table):
    return [row for row in browser.find_elements(By.CSS_SELECTOR, f"{table} tbody tr:not([hidden])")]


def pictures(browser):
    return browser.execute_script(SHOWN + "return [...shown.querySelectorAll('canvas')].map((c) => c.toDataURL())")


def test_the_file_is_small_enough_and_painted_soon(browser, file):
    assert file.stat().st_size < 12e6
    paint = "return performance.getEntriesByType('paint').at(-1)?.startTime"
    painted = {}
    blank = file.with_name("blank.html")
    blank.write_text("<!doctype html><title>blank</title><p>nothing")
    for path in (blank, file):
        browser.get(path.as_uri())
        painted[path] = WebDriverWait(browser, 60).until(lambda _: browser.execute_script(paint))
    assert painted[file] - painted[blank] < 2000  # milliseconds, beyond what this machine takes for any page


def test_the_first_screen_has_question_answer_rates_and_curve(page):
    screen = page.execute_script("return innerHeight")
    for selector in ("h1", ".answer", ".first table tbody tr:nth-child(5)", ".first canvas"):
        box = page.find_element(By.CSS_SELECTOR, selector).rect
        assert box["y"] > 0 and box["y"] + box["height"] < screen, selector


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_has_a_link_and_draws_all_its_charts(page, view):
    page.find_element(By.CSS_SELECTOR, f"nav a[href='#{view}']").send_keys(Keys.ENTER)
    shown(page, view)
    count = page.execute_script(SHOWN + "return shown.querySelectorAll('.chart').length")
    drawn = pictures(page)
    assert len(drawn) == count and len(set(drawn)) == count
    assert page.find_elements(By.CSS_SELECTOR, "[data-view]:not([hidden]) :is(table, canvas)")
    page.get(page.current_url)
    shown(page, view)


def test_a_problem_shows_every_curve_and_the_hostile_name_is_text(page):
    go(page, "#problems")
    page.find_element(By.CSS_SELECTOR, "#results tbody a").click()
    shown(page, "problem")
    section = page.find_element(By.ID, "view-problem")
    assert section.find_element(By.TAG_NAME, "h2").text == "<img src=x onerror=alert(1)>, gated-relu, lambda 1e-5"
    assert len(set(pictures(page))) == 4
    assert [row.text.split()[0] for row in rows(page, "#problem-cells")] == [
        "ssn", "rfista", "al", "conic", "sgd", "adam"
    ]  # fmt: skip
    section.find_element(By.CSS_SELECTOR, "details summary").click()
    WebDriverWait(page, 60).until(lambda _: rows(page, "#figure-problem"))
    before = pictures(page)
    page.find_element(By.ID, "next").click()
    WebDriverWait(page, 60).until(lambda _: "lambda 6.31e-5" in section.find_element(By.TAG_NAME, "h2").text)
    shown(page, "problem")
    assert pictures(page) != before
    assert page.find_elements(By.TAG_NAME, "img") == []


def test_a_problem_has_a_link_that_can_be_passed_on_and_an_unknown_one_leads_to_the_list(page):
    go(page, "#problem/table-05/gated-relu/0.0000630957")
    assert page.find_element(By.CSS_SELECTOR, "#view-problem h2").text == "table-05, gated-relu, lambda 6.31e-5"
    page.execute_script("location.hash = '#problem/nobody/gated-relu/1'")
    shown(page, "problems")


def test_the_tolerance_switch_moves_the_curve_and_every_other_switch(page):
    before = pictures(page)
    page.find_element(By.CSS_SELECTOR, "#figure-solved-in-time input:checked").send_keys(Keys.ARROW_RIGHT)
    WebDriverWait(page, 60).until(lambda _: pictures(page) != before)
    chosen = page.execute_script("return [...document.querySelectorAll('input:checked')].map((input) => input.value)")
    assert set(chosen) == {"0.01"}


def test_tables_sort_and_filter(page):
    go(page, "#problems")
    assert len(rows(page, "#results")) == 432 * 6
    page.find_element(By.CSS_SELECTOR, "#results input").send_keys("table-05 rfista")
    assert len(rows(page, "#results")) == 6
    for direction in (1, -1):
        page.find_element(By.XPATH, "//*[@id='results']//button[.='relative gap']").send_keys(Keys.ENTER)
        found = [float(row.find_elements(By.TAG_NAME, "td")[6].text) for row in rows(page, "#results")]
        assert found == sorted(found)[::direction]


def test_light_and_dark(page):
    colour = "return getComputedStyle(document.body).backgroundColor"
    light, before = page.execute_script(colour), pictures(page)
    page.find_element(By.ID, "theme").send_keys(Keys.SPACE)
    assert page.execute_script(colour) != light
    WebDriverWait(page, 60).until(lambda _: pictures(page) != before)


def test_the_page_of_an_experiment_draws_its_figures(browser, tmp_path):
    rows = [{"panel": p, "run": r, "x": 10.0**at, "y": at * ord(p)} for p in "ab" for r in "cd" for at in range(4)]
    plot = Plot("curve", "A curve", "What it shows.", rows, "x", "y", "run", panel="panel", log_x=True)
    found = Findings("Does it draw?", "It does <b>.", sheets=(Sheet("Rows", ("x",), "r", (("1",),)),), plots=(plot,))
    suite = {"name": "toy", "description": "toys", "budget": {"name": "quick"}}
    counts = Count(2, {"missing": 1, "converged": 1})
    path = tmp_path / "experiment.html"
    path.write_text(render_experiment(ExperimentReport(suite, {}, 1, counts, found, ())), encoding="utf-8")
    browser.get(path.as_uri())
    shown(browser, "answer")
    words = browser.find_element(By.TAG_NAME, "main").text
    assert "with 1 of 2 parts run: It does <b>." in words and "1 parts are missing" in words
    go(browser, "#figures")
    assert len(set(pictures(browser))) == 2
    assert browser.get_log("browser") == []
