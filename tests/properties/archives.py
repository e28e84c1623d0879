"""Random archives with awkward dates and values: month ends, days on either side of every window, shared events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import strategies as st

from oracle.days import add_months
from oracle.reading import Dates, Delivery, Node, Record, Subject, read_catalogue

HERE = Path(__file__).parent
CATALOGUE = HERE / "catalogue.yaml"
INSTRUMENTS = HERE / "instruments.yaml"

DAYS = (
    date(2025, 5, 15),
    date(2024, 2, 29),
    date(2025, 2, 28),
    date(2024, 3, 31),
    date(2023, 3, 30),
    date(2025, 12, 31),
    date(2026, 1, 1),
)
KNOWN_LATER_BY = (0, 0, 0, -1, 1, -31, -200, 45)
MONTHS = (1, 2, 3, 6, 12, 13, 24, 36)
"""Spans of windows, decay and repeats; records lie on either side of their ends."""
VALUES = ("0", "1", "2", "2.5", "3", "9.9999", "10", "33.3333", "10000", "20000.01", "0.0001", "-3", "-7.5")
WEIGHTS = (None, "0", "1", "2.5", "0.3333")
INDUSTRIES = (None, "C13", "C1411", "E47", "F51")
REGIONS = (None, "330106", "330109", "310101")
NEVER = st.just(False)
DELIVERED_TO = (None, None, None, "330000", "330100", "330106", "310000", "330200")


@dataclass(frozen=True)
class Archive:
    """Subjects, their records, the dates they are looked at, and what sources say they have delivered."""

    dates: Dates
    subjects: tuple[Subject, ...]
    records: tuple[Record, ...]
    coverage: tuple[Delivery, ...] | None = None

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(
            f"{self.dates}, {len(self.subjects)} subjects, {len(self.records)} records, {self.coverage}"
        )

    def of(self, subject_id: str) -> tuple[Record, ...]:
        """The records of one subject."""
        return tuple(record for record in self.records if record.subject_id == subject_id)


@cache
def catalogue() -> Node:
    """The items of random policies."""
    return read_catalogue(CATALOGUE)


@st.composite
def dates_of_evaluation(draw: st.DrawFn) -> Dates:
    """A day that is awkward for windows, and what was known then, earlier, or later."""
    on = draw(st.sampled_from(DAYS))
    return Dates(on, on + timedelta(days=draw(st.sampled_from(KNOWN_LATER_BY))))


@st.composite
def archives(
    draw: st.DrawFn,
    subject_types: tuple[str, ...],
    items: tuple[str, ...] | None = None,
    subjects: int = 100,
    covered: st.SearchStrategy[bool] = NEVER,
) -> Archive:
    """An archive from a seed: only its dates, size and seed are drawn, so that shrinking stays quick."""
    dates = draw(dates_of_evaluation())
    rng = Random(draw(st.integers(0, 2**32 - 1)))
    most = draw(st.integers(0, 9))
    archive = build_archive(rng, dates, subject_types, items or tuple(catalogue()), subjects, most)
    return (
        replace(archive, coverage=build_coverage(rng, dates, tuple(catalogue())))
        if draw(covered)
        else archive
    )


def build_coverage(rng: Random, dates: Dates, items: tuple[str, ...]) -> tuple[Delivery, ...]:
    """What was delivered of most items: everywhere or somewhere, all along or with an awkward first or last day."""
    deliveries: list[Delivery] = []
    for item in items:
        for _ in range(rng.choice((0, 1, 1, 1, 2))):
            since = add_months(dates.on, -rng.choice((0, *MONTHS))) + timedelta(
                days=rng.choice((-1, 0, 1, 1, 2))
            )
            since = rng.choice((since, date(dates.on.year - rng.randint(0, 4), 1, rng.choice((1, 2)))))
            begun = since if rng.random() < 0.5 else None
            ended = dates.on + _jitter(rng) if rng.random() < 0.3 else None
            if begun is not None and ended is not None and ended < begun:
                ended = begun  # a span that ends before it begins is a faulty row, not a delivery
            deliveries.append(
                Delivery(
                    item=item, region_code=rng.choice(DELIVERED_TO), covered_from=begun, covered_until=ended
                )
            )
    return tuple(deliveries)


def build_archive(
    rng: Random,
    dates: Dates,
    subject_types: tuple[str, ...],
    items: tuple[str, ...],
    subjects: int,
    most_records: int,
) -> Archive:
    """So many subjects with up to so many records each."""
    people: list[Subject] = []
    records: list[Record] = []
    for i in range(subjects):
        subject = _subject(rng, f"s{i:04}", subject_types[i % len(subject_types)], dates)
        people.append(subject)
        records += _records(rng, subject, dates, items, rng.randint(0, most_records))
    return Archive(dates, tuple(people), tuple(records))


@st.composite
def entangled_archives(
    draw: st.DrawFn, subject_types: tuple[str, ...], items: tuple[str, ...], subjects: int
) -> Archive:
    """An archive of few items, few events and few months for everyone, nearly all of it in force and known."""
    dates = draw(dates_of_evaluation())
    rng = Random(draw(st.integers(0, 2**32 - 1)))
    few = draw(st.sampled_from((items, items[-1:], items[-2:-1])))
    loose = build_archive(rng, dates, subject_types, few, subjects, 5)
    records = [record if rng.random() < 0.1 else _recent(rng, record, loose) for record in loose.records]
    return replace(loose, records=tuple(records))


def _recent(rng: Random, record: Record, archive: Archive) -> Record:
    """The record on one of some days of the months before the date, as an early report of one of two events."""
    seen = archive.dates.both
    born = archive.subjects[int(record.subject_id[1:])].established_on
    occurred = max(seen - timedelta(days=rng.choice((0, 1, 20, 45, 80, 150, 200))), born or date.min)
    if occurred > seen:
        return record
    return replace(
        record,
        occurred_on=occurred,
        recorded_on=occurred,
        event_id=rng.choice(("e1", "e1", "e2", "e2", None)),
        expires_on=None,
        repaired_on=max(record.repaired_on, occurred) if record.repaired_on else None,
        withdrawn_on=None,
    )


def _subject(rng: Random, subject_id: str, subject_type: str, dates: Dates) -> Subject:
    established = None
    if rng.random() < 0.6:
        established = min(add_months(dates.on, -rng.choice((0, 1, 35, 36, 60, 120))) + _jitter(rng), dates.on)
    closed = None
    if rng.random() < 0.2:
        closed = max(dates.on + _jitter(rng), established or date.min)
    return Subject(
        subject_id=subject_id,
        subject_type=subject_type,
        region_code=rng.choice(REGIONS),
        industry_code=rng.choice(INDUSTRIES),
        established_on=established,
        closed_on=closed,
    )


def _records(
    rng: Random, subject: Subject, dates: Dates, items: tuple[str, ...], count: int
) -> Iterator[Record]:
    favourites = rng.sample(items, min(len(items), rng.randint(1, 3)))
    days = [_occurred(rng, dates) for _ in range(rng.randint(1, max(count, 1)))]
    for i in range(count):
        occurred = max(rng.choice(days), subject.established_on or date.min)
        yield _record(
            rng,
            f"{subject.subject_id}-{rng.randint(0, 99):02}-{i}",
            subject,
            rng.choice(favourites),
            occurred,
            dates,
        )


def _occurred(rng: Random, dates: Dates) -> date:
    if rng.random() < 0.7:
        return add_months(dates.on, -rng.choice((0, 0, *MONTHS))) + _jitter(rng)
    return dates.on - timedelta(days=rng.randint(0, 1500))


def _jitter(rng: Random) -> timedelta:
    return timedelta(days=rng.choice((-1, 0, 0, 1)))


def _record(rng: Random, record_id: str, subject: Subject, item: str, occurred: date, dates: Dates) -> Record:
    kind = catalogue()[item]
    return Record(
        record_id=record_id,
        subject_id=subject.subject_id,
        item=item,
        occurred_on=occurred,
        recorded_on=_later(rng, occurred, dates.known_by, often=0.3),
        value=Decimal(rng.choice(VALUES)) if rng.random() < 0.8 else None,
        weight=_decimal(rng.choice(WEIGHTS)),
        level=rng.choice((None, *kind["levels"], *kind["levels"])) if "levels" in kind else None,
        event_id=rng.choice((None, "e1", "e1", "e2", "e3")),
        expires_on=_later(rng, occurred, dates.on, often=0.8) if rng.random() < 0.25 else None,
        repaired_on=_later(rng, occurred, dates.both, often=0.4) if rng.random() < 0.35 else None,
        withdrawn_on=_later(rng, occurred, dates.both, often=0.8) if rng.random() < 0.15 else None,
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _later(rng: Random, first: date, edge: date, *, often: float) -> date:
    """A day not before `first`: often just before, at or after `edge`, else some days after `first`."""
    if rng.random() < often:
        return max(first, edge + _jitter(rng))
    return first + timedelta(days=rng.choice((0, 0, 1, 3, 4, 30, 31, 90, 91)))
