"""An import mapping: one YAML file says how one department's export becomes records.

Codes of problems: `M001` a key or value cannot be used, `M002` two mappings share an id, `M003` no mapping is
there, `M004` a mapped column is not in the export.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import Field, field_validator, model_validator

from credit_scoring.errors import MappingError, Problem
from credit_scoring.policy.reading import Document, Strict, read_document, validated

Column: TypeAlias = str
"""A column by its heading, blanks around it left out."""

REJECT = "reject"

_FORM = re.compile(r"(%[YymdHMSf]|[^%])+\Z")


class Format(Strict):
    """How the file is written."""

    encoding: Literal["utf-8", "gb18030", "gbk", "big5", "utf-16"]
    """Character set; a byte-order mark is accepted. Not guessed: a wrong guess reads names that are none."""
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    header_row: int = Field(default=1, ge=1, le=50)
    """Which row holds the headings; rows above it are left out and not counted."""
    blank_words: tuple[str, ...] = ()
    """Cell texts that mean "nothing", such as `/` or `无`."""


class Part(Strict):
    """One piece of a cell, such as the end of `2020/10/20-2021/4/20`."""

    split: str = Field(min_length=1)
    take: int
    """1 is the first piece, -1 the last."""


class ReadDate(Strict):
    """A day read from a column."""

    column: Column
    forms: tuple[str, ...] = Field(min_length=1)
    """strptime forms, tried in order. A form without blanks is also tried on the text without its blanks."""
    part: Part | None = None
    stands_for: Literal["first_day", "last_day"] | None = None
    """Which day a month or a year means; `last_day` never goes beyond the day it was recorded."""

    @field_validator("forms")
    @classmethod
    def _forms_are_known(cls, forms: tuple[str, ...]) -> tuple[str, ...]:
        for form in forms:
            if not _FORM.match(form) or ("%Y" not in form and "%y" not in form):
                raise ValueError(
                    f"'{form}' is no date form: write %Y, %m, %d, %H, %M, %S and plain characters"
                )
        if any("%m" not in form and "%d" in form for form in forms):
            raise ValueError("a form with %d needs %m")
        return forms

    @model_validator(mode="after")
    def _whole_periods_name_their_day(self) -> ReadDate:
        precise = ["%d" in form for form in self.forms]
        if all(precise) == (self.stands_for is not None):
            raise ValueError("stands_for belongs to forms without a day (months, years), and only to them")
        if any(precise) and self.stands_for is not None:
            raise ValueError("a column mixes days with months or years: give it the forms of one kind")
        return self


class Occurred(Strict):
    """The day of the conduct or decision, and what happens where the export does not state it."""

    read: ReadDate | None = None
    missing: Literal["reject", "recorded_on", "delivered_on"] | date
    """`reject` the row, or take the day it was recorded or delivered, or a stated day."""
    basis: str | None = None
    """Why that day stands in; required unless such rows are rejected."""
    unreadable: Literal["reject", "as_missing"] = "reject"

    @model_validator(mode="after")
    def _a_stand_in_has_a_basis(self) -> Occurred:
        if self.missing != REJECT and not self.basis:
            raise ValueError("basis is missing: say why that day stands for the missing date")
        if self.read is None and self.missing == REJECT:
            raise ValueError(
                "without `read` every row would be rejected: name a column or a day that stands in"
            )
        return self


class Expires(ReadDate):
    """The end of a record's validity."""

    inclusive: bool
    """True where the column states the last day on which it counts: one day is added."""
    never_from: date | None = None
    """Days from this one on mean "never" (2099-12-31)."""


class Marked(Strict):
    """A day that is not stated, only that it has come: `已完成信用修复` in the remarks."""

    column: Column
    contains: tuple[str, ...] = Field(min_length=1)
    use: Literal["delivered_on", "recorded_on"]
    basis: str


class Rule(Strict):
    """A word for rows whose column equals or contains one of some texts."""

    then: str
    column: Column
    equals: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_test(self) -> Rule:
        if bool(self.equals) == bool(self.contains):
            raise ValueError("a rule needs `equals` or `contains`, one of the two")
        return self


