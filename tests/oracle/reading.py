"""Policies and archives as the oracle reads them: YAML scalars stay text until a rule asks for a number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

Node = dict[str, Any]


def read_yaml(text: str) -> Node:
    """A YAML document in which every scalar is text.

    >>> read_yaml("{points: 81.5, from: 2020-08-17}")
    {'points': '81.5', 'from': '2020-08-17'}
    """
    node: Node = yaml.load(text, Loader=yaml.BaseLoader)
    return node


def read_catalogue(*files: Path) -> Node:
    """The items of all catalogue files together."""
    items: Node = {}
    for file in files:
        items.update(read_yaml(file.read_text(encoding="utf-8"))["items"])
    return items


def number(text: str) -> Fraction:
    """A number as it is written.

    >>> number("81.5")
    Fraction(163, 2)
    """
    return Fraction(text)


def day(text: str) -> date:
    """A day as it is written."""
    return date.fromisoformat(text)


def months_in(span: str) -> int:
    """36 from `36 months`."""
    count, word = span.split()
    assert word in ("month", "months")
    return int(count)


def is_true(node: Node, key: str) -> bool:
    """Whether `key: true` stands there."""
    return bool(node.get(key) == "true")


@dataclass(frozen=True)
class Subject:
    """One line of the table `subjects`."""

    subject_id: str
    subject_type: str = "enterprise"
    region_code: str | None = None
    industry_code: str | None = None
    established_on: date | None = None
    closed_on: date | None = None


@dataclass(frozen=True)
class Record:
    """One line of the table `records`."""

    record_id: str
    subject_id: str
    item: str
    occurred_on: date
    recorded_on: date
    value: Decimal | None = None
    weight: Decimal | None = None
    level: str | None = None
    event_id: str | None = None
    expires_on: date | None = None
    repaired_on: date | None = None
    withdrawn_on: date | None = None


@dataclass(frozen=True)
class Delivery:
    """One line of the table `coverage`: what a source has delivered, everywhere where the region is None."""

    item: str
    region_code: str | None = None
    covered_from: date | None = None
    covered_until: date | None = None


@dataclass(frozen=True)
class Dates:
    """The day of the evaluation, and the last day whose knowledge it may use."""

    on: date
    known_by: date

    @property
    def both(self) -> date:
        """`min(on, known_by)`: repair and withdrawal must have happened, and be known."""
        return min(self.on, self.known_by)
