"""How datasets are shown: one line each, one card, or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table as Grid

from cvxbench.data.schema import AnySource, Dataset, WheelSource, kind_of


def overview(datasets: Sequence[Dataset]) -> Grid:
    """Return a table of one line per dataset; a star marks those that have a note."""
    grid = Grid()
    for title in ("name", "task", "n", "d", "classes", "kind", "source", "note"):
        grid.add_column(title, justify="right" if title in ("n", "d", "classes") else "left", no_wrap=True)
    for dataset in datasets:
        sizes = (_shown(dataset.n), _shown(dataset.d), _shown(dataset.classes))
        mark = "*" if dataset.note else ""
        kinds = ", ".join(dict.fromkeys(str(kind_of(source)) for source in dataset.sources))
        grid.add_row(escape(dataset.name), dataset.task, *sizes, dataset.kind, kinds, mark)
    return grid


def as_json(datasets: Sequence[Dataset]) -> str:
    """Return all that the registry says of some datasets, as a JSON list."""
    fields = [dataset.model_dump(mode="json", exclude_defaults=True) for dataset in datasets]
    return json.dumps(fields, indent=2, ensure_ascii=False)


def card(dataset: Dataset) -> Grid:
    """Return a grid of all that is known of one dataset."""
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for source in dataset.sources:
        grid.add_row("source", escape(where(source)))
        grid.add_row("sha256", source.sha256 or "not pinned: nobody has loaded it here yet")
    fields = dataset.model_dump(mode="json", exclude={"sources"}, exclude_none=True)
    for field, value in fields.items():
        if value != []:
            text = ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
            grid.add_row(field.replace("_", " "), escape(text))
    return grid


def where(source: AnySource) -> str:
    """Say in a phrase where a source has its bytes."""
    if isinstance(source, WheelSource):
        first, *others = source.members
        more = f" and {len(others)} more" if others else ""
        return f"wheel {source.wheel.name} {source.wheel.version}, member {first}{more}"
    kind = str(kind_of(source))
    return f"{kind} {getattr(source, kind)}"


def _shown(number: int | None) -> str:
    return "" if number is None else str(number)
