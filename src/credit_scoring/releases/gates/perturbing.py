"""Subjects of the population, each many times over with one thing changed about its records.

Nothing here knows what a change should do. Identifiers are replaced by numbers: no subject can be named from a result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pyarrow as pa

from credit_scoring.engines.base import Engine
from credit_scoring.policy.catalogue import Item
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.measures import EventPoints, OfValues, PerUnit, RepairFactors, SelectedMeasure
from credit_scoring.policy.numbers import months_before
from credit_scoring.policy.walking import record_measures
from credit_scoring.policy.windows import window_bounds
from credit_scoring.releases.gates.bench import Inputs, Scored
from credit_scoring.scoring.inputs import RECORDS, SUBJECTS, admit

SUBJECTS_AT_MOST = 200
"""Of the population that are perturbed, the subject without any record not counted."""
VARIANTS = 30_000
"""Perturbed subjects by added records at most; the sample is made smaller, never the kinds of record."""
RECORDS_AT_MOST = 150
"""Subjects with more are not drawn, so that a few cannot outweigh everyone."""
TOUCHED = 5
"""Records of a subject that are withdrawn, repaired and reported again, one at a time."""
_STANDARD_VALUES = (Decimal(1), Decimal(1_000), Decimal(1_000_000))
_RECENT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """One record more. `number` counts from 1; 0 stands for nothing added."""

    number: int
    item: str
    level: str | None
    value: Decimal | None
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Perturbed:
    """Tables to score, and what was changed in each of their subjects."""

    subjects: pa.Table
    records: pa.Table
    additions: tuple[Addition, ...]
    changes: pa.Table
    """`variant`, `change` (withdrawn, repaired, again), `item`: what was done to a record there was."""
    drawn: Mapping[str, int]
    """Subjects by grade (or band)."""
    expected: pa.Table
    """`sample`, `raw`: scores of the drawn subjects in the population, in thousandths."""


def additions_of(
    cards: Sequence[Scorecard],
    catalogue: Mapping[str, Item],
    items: Sequence[str],
    *,
    values: Mapping[str, tuple[Decimal, ...]],
    on: date,
    known_by: date,
) -> tuple[Addition, ...]:
    """One record of each item, at each level, with each value, on each day that another window looks at.

    Args:
        items: those the scorecards read; others would change nothing.
        values: rising values to try, by item; items without a unit carry none.
    """
    seen = min(on, known_by)
    days = _days(cards, on=on, seen=seen)
    weighed = {code for card in cards for measure in _parts(card) for code in _read_by_value(measure)}
    found: list[Addition] = []
    for code in items:
        item = catalogue[code]
        levels: list[str | None] = [*item.levels]
        if not item.levels or not item.level_required:
            levels.append(None)
        tried: tuple[Decimal | None, ...] = values.get(code, _STANDARD_VALUES) if item.unit else (None,)
        if code not in weighed:
            tried = tried[:1]
        for day in sorted(days.get(code, {seen - _RECENT})):
            for level in levels:
                for value in tried:
                    found.append(
                        Addition(number=len(found) + 1, item=code, level=level, value=value, day=day)
                    )
    return tuple(found)


def _days(cards: Sequence[Scorecard], *, on: date, seen: date) -> dict[str, set[date]]:
    """A day inside every window that reads an item, as few as possible."""
    spans: dict[str, set[tuple[date | None, date]]] = {}
    for card in cards:
        for measure in _parts(card):
            for code in measure.items:
                spans.setdefault(code, set()).add(window_bounds(measure.window, on))
    return {code: _inside(found, seen) for code, found in spans.items()}


def _parts(card: Scorecard) -> Iterator[EventPoints | SelectedMeasure]:
    """Every measure that reads records; of a ratio, both parts."""
    for _, measure in record_measures(card):
        yield measure


def _read_by_value(measure: EventPoints | SelectedMeasure) -> tuple[str, ...]:
    """The items whose values matter to a measure."""
    limits = measure.value_at_least is not None or measure.value_below is not None
    if isinstance(measure, OfValues) or limits:
        return tuple(measure.items)
    if not isinstance(measure, EventPoints):
        return ()
    if isinstance(measure.repaired, RepairFactors) and any(
        f.value_at_most is not None for f in measure.repaired.factors
    ):
        return tuple(measure.items)
    return tuple(code for code, points in measure.items.items() if isinstance(points, PerUnit))


def _inside(spans: set[tuple[date | None, date]], seen: date) -> set[date]:
    days: set[date] = set()
    for after, upto in sorted(spans, key=lambda span: (span[1], span[0] or date.min)):
        last = min(upto, seen)
        first = date.min if after is None else after + timedelta(days=1)
        if last >= first and not any(first <= day <= last for day in days):
            days.add(max(first, last - _RECENT))
    return days


def perturb(
    run: Scored,
    inputs: Inputs,
    *,
    additions: tuple[Addition, ...],
    touched_items: Sequence[str],
) -> Perturbed:
    """Draw subjects, stratified over the grades, and make a copy of each for everything that is changed.

    Args:
        run: of the population, to draw from.
        additions: records to add, one to a copy.
        touched_items: items whose records are withdrawn, repaired and reported again.
    """
    from credit_scoring.engines.duckdb import DuckDBEngine

    most = max(6, min(SUBJECTS_AT_MOST, VARIANTS // max(1, len(additions))))
    with DuckDBEngine(threads=inputs.threads, memory_limit=inputs.memory_limit) as engine:
        engine.scan("scores", run.folder / "scores.parquet")
        engine.run(_DRAWN, most=most)
        engine.register("wanted", engine.table("SELECT subject_id FROM drawn"))
        admit(engine, "subjects", inputs.subjects, SUBJECTS, only=True)
        admit(engine, "records", inputs.records, RECORDS, only=True)
        _make_sample(engine, run.card, inputs, touched_items)
        engine.register("additions", _table_of(additions))
        engine.run(_VARIANTS, added=len(additions), touched=TOUCHED)
        drawn = engine.table(
            "SELECT grade, count(*) AS n FROM sample WHERE sample > 0 GROUP BY ALL ORDER BY ALL"
        ).to_pylist()
        return Perturbed(
            subjects=engine.table(_SUBJECTS),
            records=engine.table(_RECORDS, seen=min(inputs.on, inputs.known_by)),
            additions=additions,
            changes=engine.table("SELECT variant, change, item FROM touched ORDER BY variant"),
            drawn={row["grade"]: row["n"] for row in drawn},
            expected=engine.table("SELECT sample, raw FROM sample WHERE raw IS NOT NULL ORDER BY sample"),
        )


def _make_sample(engine: Engine, card: Scorecard, inputs: Inputs, touched_items: Sequence[str]) -> None:
    engine.register("touched_items", pa.table({"item": pa.array(touched_items, pa.string())}))
    engine.run(
        _SAMPLE,
        most=RECORDS_AT_MOST,
        established=months_before(inputs.on, 120),
        subject_type=card.subject_type,
    )


def _table_of(additions: tuple[Addition, ...]) -> pa.Table:
    return pa.table(
        {
            "variant": pa.array([a.number for a in additions], pa.int64()),
            "item": pa.array([a.item for a in additions], pa.string()),
            "level": pa.array([a.level for a in additions], pa.string()),
            "value": pa.array([a.value for a in additions], pa.decimal128(18, 4)),
            "day": pa.array([a.day for a in additions], pa.date32()),
        }
    )


# Grade after grade in turn, so that a rare one is not passed over; within a grade the hash of the identifier decides,
# which gives the same subjects whatever the order of the rows.
_DRAWN = """
CREATE TABLE drawn AS
SELECT subject_id, grade, raw FROM (
    SELECT *, row_number() OVER (PARTITION BY grade ORDER BY md5(subject_id), subject_id) AS place FROM (
        SELECT subject_id, coalesce(grade, band, 'unrated') AS grade, (score_raw * (1000)::DECIMAL(4, 0))::BIGINT AS raw
        FROM scores))
