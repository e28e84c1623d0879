"""No bad record pays, and no mending costs, whatever the policy and the archive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.reading import Record
from properties.archives import Archive, archives, entangled_archives
from properties.policies import AGAINST, SUBJECT_TYPES, monotone_policies
from properties.runs import results
from properties.situations import Situation

seeds = st.integers(0, 2**32 - 1)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Scorecards that only deduct for bad records, and an archive of nothing else."""
    some = draw(st.sampled_from((archives, entangled_archives, entangled_archives)))
    return draw(monotone_policies()), draw(some(SUBJECT_TYPES, items=AGAINST, subjects=500))


def gains(situation: Situation, before: Sequence[Record], after: Sequence[Record]) -> dict[str, object]:
    """Who stands higher after than before, with their records then and now."""
    written, archive = situation
    one, other = (
        {
            row["subject_id"]: Fraction(row["score"])
            for row in results(written, archive, records=records).scores.to_pylist()
        }
        for records in (before, after)
    )
    return {
        who: (score, [r for r in before if r.subject_id == who], [r for r in after if r.subject_id == who])
        for who, score in other.items()
        if score > one[who]
    }


@settings(max_examples=20)
@given(situations(), seeds)
def test_further_graver_or_larger_bad_records_never_raise_a_score(situation: Situation, seed: int) -> None:
    _, archive = situation
    before = changed_by_one_or_many(archive, Random(seed), without_or_milder)
    assert not gains(situation, before, archive.records)


@settings(max_examples=20)
@given(situations(), seeds)
def test_a_repaired_or_withdrawn_record_never_lowers_a_score(situation: Situation, seed: int) -> None:
    _, archive = situation
    after = changed_by_one_or_many(archive, Random(seed), mended)
    assert not gains(situation, after, archive.records)


def changed_by_one_or_many(
    archive: Archive, rng: Random, change: Callable[[Record, Archive, Random], Record | None]
) -> list[Record]:
    """The archive with one record of every second subject changed, and about half of everyone else's."""
    records: list[Record] = []
    for place, subject in enumerate(archive.subjects):
        mine = archive.of(subject.subject_id)
        lone = rng.randrange(len(mine)) if mine else 0
        for i, record in enumerate(mine):
            chosen = i == lone if place // len(SUBJECT_TYPES) % 2 else rng.random() < 0.5
            now = change(record, archive, rng) if chosen else record
            if now is not None:
                records.append(now)
    return records


def without_or_milder(record: Record, archive: Archive, rng: Random) -> Record | None:
    """No record at all, or of a milder level, or of a smaller value."""
    what = rng.choice(("without", "level", "value"))
    if what == "level" and record.level == "grave":
        return replace(record, level="mild")
    if what == "value" and record.value is not None:
        return replace(
            record, value=record.value - rng.choice((Decimal("0.0001"), Decimal(1), Decimal(9990)))
        )
    return None


def mended(record: Record, archive: Archive, rng: Random) -> Record:
    """The record repaired (or repaired sooner) or withdrawn by the date."""
    seen = archive.dates.both
    if record.occurred_on > seen:
        return record
    what = rng.choice(("repaired_on", "withdrawn_on"))
    last = seen if getattr(record, what) is None else min(seen, getattr(record, what))
    day = last - timedelta(days=rng.choice((0, rng.randint(0, (last - record.occurred_on).days))))
    return replace(record, **{what: day})
