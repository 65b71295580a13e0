"""The benchmarks beside other solvers, whose peers are not installed here: what they take from each other exists."""

import ast
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "benchmarks"
MODULES = {".".join(path.relative_to(FOLDER.parent).with_suffix("").parts): path for path in FOLDER.rglob("*.py")}


def parsed(module: str) -> ast.Module:
    path = MODULES.get(module) or MODULES[f"{module}.__init__"]
    return ast.parse(path.read_text(encoding="utf-8"))


def defined(module: str) -> set[str]:
    names = set()
    for node in parsed(module).body:
        if isinstance(node, ast.ImportFrom | ast.Import):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
    return names | {name.removeprefix(f"{module}.").split(".")[0] for name in MODULES if name.startswith(f"{module}.")}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_what_a_benchmark_takes_from_another_exists(module):
    taken, aliases = [], {}
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "benchmarks":
            taken += [(node.module, alias.name) for alias in node.names]
            whole = [alias for alias in node.names if f"{node.module}.{alias.name}" in MODULES]
            aliases |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in whole}
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            taken.append((aliases[node.value.id], node.attr))
    missing = [f"{name} of {source}" for source, name in taken if name not in defined(source)]
    assert not missing
