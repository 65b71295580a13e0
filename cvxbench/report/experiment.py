"""The report of an experiment: its findings, and how its parts ended, in several formats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cvxbench.bench.records import Part
from cvxbench.bench.store import Store
from cvxbench.report.build import SCHEMA, Count
from cvxbench.report.cells import MISSING
from cvxbench.report.failures import FAILED
from cvxbench.report.json import strict
from cvxbench.report.preface import Preface
from cvxbench.report.sheets import LISTED
from cvxbench.studies.experiment import get
from cvxbench.studies.findings import Comparison, Findings, Sheet


@dataclass(frozen=True)
class ExperimentReport:
    """What can be said of an experiment's run, finished or not.

    Parameters
    ----------
    suite, manifest : dict
        As the store has them; the manifest is that of the last session.
    sessions : int
    parts : Count
    findings : Findings
    results : tuple of Part
    """

    suite: Mapping[str, Any]
    manifest: Mapping[str, Any]
    sessions: int
    parts: Count
    findings: Findings
    results: tuple[Part, ...]


def read(folder: Path) -> ExperimentReport | None:
    """Read the run of an experiment; None if the folder holds the run of a suite.

    Raises
    ------
    CvxbenchError
        If the folder is not a run, or its store is damaged.
    """
    with Store(folder) as store:
        suite, sessions = store.meta("suite"), store.meta("sessions")
        if "experiment" not in suite:
            return None
        parts = tuple(store.parts())
    statuses = Counter(part.status or MISSING for part in parts)
    return ExperimentReport(
        suite=suite,
        manifest=sessions[-1],
        sessions=len(sessions),
        parts=Count(len(parts), {MISSING: 0} | dict(statuses)),
        findings=get(suite["experiment"]).findings(parts),
        results=parts,
    )


def measured(report: ExperimentReport) -> bool:
    """Return whether any part has a result."""
    return any(part.result is not None for part in report.results)


def exit_code(report: ExperimentReport) -> int:
    """Return the exit code of a run: 4 if nothing was measured, 3 if a part failed (crash, memory, kill), else 0."""
    if not measured(report):
        return 4
    return 3 if any(part.status in FAILED for part in report.results) else 0


def preface(report: ExperimentReport) -> Preface:
    """Return what comes before the sheets."""
    suite, manifest, found = report.suite, report.manifest, report.findings
    name, missing = suite["budget"]["name"], report.parts.by_status[MISSING]
    budget = f"budget {name}" + (" — a smoke test, not evidence" if name == "quick" else "")
    parts = ", ".join(f"{number} {status}" for status, number in sorted(report.parts.by_status.items()) if number)
    made_by = ", ".join(f"{key} {manifest[key]}" for key in ("version", "commit", "cpu", "threads") if key in manifest)
    total = report.parts.total
    so_far = f"So far, with {total - missing} of {total} parts run: " if missing else ""
    return Preface(
        title=f"cvxbench {suite['name']}: {suite['description']}",
        question=found.question,
        answer=so_far + found.answer,
        facts=(budget, f"{total} parts: {parts}", *found.facts, *([f"measured by {made_by}"] if made_by else [])),
        warnings=found.warnings,
    )


def sheets(report: ExperimentReport, listed: int = LISTED) -> list[Sheet]:
    """Return the sheets that have rows: claims, what was found, and the parts without a result."""
    found = [comparisons(report.findings.comparisons), *report.findings.sheets, _failures(report.results, listed)]
    return [sheet for sheet in found if sheet.rows]


def comparisons(claims: Sequence[Comparison]) -> Sheet:
    """Return published claims beside what was measured."""
    return Sheet(
        title="Published, and here",
        columns=("claim", "published", "here", "verdict", "why"),
        align="lrrll",
        rows=tuple((claim.claim, claim.published, claim.measured, claim.verdict, claim.why) for claim in claims),
    )


def json(report: ExperimentReport) -> str:
    """Return the report as strict JSON, for tools."""
    content = asdict(report)
    findings = content.pop("findings")
    return strict({"schema": SCHEMA, **findings, **content})


def csv(report: ExperimentReport) -> str:
    """Return the parts as CSV, in full precision: a column for each number that a result holds by name."""
    rows = [
        {"key": part.key, "status": part.status or MISSING, "detail": part.detail, "seconds": part.seconds}
        | {key: value for key, value in (part.result or {}).items() if not isinstance(value, (list, dict))}
        for part in report.results
    ]
    return pd.DataFrame(rows).to_csv(index=False)


def _failures(parts: Sequence[Part], listed: int) -> Sheet:
    alike: dict[tuple[str, str], list[str]] = {}
    for part in parts:
        if part.status is not None and part.result is None:
            alike.setdefault((part.status, part.detail or ""), []).append(part.key)
    rows = tuple(
        (status, str(len(keys)), keys[0] + (" …" if len(keys) > 1 else ""), why)
        for (status, why), keys in alike.items()
    )
    more = len(rows) - listed
    return Sheet(
        title="Parts without a result",
        columns=("status", "parts", "such as", "reason"),
        align="lrll",
        rows=rows[:listed],
        notes=(f"{more} more rows like these are in --format json.",) if more > 0 else (),
        topic="failures",
    )
