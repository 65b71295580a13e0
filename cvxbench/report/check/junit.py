"""A comparison as JUnit XML: a suite for each network × method, a case for each cell."""

from __future__ import annotations

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from cvxbench.report.check.compare import Comparison, Finding, Kind

RESULTS = {
    Kind.WORSE: Failure,
    Kind.FAILED: Error,
    Kind.MISSING: Error,
    Kind.LIMITED: Skipped,
    Kind.NEW: Skipped,
}


def render(comparison: Comparison) -> str:
    """Return the XML: worse cells are failures, failed and missing ones errors, those without a verdict skipped."""
    xml = JUnitXml("cvxbench check")
    for group in comparison.groups:
        suite = TestSuite(f"{group.network} / {group.method}")
        for finding in group.findings:
            suite.add_testcase(_case(finding))
        xml.add_testsuite(suite)
    return xml.tostring().decode("utf-8")


def _case(finding: Finding) -> TestCase:
    cell = finding.cell
    case = TestCase(_plain(f"{cell.dataset} lambda {cell.lam:g}"), classname=f"{cell.network}.{_plain(cell.method)}")
    if finding.kind in RESULTS:
        case.result = RESULTS[finding.kind](_plain(finding.said), finding.kind.value)
    return case


def _plain(words: str) -> str:
    """Return words without what XML cannot hold."""
    return "".join(char if char.isprintable() else " " for char in words)
