"""A YAML file that remembers its lines, so that an error can name the one to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cvxbench.errors import CvxbenchError

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Document:
    """A mapping read from YAML.

    Parameters
    ----------
    path : Path
    content : dict
        What the file says.
    node : yaml.Node or None
        The same with line numbers; None if the file is empty.
    """

    path: Path
    content: dict[str, Any]
    node: yaml.Node | None

    @classmethod
    def read(cls, path: Path) -> Document:
        """Read a file whose top level is a mapping and in which no key is said twice.

        Raises
        ------
        CvxbenchError
            If it cannot be read, is no YAML or no mapping, or says a key twice.
        """
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise CvxbenchError(f"'{path}' cannot be read: {(error.strerror or 'unknown reason').lower()}") from error
        except UnicodeDecodeError as error:
            raise CvxbenchError(f"'{path}' is not UTF-8 text") from error
        try:
            node = yaml.compose(text, Loader=Loader)
            empty = cls(path, {}, node)
            if node is None:
                return empty
            _refuse_doubles(empty, node, (), {})
            content = yaml.load(text, Loader=Loader)
        except RecursionError as error:
            raise CvxbenchError(f"{path.name} is nested too deeply") from error
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise CvxbenchError(f"{path.name}, line {line}: this is not YAML: {error.problem}") from error
        except (yaml.YAMLError, ValueError) as error:  # a date or a number may be none
            raise CvxbenchError(f"{path.name} is not YAML: {' '.join(str(error).split())}") from error
        if not isinstance(content, dict):
            raise empty.error((), "the top level must be a mapping")
        return cls(path, content, node)

    def section(self, name: str) -> dict[str, Any]:
        """Return one part of the top level, a mapping of names to fields; empty if it is not there."""
        content = self.content.get(name) or {}
        if not isinstance(content, dict):
            raise self.error((name,), f"section '{name}' must be a mapping of names to fields")
        for key in content:
            if not isinstance(key, str):
                raise self.error((name,), f"section '{name}': the name {key!r} is not text; put it in quotes")
        return content

    def error(self, at: Sequence[str | int], what: str) -> CvxbenchError:
        """Return the error that says `what` is wrong at a place, given as keys and positions from the top."""
        entry = f", entry '{at[1]}'" if len(at) > 1 else ""
        return CvxbenchError(f"{self.path.name}, line {self._line(at)}{entry}: {what}")

    def _line(self, at: Sequence[str | int]) -> int:
        """Return the line of the deepest part of the path that exists."""
        node = self.node
        line = 1 if node is None else node.start_mark.line + 1
        for part in at:
            if isinstance(node, yaml.MappingNode):
                found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
                if found is None:
                    break
                line, node = found[0].start_mark.line + 1, found[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.start_mark.line + 1
            else:
                break
        return line


def _refuse_doubles(document: Document, node: yaml.Node, at: tuple[str | int, ...], done: dict[int, bool]) -> None:
    """Refuse a key that is said twice; `done` has the nodes that were looked at, False where it is still going on."""
    if id(node) in done:  # an alias; to follow each would take forever where they are nested
        if not done[id(node)]:
            raise CvxbenchError(f"{document.path.name} refers to itself")
        return
    done[id(node)] = False
    if isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            _refuse_doubles(document, item, (*at, position), done)
    if isinstance(node, yaml.MappingNode):
        _refuse_double_keys(document, node, at, done)
    done[id(node)] = True


def _refuse_double_keys(
    document: Document, node: yaml.MappingNode, at: tuple[str | int, ...], done: dict[int, bool]
) -> None:
    seen: set[str] = set()
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise CvxbenchError(f"{document.path.name}, line {key.start_mark.line + 1}: a key must be text")
        if key.value in seen:
            entry = f", entry '{at[1]}'" if len(at) > 1 else ""
            line = key.start_mark.line + 1
            raise CvxbenchError(f"{document.path.name}, line {line}{entry}: '{key.value}' is said twice")
        seen.add(str(key.value))
        _refuse_doubles(document, value, (*at, key.value), done)