class Choice(Strict):
    """A word chosen by the row: the first rule that applies, or the word of a column's exact text."""

    rules: tuple[Rule, ...] = ()
    column: Column | None = None
    words: dict[str, str] = Field(default_factory=dict)
    otherwise: str
    """The word where nothing applies; `reject` rejects the row."""

    @model_validator(mode="after")
    def _something_to_choose_by(self) -> Choice:
        if bool(self.rules) == bool(self.words) or bool(self.words) != (self.column is not None):
            raise ValueError("a choice needs `rules`, or `column` and `words`")
        return self

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Every word that can come out."""
        chosen = [rule.then for rule in self.rules] + list(self.words.values()) + [self.otherwise]
        return tuple(dict.fromkeys(word for word in chosen if word != REJECT))


class Exclusion(Strict):
    """Rows that are no record of the item, such as decisions not to penalise."""

    column: Column
    contains: tuple[str, ...] = Field(min_length=1)
    because: str


class Value(Strict):
    """The figure of a record."""

    column: Column | None = None
    unit: Literal["元", "万元", "1"] = "1"
    """What one unit of the column is; 万元 is multiplied by 10 000."""
    fine_in_text: tuple[Column, ...] = ()
    """Columns searched for the amount of a fine (罚款2000元, 处叁仟元罚款) where `column` gives none. A text
    that names two different fines gives no value."""
    missing: Literal["reject", "leave_empty"]
    """Also for figures that cannot be read."""

    @model_validator(mode="after")
    def _something_to_read(self) -> Value:
        if self.column is None and not self.fine_in_text:
            raise ValueError("a value needs `column` or `fine_in_text`")
        return self


class Marker(Strict):
    """Rows whose column equals one of some texts."""

    column: Column
    equals: tuple[str, ...] = Field(min_length=1)


class Subject(Strict):
    """Whom a row is about."""

    identifiers: tuple[Column, ...] = ()
    """Columns that may hold a credit code, best first. Anything else found there is named, not used."""
    name: Column | None = None
    """Used for candidates only: a name never decides who a row is about."""
    personal: Column | None = None
    """A column of resident identity numbers. Names in rows that fill it are not written."""
    personal_prefix: str | None = None
    """Identifiers that begin so stand for personal numbers replaced before delivery."""
    person_when: Marker | None = None
    """Rows about natural persons; their names are not written."""
    industry: Column | None = None
    established_on: ReadDate | None = None
    closed_on: ReadDate | None = None

    @model_validator(mode="after")
    def _somebody(self) -> Subject:
        if not self.identifiers and self.name is None and self.personal is None:
            raise ValueError("a subject needs `identifiers`, `name` or `personal`")
        return self


class Department(Strict):
    """The department a row comes from, where a column states it."""

    column: Column
    otherwise: str


class Mapping(Strict):
    """One source: a department's export, and how its columns become records."""

    source: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    title: str
    department: str | Department
    files: str
    """File name or pattern (`*`, `?`) below the folder given on the command line."""
    format: Format
    delivered_on: date
    delivered_basis: str
    """How the day of delivery is known; it is the day on which the platform knew, unless a column says it."""
    subject: Subject
    item: str | Choice
    level: str | Choice | None = None
    value: Value | None = None
    weight: Column | None = None
    occurred_on: Occurred
    recorded_on: ReadDate | None = None
    expires_on: Expires | None = None
    repaired_on: ReadDate | Marked | None = None
    withdrawn_on: ReadDate | Marked | None = None
    event: tuple[Column, ...] = ()
    """Columns that identify the event together, such as the document number; one blank leaves it unknown."""
    identity: tuple[Column, ...] = ()
    """Further columns that tell one record from another, such as the kind of tax."""
    exclude: tuple[Exclusion, ...] = ()

    @property
    def items(self) -> tuple[str, ...]:
        """Every item this source can give."""
        return self.item.outcomes if isinstance(self.item, Choice) else (self.item,)

    @property
    def levels(self) -> tuple[str, ...]:
        """Every level this source can give; none if the item has no levels."""
        if self.level is None:
            return ()
        return self.level.outcomes if isinstance(self.level, Choice) else (self.level,)

    def columns(self) -> Iterator[tuple[tuple[str | int, ...], Column]]:
        """Every column that is read, with its place in the mapping. No other column of the file is."""
        yield from _columns(self, ())


_COLUMN_KEYS = {
    "column",
    "identifiers",
    "name",
    "personal",
    "industry",
    "weight",
    "event",
    "identity",
    "fine_in_text",
}


def _columns(value: object, at: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Column]]:
    if isinstance(value, Strict):
        for key in type(value).model_fields:
            yield from _columns(getattr(value, key), (*at, key))
    elif isinstance(value, tuple):
        for i, child in enumerate(value):
            yield from _columns(child, (*at, i))
    elif isinstance(value, str) and (
        at[-1] in _COLUMN_KEYS or (len(at) > 1 and isinstance(at[-1], int) and at[-2] in _COLUMN_KEYS)
    ):
        yield at, value


class LoadedMapping:
    """A mapping together with its file, so that later problems can name the line."""

    __slots__ = ("_document", "mapping", "path")

    def __init__(self, mapping: Mapping, document: Document, path: Path) -> None:
        self.mapping = mapping
        self.path = path
        self._document = document

    def problem(self, keys: Sequence[str | int], code: str, message: str) -> Problem:
        """A problem at a place of the mapping."""
        return self._document.problem(keys, code, message)


def load_mappings(paths: Path | Sequence[Path]) -> tuple[LoadedMapping, ...]:
    """Read mappings from files, and from every `*.yaml` below folders.

    Raises:
        MappingError: with every problem of every file.
    """
    files = _files([paths] if isinstance(paths, Path) else paths)
    loaded: list[LoadedMapping] = []
    problems: list[Problem] = []
    for file in files:
        document = read_document(file)
        mapping = validated(Mapping, document, code="M001")
        problems.extend(document.problems)
        if mapping is None:
            continue
        twin = next((other for other in loaded if other.mapping.source == mapping.source), None)
        if twin is not None:
            message = f"source '{mapping.source}' is also defined in {twin.path}: give each its own id."
            problems.append(document.problem(("source",), "M002", message))
        loaded.append(LoadedMapping(mapping, document, file))
    if problems:
        raise MappingError(problems)
    return tuple(loaded)


def _files(paths: Sequence[Path]) -> list[Path]:
    files: list[Path] = []
    problems: list[Problem] = []
    for path in paths:
        found = sorted(path.rglob("*.yaml")) if path.is_dir() else [path] if path.is_file() else []
        files.extend(found)
        if not found:
            what = "holds no *.yaml file" if path.is_dir() else "does not exist"
            problems.append(Problem(file=str(path), line=0, code="M003", message=f"{what}: name a mapping."))
    if problems or not files:
        raise MappingError(
            problems or [Problem(file="-", line=0, code="M003", message="no mapping was named.")]
        )
    return list(dict.fromkeys(files))