QUALIFY row_number() OVER (ORDER BY place, grade) <= $most
"""
# A record whose identifier stands more than once was rejected, or stands for itself: either way it is left out here.
_SAMPLE = """
CREATE TABLE candidates AS
SELECT DISTINCT s.subject_id, s.subject_type, s.region_code, s.industry_code, s.established_on, s.closed_on, d.grade, d.raw
FROM typed_subjects s JOIN drawn d USING (subject_id);
CREATE TABLE clean_records AS
SELECT r.*, count(*) OVER (PARTITION BY r.record_id) AS copies FROM typed_records r;
CREATE TABLE unusable AS
SELECT subject_id FROM clean_records WHERE subject_id IS NOT NULL
GROUP BY subject_id HAVING count(*) > $most OR max(copies) > 1 OR bool_or(record_id IS NULL);
CREATE TABLE sample AS
SELECT row_number() OVER (ORDER BY md5(subject_id), subject_id) AS sample, * FROM candidates
WHERE subject_id NOT IN (SELECT subject_id FROM unusable);
-- Someone of whom nothing is on record, otherwise like the most common of the drawn.
INSERT INTO sample
SELECT 0, NULL, $subject_type,
       (SELECT region_code FROM sample GROUP BY region_code ORDER BY count(*) DESC, region_code LIMIT 1),
       (SELECT industry_code FROM sample GROUP BY industry_code ORDER BY count(*) DESC, industry_code LIMIT 1),
       $established, NULL, NULL, NULL;
