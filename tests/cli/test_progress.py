from __future__ import annotations

import pytest

from cvxbench.cli import progress
from cvxbench.cli.progress import Work


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_what_is_left_is_told_by_predicted_seconds_not_by_attempts(clock, capsys):
    left = Work(90, 1000.0)
    with progress._bar("a run", "attempts", lambda: (Work(100, 1100.0), left)) as tell:
        left, clock[0] = Work(50, 900.0), 20.0
        tell("too soon to say so")
        clock[0] = 60.0
        tell("iris")  # a tenth of what was left took a minute
        left, clock[0] = Work(1, 800.0), 1800.0
        tell("wine")
    assert capsys.readouterr().err.splitlines() == [
        "a run: 90 of 100 attempts to go",
        "50/100 attempts, about 9 min left: iris",
        "99/100 attempts, about 2.0 h left: wine",
    ]
