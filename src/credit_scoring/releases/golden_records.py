"""Invented subjects and their records: what golden rows are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import pyarrow as pa

from credit_scoring.policy.catalogue import SUBJECT_TYPES, Item, SubjectType

TEN_THOUSANDTHS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A record to be; `value` and `weight` in ten-thousandths, as the engine keeps them."""

    item: str
    level: str | None
    occurred_on: date
    recorded_on: date | None = None
    """The day it occurred where absent."""
    value: int | None = None
    weight: int | None = None
    event_id: str | None = None
    expires_on: date | None = None
    repaired_on: date | None = None
    withdrawn_on: date | None = None
    contested_on: date | None = None

    def moved(self, day: date) -> Entry:
        """The same on another day; a repair stays as many days away, a date of recording of its own is dropped."""
        repaired = None if self.repaired_on is None else day + (self.repaired_on - self.occurred_on)
        return replace(self, occurred_on=day, recorded_on=None, repaired_on=repaired)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is on record of one invented subject, and why it was invented."""

    what: str
    entries: tuple[Entry, ...] = ()
    region_code: str | None = None
    industry_code: str | None = None
    established_on: date | None = None
    closed_on: date | None = None

    def with_(self, other: Setting) -> Setting:
        """Both together; what only one says of the subject holds."""
        return Setting(
            what=self.what,
            entries=self.entries + tuple(entry for entry in other.entries if entry not in self.entries),
            region_code=self.region_code or other.region_code,
            industry_code=self.industry_code or other.industry_code,
            established_on=self.established_on or other.established_on,
            closed_on=self.closed_on or other.closed_on,
        )

    def named(self, what: str) -> Setting:
        """The same under another name."""
        return replace(self, what=what)


SUBJECT_COLUMNS = (
    "subject_id",
    "subject_type",
    "region_code",
    "industry_code",
    "established_on",
    "closed_on",
)
RECORD_COLUMNS = (
    "record_id",
    "subject_id",
    "item",
    "occurred_on",
    "recorded_on",
    "value",
    "weight",
    "level",
    "event_id",
    "expires_on",
    "repaired_on",
    "withdrawn_on",
    "contested_on",
)


def text_table(columns: Iterable[str], rows: Iterable[tuple[str | None, ...]]) -> pa.Table:
    """A table of text columns; None is null."""
    names = tuple(columns)
    schema = pa.schema([(name, pa.string()) for name in names])
    cells = list(zip(*rows, strict=True)) or [() for _ in names]
    return pa.table([pa.array(list(column), pa.string()) for column in cells], schema=schema)


def distinct(settings: Iterable[Setting]) -> tuple[Setting, ...]:
    """Each different content once, in order."""
    seen: set[Setting] = set()
    found = []
    for setting in settings:
        content = setting.named("")
        if content not in seen:
            seen.add(content)
            found.append(setting)
    return tuple(found)


def subject_ids(settings: Iterable[Setting]) -> tuple[str, ...]:
    """`0007-window-first-day`: a name a person can read in a list of differences."""
    return tuple(f"{place:04d}-{setting.what}" for place, setting in enumerate(settings, 1))


def tables_of(settings: Iterable[Setting], subject_type: SubjectType) -> tuple[pa.Table, pa.Table]:
    """Subjects and records of settings, as text."""
    listed = tuple(settings)
    names = subject_ids(listed)
    subjects = text_table(
        SUBJECT_COLUMNS,
        [
            (name, subject_type, s.region_code, s.industry_code, _day(s.established_on), _day(s.closed_on))
            for name, s in zip(names, listed, strict=True)
        ],
    )
    records = text_table(
        RECORD_COLUMNS,
        [
            row
            for name, setting in zip(names, listed, strict=True)
            for place, entry in enumerate(setting.entries, 1)
            if (row := _record(f"{name[:4]}-{place:03d}", name, entry))
        ],
    )
    return subjects, records


def _record(record_id: str, subject_id: str, entry: Entry) -> tuple[str | None, ...]:
    # An event is one subject's own: the same name elsewhere would be another event all the same.
    event = None if entry.event_id is None else f"{subject_id[:4]}-{entry.event_id}"
    return (
        record_id,
        subject_id,
        entry.item,
        _day(entry.occurred_on),
        _day(entry.recorded_on or entry.occurred_on),
        _number(entry.value),
        _number(entry.weight),
        entry.level,
        event,
        _day(entry.expires_on),
        _day(entry.repaired_on),
        _day(entry.withdrawn_on),
        _day(entry.contested_on),
    )


def rejected_subjects(subject_type: SubjectType, on: date) -> list[tuple[str | None, ...]]:
    """Rows of subjects that must be rejected, each for a reason of its own, and one that is said twice."""
    tomorrow = _day(on + timedelta(days=1))
    other = next(name for name in SUBJECT_TYPES if name != subject_type)
    return [
        ("r-type-unknown", "partnership", None, None, None, None),
        ("r-type-missing", None, None, None, None, None),
        ("r-no-scorecard", other, None, None, None, None),
        (None, subject_type, None, None, None, None),
        ("r-region", subject_type, "33A1", None, None, None),
        ("r-date", subject_type, None, None, "31.12.2019", None),
        ("r-closed-date", subject_type, None, None, None, "2019-02-30"),
        ("r-closed-first", subject_type, None, None, "2010-05-01", "2010-04-30"),
        ("r-not-yet", subject_type, None, None, tomorrow, None),
        ("r-conflict", subject_type, "330102", None, None, None),
        ("r-conflict", subject_type, "330103", None, None, None),
        ("r-twice", subject_type, None, None, "2010-05-01", None),
        ("r-twice", subject_type, None, None, "2010-05-01", None),
    ]


def rejected_records(
    catalogue: Mapping[str, Item], subject_type: SubjectType, on: date
) -> list[tuple[str | None, ...]]:
    """Rows of records that must be rejected, each for a reason of its own, and one that is said twice."""
    mine = {code: item for code, item in catalogue.items() if subject_type in item.subject_types}
    plain = next((code for code, item in mine.items() if not item.levels and not item.value_required), None)
    levelled = next((c for c, i in mine.items() if i.levels and i.level_required), None)
    valued = next(
        (c for c, i in mine.items() if i.value_required and not (i.levels and i.level_required)), None
    )
    other = next((code for code in catalogue if code not in mine), None)
    day, later = on - timedelta(days=30), on - timedelta(days=20)
    rows: list[dict[str, str | None]] = []

    def add(what: str, item: str | None, **cells: str | None) -> None:
        row = {"record_id": f"r-{what}", "subject_id": "r-twice", "item": item}
        rows.append(row | {"occurred_on": _day(day), "recorded_on": _day(later)} | cells)

    add("item-unknown", "no.such_item")
    add("item-missing", None)
    if other is not None:
        add("item-of-others", other)
    if levelled is not None:
        add("level-missing", levelled)
        add("level-unknown", levelled, level="no_such_level")
    if valued is not None:
        add("value-missing", valued)
    if plain is not None:
        add("nobody", plain, subject_id="r-nobody")
        add("of-rejected", plain, subject_id="r-region")
        add("without-id", plain, record_id=None)
        add("without-subject", plain, subject_id=None)
        for column in ("occurred_on", "recorded_on"):
            add(f"{column}-missing", plain, **{column: None})
        for column in (
            "occurred_on",
            "recorded_on",
            "expires_on",
            "repaired_on",
            "withdrawn_on",
            "contested_on",
        ):
            add(f"{column}-unreadable", plain, **{column: "2019/1/7"})
        for column in ("expires_on", "repaired_on", "withdrawn_on"):
            add(f"{column}-too-early", plain, **{column: _day(day - timedelta(days=1))})
        add("recorded-first", plain, recorded_on=_day(day - timedelta(days=1)))
        add("before-subject", plain, occurred_on="2010-04-30", recorded_on="2010-05-02")
        add("value-unreadable", plain, value="1,5")
        add("value-infinite", plain, value="inf")
        add("value-too-large", plain, value="1000000000000")
        add("weight-negative", plain, value="1", weight="-0.0001")
        add("twice", plain)
        add("twice", plain)
        add("conflict", plain, value="1")
        add("conflict", plain, value="2")
    return [tuple(row.get(name) for name in RECORD_COLUMNS) for row in rows]


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _number(value: int | None) -> str | None:
    return None if value is None else format(Decimal(value) / TEN_THOUSANDTHS, "f")