CREATE TABLE mine AS
SELECT s.sample, dense_rank() OVER (ORDER BY r.record_id) AS record, r.item, r.occurred_on, r.recorded_on, r.value, r.weight,
       r.level, r.event_id, r.expires_on, r.repaired_on, r.withdrawn_on, r.source, r.contested_on
FROM clean_records r JOIN sample s USING (subject_id)
WHERE r.value_fault IS NULL AND r.weight_fault IS NULL AND r.occurred_on IS NOT NULL AND r.recorded_on IS NOT NULL
  AND coalesce(r.occurred_on_unreadable, r.recorded_on_unreadable, r.expires_on_unreadable, r.repaired_on_unreadable,
               r.withdrawn_on_unreadable, r.contested_on_unreadable) IS NULL;
"""
# Variant 0 is nobody changed; then one per addition, the same for every subject; then one per record that is touched.
_VARIANTS = """
CREATE TABLE touched AS
SELECT $added + row_number() OVER (ORDER BY sample, record, change) AS variant, sample, record, change, item
FROM (
    SELECT sample, record, item, row_number() OVER (PARTITION BY sample ORDER BY occurred_on DESC, record) AS place
    FROM mine WHERE item IN (SELECT item FROM touched_items) AND repaired_on IS NULL AND withdrawn_on IS NULL
) CROSS JOIN (VALUES ('again'), ('repaired'), ('withdrawn')) c(change)
WHERE place <= $touched;
CREATE TABLE copies AS
SELECT sample, 0::BIGINT AS variant FROM sample
UNION ALL SELECT s.sample, a.variant FROM sample s CROSS JOIN additions a
UNION ALL SELECT sample, variant FROM touched;
"""
_ID = "printf('v%08d-%05d', c.variant, c.sample)"
_SUBJECTS = f"""
SELECT {_ID} AS subject_id, s.subject_type, s.region_code, s.industry_code, s.established_on, s.closed_on
FROM copies c JOIN sample s USING (sample)
"""
_VALUE = "(m.value * (0.0001)::DECIMAL(5, 4))::DECIMAL(22, 4)"
_WEIGHT = "(m.weight * (0.0001)::DECIMAL(5, 4))::DECIMAL(22, 4)"
_RECORDS = f"""
SELECT printf('v%08d-%05d-%08d', c.variant, c.sample, m.record) AS record_id, {_ID} AS subject_id, m.item, m.occurred_on,
       m.recorded_on, {_VALUE} AS value, {_WEIGHT} AS weight, m.level, m.event_id, m.expires_on,
       CASE WHEN t.change = 'repaired' THEN greatest($seen, m.occurred_on) ELSE m.repaired_on END AS repaired_on,
       CASE WHEN t.change = 'withdrawn' THEN greatest($seen, m.occurred_on) ELSE m.withdrawn_on END AS withdrawn_on,
       m.source, m.contested_on
FROM copies c JOIN mine m USING (sample)
LEFT JOIN touched t ON t.variant = c.variant AND t.record = m.record
UNION ALL
SELECT printf('v%08d-%05d-more', c.variant, c.sample), {_ID}, a.item, a.day, a.day, a.value, NULL, a.level, NULL, NULL, NULL,
       NULL, NULL, NULL
FROM copies c JOIN additions a ON a.variant = c.variant
UNION ALL
SELECT printf('v%08d-%05d-more', c.variant, c.sample), {_ID}, m.item, m.occurred_on, m.recorded_on, {_VALUE}, {_WEIGHT}, m.level,
       coalesce(m.event_id, 'the same'), m.expires_on, m.repaired_on, m.withdrawn_on, m.source, m.contested_on
FROM copies c JOIN touched t ON t.variant = c.variant AND t.change = 'again' JOIN mine m ON m.record = t.record
"""
