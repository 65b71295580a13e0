"""How every verb ends on wrong use: one sentence on stderr and exit code 2, never a traceback."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click

from cvxbench.errors import CvxbenchError

P = ParamSpec("P")
R = TypeVar("R")


def reported(verb: Callable[P, R]) -> Callable[P, R]:
    """Wrap a verb so that a CvxbenchError, or what the system refuses, is one sentence and exit code 2."""

    @functools.wraps(verb)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return verb(*args, **kwargs)
        except CvxbenchError as error:
            click.echo(str(error), err=True)
            sys.exit(2)
        except OSError as error:  # a full disk, a closed device: of the environment, not of ours
            click.echo(f"{error.filename or 'the output'}: {error.strerror or error}", err=True)
            sys.exit(2)

    return wrapped
