"""Suites: a named list of datasets, networks, methods, lambdas and a budget, resolved against the registry."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from fnmatch import fnmatchcase
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

import numpy as np
from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from cvxbench.attempt import Budget
from cvxbench.data.document import Document
from cvxbench.data.registry import Registry
from cvxbench.data.schema import Dataset, Spec
from cvxbench.errors import CvxbenchError
from cvxbench.methods import get as method_named
from cvxbench.networks.problem import NETWORKS

LAMBDAS = tuple(float(lam) for lam in np.logspace(-5, -1, 6))  # Mishkin, Sahiner, Pilanci 2022
TOLERANCES = (1.0, 0.5, 0.1, 0.01, 0.001)  # the first three are theirs
METHODS = {
    "gated-relu": ("ssn", "rfista", "conic", "sgd", "adam"),
    "relu": ("global", "ssn", "al", "conic", "sgd", "adam"),
}


YardstickName = Literal["linear", "rbf-svm", "random-forest"]
YARDSTICKS: tuple[str, ...] = get_args(YardstickName)

T = TypeVar("T")
Positive = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
Distinct = Annotated[tuple[T, ...], AfterValidator(lambda values: tuple(dict.fromkeys(values)))]


class Rule(Spec):
    """Which datasets of the registry a suite takes: of a kind, with n in `rows`, each set of rows once.

    Only those with a source whose hash is pinned: an entry that nobody has loaded yet is no evidence.
    """

    kind: str
    rows: tuple[int, int]


class SuiteFile(Spec):
    """What a suite's YAML may say; networks, lambdas and tolerances are the published ones unless it does."""

    description: str
    datasets: Distinct[str] = ()
    unavailable: dict[str, str] = Field(default={})
    rule: Rule | None = None
    networks: dict[str, Distinct[str]] = Field(default=METHODS)
    yardsticks: Distinct[YardstickName] = get_args(YardstickName)
    lambdas: Distinct[Positive] = Field(LAMBDAS, min_length=1)
    tolerances: Distinct[Positive] = Field(TOLERANCES, min_length=1)
    bias: bool = False
    centre: bool = False
    budget: str


@dataclass(frozen=True)
class Suite:
    """A suite with nothing left to look up; two runs of the same suite and seed plan the same grid.

    Parameters
    ----------
    name, description : str
    datasets : tuple of Dataset
    unavailable : dict
        Name of a dataset that no source has → why.
    networks : dict
        Network → the methods that train it.
    yardsticks : tuple of str
        Models of other families that are trained on every table, and scored on its test rows.
    lambdas, tolerances : tuple of float
    budget : Budget
    seed : int or None
        None takes the published seeds of split and gates.
    bias, centre : bool
        Whether preparation appends a column of ones, and whether it centres the columns.
    """

    name: str
    description: str
    datasets: tuple[Dataset, ...]
    unavailable: Mapping[str, str]
    networks: Mapping[str, tuple[str, ...]]
    yardsticks: tuple[str, ...]
    lambdas: tuple[float, ...]
    tolerances: tuple[float, ...]
    budget: Budget
    seed: int | None = None
    bias: bool = False
    centre: bool = False

    def record(self) -> dict[str, Any]:
        """Return the suite as JSON can hold it, for the manifest; an infinite amount of work is `null`."""
        content = {field.name: getattr(self, field.name) for field in fields(self)}
        content["datasets"] = [dataset.name for dataset in self.datasets]
        content["entries"] = {dataset.name: _fingerprint(dataset) for dataset in self.datasets}
        content["budget"] = asdict(self.budget) | {"work": None if np.isinf(self.budget.work) else self.budget.work}
        return json.loads(json.dumps(content))


def _fingerprint(dataset: Dataset) -> str:
    """Return a short hash of all that an entry says, so that a changed entry is not mistaken for the old one."""
    return hashlib.sha256(dataset.model_dump_json().encode()).hexdigest()[:12]


def names() -> list[str]:
    """Return the names of the suites that ship with the package."""
    return sorted(entry.name.removesuffix(".yaml") for entry in _folder().iterdir() if entry.name.endswith(".yaml"))


def budgets() -> dict[str, Budget]:
    """Return the budgets that ship with the package by name."""
    content = Document.read(Path(str(resources.files("cvxbench.bench") / "budgets.yaml"))).content
    return {name: TypeAdapter(Budget).validate_python({"name": name, **given}) for name, given in content.items()}


def load(name: str, registry: Registry, budget: str | None = None, experiments: Iterable[str] = ()) -> Suite:
    """Return the suite of that name, or the one that the YAML file of that path describes.

    Parameters
    ----------
    name : str
    registry : Registry
    budget : str, optional
        Instead of the suite's own.
    experiments : iterable of str
        What else an unknown name may have meant.

    Raises
    ------
    CvxbenchError
        If there is none, or its file is not as it must be; the sentence names file, line and field.
    """
    document = Document.read(_path(name, experiments))
    content: SuiteFile = _validated(SuiteFile, document, document.content, ())
    known = budgets()
    wanted = budget or content.budget
    if wanted not in known:
        raise CvxbenchError(f"budget '{wanted}' is unknown; there are {', '.join(known)}")
    for network, chosen in content.networks.items():
        _check_methods(network, chosen)
    if content.rule is not None:
        datasets = tuple(d for d in registry.datasets.values() if _taken(content.rule, d))
    else:
        datasets = tuple(registry.dataset(dataset) for dataset in content.datasets)
    return Suite(
        name=Path(name).stem,
        description=content.description,
        datasets=datasets,
        unavailable=content.unavailable,
        networks=content.networks,
        yardsticks=content.yardsticks,
        lambdas=content.lambdas,
        tolerances=content.tolerances,
        budget=known[wanted],
        bias=content.bias,
        centre=content.centre,
    )


