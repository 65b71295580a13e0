"""The report's numbers as titled sheets of text, the same for every format that people read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from cvxbench.attempt import Status
from cvxbench.report.answer import percent
from cvxbench.report.build import Report
from cvxbench.report.by_table import TableScore
from cvxbench.report.cells import MISSING
from cvxbench.report.failures import FAILED, Failure
from cvxbench.report.held_out import Compared
from cvxbench.report.settings import SettingWins
from cvxbench.report.solve_rates import SolveRate, headline
from cvxbench.report.statistics.times import SHIFT
from cvxbench.studies.findings import Sheet

ACROSS = 3  # tolerances side by side: what 100 columns hold
NAMED = 4  # datasets by name in a row of failures
LISTED = 12  # rows of failures
TABLES = 20  # rows of held-out scores
UNKNOWN = "–"


def sheets(report: Report, across: int = ACROSS, listed: int = LISTED) -> list[Sheet]:
    """Return the sheets of a report that have rows, in reading order.

    Parameters
    ----------
    across : int
        Tolerances side by side.
    listed : int
        Rows of failures.
    """
    found = [
        *_solve_rates(report, across),
        *_times(report),
        _head_to_head(report),
        _test_scores(report, "all", "Held-out rows: does the lower objective help?"),
        _test_scores(report, "none skipped", "Held-out rows, without the methods that skipped problems"),
        _by_table(report),
        _study_costs(report),
        _settings(report),
        _worst(report),
        _failures("Cells without a score: they count as not solved", "cells", report.failures, listed),
        _failures("Attempts that failed", "attempts", report.failed_attempts, listed),
    ]
    return [sheet for sheet in found if sheet.rows]


def duration(seconds: float | None) -> str:
    """Return a time to two or three digits, in the unit people would say it in."""
    if seconds is None:
        return UNKNOWN
    for unit, size, most in (("ms", 1e-3, 1.0), ("s", 1.0, 120.0), ("min", 60.0, 7200.0)):
        if seconds < most:
            return f"{_short(seconds / size)} {unit}"
    return f"{_short(seconds / 3600.0)} h"


def _short(number: float) -> str:
    return f"{number:.0f}" if number >= 99.5 else f"{number:.3g}" if number >= 10.0 else f"{number:.2g}"


def _solve_rates(report: Report, across: int) -> list[Sheet]:
    found: list[Sheet] = []
    for network, null in report.null_problems.items():
        name, tols = f"Solve rate, {network}", report.tolerances
        for start in range(0, len(tols), across):
            title = f"{name}: all problems" + (", finer" if start else "")
            found.append(_rates_of(report, report.solve_rate, network, title, tols[start : start + across]))
        if null:
            title = f"{name}: without null problems ({null})"
            sheet = _rates_of(report, report.solve_rate_without_null, network, title, tols[:across])
            found.append(replace(sheet, topic="solve-rate-without-null"))
    return [*found[:-1], *(replace(last, notes=_legend(report)) for last in found[-1:])]


def _legend(report: Report) -> tuple[str, ...]:
    return (
        "Solved: an iterate came within tol of the reference, relative, and none reached 10 × the first objective. "
        "Below each rate: its Wilson 95 % interval, as if problems that share a table were independent.",
        "oracle: any setting and seed of the study may solve it. default: the default setting's first seed only. "
        "both: the two are equal.",
        f"Time: median over the cells solved at tol {headline(report.tolerances):g}, of the fastest attempt; {UNKNOWN} "
        "if none of these had the machine for itself.",
        "Null problems: the zero network is optimal; the published protocol drops them.",
    )


def _rates_of(report: Report, rates: Sequence[SolveRate], network: str, title: str, tols: Sequence[float]) -> Sheet:
    timed = headline(report.tolerances)
    groups: dict[tuple[str, str], dict[float, SolveRate]] = {}
    for row in rates:
        if row.network == network:
            groups.setdefault((row.method, row.accounting), {})[row.tol] = row
    rows = {
        key: (*(_rate(by_tol[tol]) for tol in tols), duration(by_tol[timed].median_seconds))
        for key, by_tol in groups.items()
    }
    return Sheet(
        topic="solve-rate",
        title=title,
        columns=("method", "counted", *(f"tol {tol:g}" for tol in tols), f"time to {timed:g}"),
        align="ll" + "r" * (len(tols) + 1),
        rows=tuple((*key, *row) for key, row in _merged(rows).items()),
    )


def _times(report: Report) -> list[Sheet]:
    found: list[Sheet] = []
    for network in report.null_problems:
        of_network = [row for row in report.solve_times if row.network == network]
        rows = {
            (row.method, row.accounting): (
                f"{row.solved}/{row.solved + row.capped}",
                *map(duration, (row.lower_quartile, row.median, row.upper_quartile, row.mean)),
            )
            for row in of_network
        }
        shared = of_network[0].shared if of_network else 0
        columns = ("method", "counted", "solved", "first quartile", "median", "third quartile", f"mean of {shared}")
        title = f"Time to within {100.0 * headline(report.tolerances):g} %, {network}"
        merged = tuple((*key, *row) for key, row in _merged(rows).items())
        found.append(Sheet(topic="times", title=title, columns=columns, align="ll" + "r" * 5, rows=merged))
    notes = (
        f"Quartiles are over all problems, those not solved being the slowest: {UNKNOWN} where it is one of them. The "
        f"mean is geometric, shifted by {duration(SHIFT)}, over the problems that all of them solved. "
        "Problems on which some time is that of an attempt that shared the machine are left out unless asked for.",
    )
    return [*found[:-1], *(replace(last, notes=notes) for last in found[-1:])]


def _merged(rows: dict[tuple[str, str], tuple[str, ...]]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Say once what is equal in both accountings, as it is for methods with nothing to tune."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for (method, accounting), row in rows.items():
        if all(rows[key] == row for key in rows if key[0] == method):
            found[method, "both"] = row
        else:
            found[method, accounting] = row
    return found


def _rate(row: SolveRate) -> str:
    if row.ci_low is None or row.ci_high is None:
        return percent(row)
    return f"{percent(row)}\n[{100.0 * row.ci_low:.1f}, {100.0 * row.ci_high:.1f}]"


def _head_to_head(report: Report) -> Sheet:
    return Sheet(
        topic="head-to-head",
        title="Head to head: who reached the lower objective",
        columns=("network", "method", "against", "lower", "tie", "higher", "not compared", "p"),
        align="lllrrrrr",
        rows=tuple(
            (
                row.network,
                row.method,
                row.opponent,
                *map(str, (row.wins, row.ties, row.losses, row.not_compared)),
                UNKNOWN if row.p_value is None else f"{row.p_value:.2g}",
            )
            for row in report.head_to_head
        ),
        notes=(
            "Best of each study; a tie is within 0.1 %; not compared: one of the two has no score. p: Wilcoxon's "
            "signed-rank test of the tables' mean log objectives, corrected by Holm over the pairs of the network.",
        ),
    )


def _test_scores(report: Report, compared: Compared, title: str) -> Sheet:
    return Sheet(
        topic="held-out",
        title=title,
        columns=("network", "method", "mean of", "value", "problems"),
        align="lllrr",
        rows=tuple(
            (
                row.network,
                row.method + (" (yardstick)" if row.yardstick else ""),
                "accuracy" if row.test_metric == "accuracy" else "squared error",
                _score(row.test_metric, row.mean),
                str(row.problems),
            )
            for row in report.test_scores
            if row.mean is not None and row.compared == compared
        ),
        notes=(
            "Over the problems where all these methods of the network are scored; no row where there is none. Nothing "
            "was chosen on test data: the attempt is that of the lowest training objective, the mean is over all "
            "lambdas.",
            "A yardstick is another model on the same rows, tuned by cross-validation on training rows; it knows no "
            "lambda.",
        ),
    )


def _by_table(report: Report) -> Sheet:
    models = tuple(dict.fromkeys(row.model for row in report.table_scores))
    tables: dict[str, dict[str, TableScore]] = {}
    for row in report.table_scores:
        tables.setdefault(row.dataset, {})[row.model] = row
    more = len(tables) - TABLES
    return Sheet(
        title="Held-out rows, table by table",
        columns=("dataset", *models),
        align="l" + "r" * len(models),
        rows=tuple(
            (dataset, *(_spread(by_model.get(model)) for model in models))
            for dataset, by_model in list(tables.items())[:TABLES]
            if any(row.yardstick for row in by_model.values())
        ),
        notes=(
            "Accuracy, or squared error. A network: at each lambda that of the lowest training objective of all "
            "methods; the mean over lambdas, below it from the worst to the best. The others are the yardsticks, which "
            f"took {duration(sum(one.seconds or 0.0 for one in report.yardsticks))} in all.",
            *([f"{more} more tables are in --format json."] if more > 0 else []),
        ),
    )


def _spread(row: TableScore | None) -> str:
    if row is None or row.mean is None or row.worst is None or row.best is None:
        return UNKNOWN
    mean, worst, best = (_score(row.test_metric, value) for value in (row.mean, row.worst, row.best))
    return mean if row.yardstick else f"{mean}\n[{worst}, {best}]"


def _score(metric: str, mean: float) -> str:
    return f"{100.0 * mean:.2f} %" if metric == "accuracy" else f"{mean:.4g}"


def _study_costs(report: Report) -> Sheet:
    return Sheet(
        topic="tuning",
        title="What the whole studies cost",
        columns=("network", "method", "attempts", "not run", "diverged", "failed", "shared", "total time"),
        align="llrrrrrr",
        rows=tuple(
            (
                row.network,
                row.method,
                str(row.attempts),
                str(row.by_status[MISSING]),
                str(row.by_status.get(Status.DIVERGED.label, 0)),
                str(sum(row.by_status.get(status, 0) for status in FAILED)),
                str(row.contended),
                duration(row.seconds),
            )
            for row in report.study_cost
        ),
        notes=(
            "failed: crashed, out of memory or killed. shared: ran beside other attempts, so their times are too long; "
            "the total holds them all the same.",
        ),
    )


def _settings(report: Report) -> Sheet:
    totals: dict[tuple[str, str, str, bool], list[SettingWins]] = {}
    for row in report.settings:
        totals.setdefault((row.network, row.method, row.setting, row.is_default), []).append(row)
    return Sheet(
        topic="tuning",
        title="Which setting won",
        columns=("network", "method", "setting", "wins", "cells"),
        align="lllrr",
        rows=tuple(
            (
                network,
                method,
                setting + (" (default)" if is_default else ""),
                str(sum(row.wins for row in rows)),
                str(sum(row.total for row in rows)),
            )
            for (network, method, setting, is_default), rows in totals.items()
        ),
        notes=(
            "A setting wins a cell when one of its seeds has the lowest training objective of the study.",
            *_won_at_an_end(report.settings),
        ),
    )


def _won_at_an_end(settings: Sequence[SettingWins]) -> tuple[str, ...]:
    wins: Counter[tuple[str, str]] = Counter()
    for row in settings:
        wins[row.network, row.method] += row.wins * row.outermost
    cells = ", ".join(f"{method} on {network} {count}" for (network, method), count in wins.items() if count)
    return (f"Cells that an end of the grid won, where a wider grid might do better: {cells}.",) if cells else ()


def _worst(report: Report) -> Sheet:
    return Sheet(
        topic="gaps",
        title="Farthest from the reference",
        columns=("network", "method", "dataset", "lambda", "gap", "status"),
        align="lllrrl",
        rows=tuple(
            (row.network, row.method, row.dataset, f"{row.lam:.2g}", f"{row.relative_gap:.2g}", row.status)
            for row in report.worst
        ),
        notes=("gap: (objective − reference)/reference of the best of the study.",),
    )


def _failures(title: str, unit: str, failures: Sequence[Failure], listed: int) -> Sheet:
    """One row for the methods that failed alike, as on a table that could not be had."""
    alike: dict[tuple[str, int, tuple[str, ...], str], list[str]] = {}
    for row in failures:
        alike.setdefault((row.status, row.count, row.datasets, row.reason), []).append(row.method)
    rows = tuple(
        (status, ", ".join(methods), str(count * len(methods)), _some(datasets), reason)
        for (status, count, datasets, reason), methods in alike.items()
    )
    more = len(rows) - listed
    return Sheet(
        topic="failures",
        title=title,
        columns=("status", "methods", unit, "datasets", "reason"),
        align="llrll",
        rows=rows[:listed],
        notes=(f"{more} more rows like these are in --format json.",) if more > 0 else (),
    )


def _some(names: tuple[str, ...]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
