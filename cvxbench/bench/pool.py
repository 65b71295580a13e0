"""What it means when the process of an attempt ends before the attempt does."""

from __future__ import annotations

import signal
from pathlib import Path

from cvxbench.attempt import Status
from cvxbench.bench.relay import Ended
from cvxbench.errors import CvxbenchError

LOG = "log.txt"
THREADS = 1  # of a worker: the same on every machine, and faster than two for most tables of the suites


def patience(time_limit: float) -> float:
    """Return the seconds after which a task is ended whatever it is doing, be it the referee's work."""
    return 2.0 * time_limit + 10.0


def broken(memory_limit: float) -> CvxbenchError:
    """Return the error that says that no process can be started."""
    return CvxbenchError(
        f"the workers end before they begin, so nothing more can run; raise --memory-limit ({memory_limit:g} GiB), "
        "or see what they print"
    )


def ended_from_outside(ended: Ended, time_limit: float) -> tuple[Status, str]:
    """Return how a task ended that did not return, and a phrase on why."""
    if ended.how == "raised":
        return Status.CRASHED, ended.detail
    if ended.how == "lost":
        return Status.KILLED, "every worker that it ran on was lost"
    if ended.how == "late" or ended.exitcode == -signal.SIGALRM:
        return Status.KILLED, f"did not stop at its time limit of {time_limit:g} s, and was ended"
    return death(ended.exitcode)


def death(exitcode: int | None) -> tuple[Status, str]:
    """Return what the end of a worker process means: SIGKILL and SIGTERM come from outside, the rest from within."""
    if exitcode is not None and exitcode < 0:
        name = signal.Signals(-exitcode).name
        outside = name in ("SIGKILL", "SIGTERM")
        return (Status.KILLED if outside else Status.CRASHED), f"the worker process was ended by {name}"
    return Status.CRASHED, f"the worker process ended with exit code {exitcode}"


def note(folder: Path, text: str) -> None:
    """Append a crash to the log of the run in `folder`."""
    path = folder / LOG
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise CvxbenchError(f"'{path}' cannot be written ({error.strerror}); finished attempts are kept") from error