def narrowed(
    suite: Suite,
    registry: Registry,
    *,
    datasets: Sequence[str] = (),
    own: Sequence[Dataset] = (),
    methods: Sequence[str] = (),
    networks: Sequence[str] = (),
    lambdas: Sequence[float] = (),
    time_limit: float | None = None,
    memory_limit: float | None = None,
    seed: int | None = None,
) -> Suite:
    """Return the suite cut down, or changed, as the command line asks.

    `datasets` are globs on the suite's datasets; a name that the suite lacks but the registry has is added, and `own`
    are tables of the user's. If only `own` is given, they stand alone. A method that is named but is not in the suite
    joins every network that it can train; where methods are named, there are no yardsticks.
    """
    if datasets or own:
        suite = replace(suite, **_chosen(suite, registry, datasets, own))
    for network in networks:
        if network not in NETWORKS:
            raise CvxbenchError(f"network '{network}' is unknown; there are {', '.join(NETWORKS)}")
    methods = tuple(dict.fromkeys(methods))
    kept = {network: suite.networks.get(network, METHODS[network]) for network in networks or suite.networks}
    if methods:
        able = {name: method_named(name).networks for name in methods}
        kept = {network: tuple(m for m in methods if network in able[m]) for network in kept}
        kept = {network: chosen for network, chosen in kept.items() if chosen}
        if not kept:
            raise CvxbenchError(f"none of {', '.join(methods)} trains {', '.join(networks)} (cvxbench methods)")
    budget = suite.budget
    if time_limit is not None:
        budget = replace(budget, time_limit=time_limit)
    if memory_limit is not None:
        budget = replace(budget, memory_limit=memory_limit)
    return replace(
        suite,
        networks=kept,
        yardsticks=() if methods else suite.yardsticks,
        lambdas=tuple(dict.fromkeys(lambdas)) or suite.lambdas,
        budget=budget,
        seed=seed,
    )


def identity(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what makes two runs the same: their record without the limits, which a resumed run may raise.

    In which order datasets and lambdas were named does not matter: the grid has an order of its own.
    """
    budget = {key: value for key, value in record["budget"].items() if key not in ("time_limit", "memory_limit")}
    named = {key: sorted(record[key]) for key in ("datasets", "lambdas") if key in record}
    return {**record, **named, "budget": budget}


def default_folder(suite: Suite, whole: Suite) -> Path:
    """Return where a run goes that names no folder: the same for the same command, so that repeating it resumes.

    Parameters
    ----------
    suite : Suite
        What will run.
    whole : Suite
        The same suite with nothing narrowed; if they differ, the folder's name says so by a hash.
    """
    name = f"{suite.name}-{suite.budget.name}"
    mine = identity(suite.record())
    if mine != identity(whole.record()):
        name += "-" + hashlib.sha256(json.dumps(mine, sort_keys=True).encode()).hexdigest()[:6]
    return Path("results") / name


def _chosen(suite: Suite, registry: Registry, globs: Sequence[str], own: Sequence[Dataset]) -> dict[str, Any]:
    chosen = {}
    for glob in globs:
        inside = [dataset for dataset in suite.datasets if fnmatchcase(dataset.name, glob)]
        if not inside and not any(fnmatchcase(name, glob) for name in suite.unavailable):
            inside = registry.matching([glob])
        chosen |= {dataset.name: dataset for dataset in inside}
    for dataset in own:
        if dataset.name in chosen:
            raise CvxbenchError(f"two datasets are named '{dataset.name}'; rename the file of one")
        chosen[dataset.name] = dataset
    away = {n: why for n, why in suite.unavailable.items() if any(fnmatchcase(n, glob) for glob in globs)}
    return {"datasets": tuple(chosen.values()), "unavailable": away}


def _folder() -> Any:
    return resources.files("cvxbench.bench") / "suites"


def _path(name: str, experiments: Iterable[str]) -> Path:
    if name.endswith((".yaml", ".yml")):
        return Path(name)
    if name not in names():
        close = difflib.get_close_matches(name, [*names(), *experiments], n=1)
        hint = f"; did you mean '{close[0]}'?" if close else ""
        raise CvxbenchError(f"suite '{name}' is unknown{hint} (cvxbench suites list)")
    return Path(str(_folder() / f"{name}.yaml"))


def _taken(rule: Rule, dataset: Dataset) -> bool:
    least, most = rule.rows
    pinned = any(source.sha256 for source in dataset.sources)
    return pinned and dataset.kind == rule.kind and dataset.same_as is None and least <= (dataset.n or 0) <= most


def _check_methods(network: str, chosen: Sequence[str]) -> None:
    if network not in NETWORKS:
        raise CvxbenchError(f"network '{network}' is unknown; there are {', '.join(NETWORKS)}")
    for name in chosen:
        able = method_named(name).networks
        if network not in able:
            raise CvxbenchError(f"method '{name}' does not train '{network}', only {', '.join(able)}")


def _validated(model: Any, document: Document, content: Any, at: tuple[str, ...]) -> Any:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise document.error((*at, *first["loc"][:1]), f"field '{place}': {first['msg'].lower()}") from None
