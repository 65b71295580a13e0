"""Whether a dataset can be had today, and is still what its entry says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cvxbench.data.load import load_table
from cvxbench.data.raw import ContentError, InputError
from cvxbench.data.schema import Dataset
from cvxbench.errors import SourceError


@dataclass(frozen=True)
class Verdict:
    """What came of loading and checking one dataset; `reason` is empty if it is ok."""

    dataset: str
    status: Literal["ok", "skipped", "differs"]
    reason: str = ""


def verify(dataset: Dataset, cache: Path | None = None) -> Verdict:
    """Load a dataset and compare it with its entry.

    "skipped" means that no source works now; "differs" that a source gave something else than the entry says.
    """
    try:
        load_table(dataset, cache)
    except (ContentError, InputError) as error:
        return Verdict(dataset.name, "differs", str(error))
    except SourceError as error:
        return Verdict(dataset.name, "skipped", str(error))
    return Verdict(dataset.name, "ok")
