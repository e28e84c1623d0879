"""Strict YAML: every value keeps its line, every problem is reported, no float is ever made.

YAML files are read with the C parser's node tree (safe by construction: no Python objects can be built from
it) and the scalars are resolved by the YAML 1.2 core rules: `no`, `on` and `off` are words, `2020-08-17` is a
date, `0.1` is the decimal it says. Numbers stay exact from the file to the integer points of the engine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from credit_scoring.errors import Problem

Scalar: TypeAlias = str | int | Decimal | bool | date | None
Keys: TypeAlias = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)

_INT = re.compile(r"[-+]?[0-9]+\Z")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_WORDS: dict[str, Scalar] = {"": None, "~": None, "null": None, "true": True, "false": False}


class Strict(BaseModel):
    """Base of everything read from YAML: unknown keys refused, values immutable, nothing coerced quietly."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)


@dataclass(slots=True)
class Document:
    """A YAML file as plain values, with the line of every key path."""

    file: str
    value: Any
    lines: dict[Keys, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, keys: Sequence[str | int]) -> int:
        """Line of a path, or of its nearest ancestor present in the file.

        Path elements that are not in the file (names pydantic adds for the branch of a union) are passed over.
        """
        here: Keys = ()
        for key in keys:
            if (*here, key) in self.lines:
                here = (*here, key)
        return self.lines.get(here, 1)

    def problem(
        self, keys: Sequence[str | int], code: str, message: str, *, warning: bool = False
    ) -> Problem:
        """A problem at a path of this file."""
        return Problem(file=self.file, line=self.line(keys), code=code, message=message, warning=warning)


def read_document(path: Path) -> Document:
    """Read one YAML file; what is wrong with its syntax is in `problems`, never raised."""
    document = Document(file=str(path), value=None)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        document.problems.append(document.problem((), "Y001", f"cannot be read: {error.strerror}."))
        return document
    except UnicodeDecodeError as error:
        document.problems.append(
            document.problem((), "Y002", f"is not UTF-8 text (byte {error.start}): save the file as UTF-8.")
        )
        return document
    return parse_document(text, file=str(path))


def parse_document(text: str, *, file: str) -> Document:
    """Parse YAML text; `file` is only used in messages."""
    document = Document(file=file, value=None)
    try:
        loader = yaml.CSafeLoader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error)
        line = mark.line + 1 if mark is not None else 1
        document.problems.append(Problem(file=file, line=line, code="Y003", message=f"is not YAML: {what}."))
        return document
    if node is None:
        document.problems.append(Problem(file=file, line=1, code="Y004", message="is empty."))
        return document
    document.value = _convert(node, (), document)
    return document


def _convert(node: yaml.Node, keys: Keys, document: Document) -> Any:
    document.lines.setdefault(keys, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _convert_mapping(node, keys, document)
    if isinstance(node, yaml.SequenceNode):
        return [_convert(child, (*keys, i), document) for i, child in enumerate(node.value)]
    return _resolve(node, keys, document)


def _convert_mapping(node: yaml.MappingNode, keys: Keys, document: Document) -> dict[str | int, Any]:
    result: dict[str | int, Any] = {}
    for key_node, value_node in node.value:
        key = _resolve(key_node, keys, document) if isinstance(key_node, yaml.ScalarNode) else None
        line = key_node.start_mark.line + 1
        if isinstance(key, bool) or key is None or isinstance(key, date | Decimal):
            key = str(getattr(key_node, "value", ""))
        if key in result:
            first = document.lines[(*keys, key)]
            document.problems.append(
                Problem(
                    file=document.file,
                    line=line,
                    code="Y005",
                    message=f"key '{key}' stands twice (first on line {first}): keep one.",
                )
            )
            continue
        document.lines[(*keys, key)] = line
        result[key] = _convert(value_node, (*keys, key), document)
    return result


def _resolve(node: Any, keys: Keys, document: Document) -> Scalar:
    text: str = node.value
    if node.style in ("'", '"', "|", ">"):
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text):
        return int(text)
    if _DECIMAL.match(text):
        return Decimal(text)
    if _DATE.match(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            document.problems.append(document.problem(keys, "Y006", f"'{text}' is no day of the calendar."))
            return None
    return text


def validated(model: type[M], document: Document, *, code: str) -> M | None:
    """The document as `model`; every violation is appended to `document.problems`.

    Returns:
        None when anything was wrong, so that a caller can go on and report other files too.
    """
    if document.problems:
        return None
    try:
        return model.model_validate(document.value)
    except ValidationError as error:
        document.problems.extend(_readable(error, document, code))
        strange = [
            fault["loc"] for fault in error.errors(include_url=False) if fault["type"] == "extra_forbidden"
        ]
        if len(strange) < error.error_count():
            return None
    # Nothing but unknown keys: without them the file can be checked further, and all of its faults be told at once.
    try:
        return model.model_validate(_without(document.value, [_in_file(document, keys) for keys in strange]))
    except ValidationError:
        return None


def _in_file(document: Document, keys: Sequence[str | int]) -> Keys:
    """A path as it stands in the file, without the names of union branches."""
    here: Keys = ()
    for key in keys:
        if (*here, key) in document.lines:
            here = (*here, key)
    return here


def _without(value: Any, paths: list[Keys]) -> Any:
    if isinstance(value, dict):
        return {
            key: _without(child, [path[1:] for path in paths if len(path) > 1 and path[0] == key])
            for key, child in value.items()
            if (key,) not in paths
        }
    if isinstance(value, list):
        return [
            _without(child, [path[1:] for path in paths if len(path) > 1 and path[0] == i])
            for i, child in enumerate(value)
        ]
    return value


_WHAT: dict[str, Callable[[dict[str, Any]], str]] = {
    "missing": lambda e: f"'{e['loc'][-1]}' is missing: silence is a decision, write it.",
    "extra_forbidden": lambda e: f"key '{e['loc'][-1]}' is not known here: correct or remove it.",
}


def _readable(error: ValidationError, document: Document, code: str) -> Iterator[Problem]:
    seen: set[tuple[int, str]] = set()
    for fault in error.errors(include_url=False):
        where = tuple(fault["loc"])
        shown = ".".join(str(k) for k in where if _present(document, k)) or "the file"
        special = _WHAT.get(fault["type"])
        what = special(dict(fault)) if special else fault["msg"].removeprefix("Value error, ") + "."
        what = what.replace("..", ".")
        problem = document.problem(where, code, f"{shown}: {what}")
        if (problem.line, problem.message) not in seen:
            seen.add((problem.line, problem.message))
            yield problem


def _present(document: Document, key: str | int) -> bool:
    return any(key in path for path in document.lines)


def dump(value: Any) -> str:
    """YAML text that `parse_document` reads back to the same value."""
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)


class _Dumper(yaml.CSafeDumper):
    """Writes decimals as they are; words that YAML 1.1 would misread are quoted by its own rules, and nothing by reference."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        """A number that stands twice is written twice."""
        return True


def _represent_decimal(dumper: yaml.CSafeDumper, value: Decimal) -> yaml.Node:
    text = format(value, "f")
    return dumper.represent_scalar(f"tag:yaml.org,2002:{'float' if '.' in text else 'int'}", text)


_Dumper.add_representer(Decimal, _represent_decimal)
