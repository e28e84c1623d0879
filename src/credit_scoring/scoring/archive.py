"""The credit archive of one subject: every entry on record, each with its state on the date.

The states come from the same steps that score: what counts here is what counts there.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from credit_scoring.engines.base import Engine
from credit_scoring.errors import NotFoundError
from credit_scoring.policy.catalogue import Item, Publicity, Title, month_count
from credit_scoring.policy.compilation import compile_policy
from credit_scoring.policy.loading import Policy
from credit_scoring.policy.numbers import months_after
from credit_scoring.scoring.inputs import Source
from credit_scoring.scoring.line import run_line
from credit_scoring.scoring.run import admit_inputs

ENTRIES: tuple[Literal["basic", "good", "bad", "other"], ...] = ("basic", "good", "bad", "other")


class Entry(BaseModel):
    """One entry of the archive with its state on the date."""

    model_config = ConfigDict(frozen=True)
    record_id: str
    item: str
    title: Title
    entry: Literal["basic", "good", "bad", "other"]
    level: str | None
    level_title: Title | None
    value: Decimal | None
    unit: str | None
    occurred_on: date
    recorded_on: date
    source: str | None
    event: str | None
    counts: bool
    """Whether it bears on the score or on an override on this date."""
    state: str
    """counts · same_event (another report of the event counts) · counted_elsewhere (under another indicator, by
    another report) · not_applicable (its indicator is not for this subject) · read_by_condition (a condition looks at
    it that decides nothing by itself, or does not hold) · not_used (no rule reads it) · outside_window ·
    repaired · withdrawn · expired · not_yet_begun."""
    indicators: tuple[str, ...]
    """Indicators and overrides it bears on."""
    contested: bool
    """An objection was lodged and is not yet decided."""
    published: bool
    published_until: date | None
    """First day it may no longer be shown; null where it never is, or without limit."""
    repair_from: date | None
    """Earliest day of repair, where the law sets a least publicity."""
    repaired_on: date | None
    withdrawn_on: date | None
    expires_on: date | None


class Archive(BaseModel):
    """What is on record about one subject, as known on a date. Entries past retention are gone and not mentioned."""

    model_config = ConfigDict(frozen=True)
    subject_id: str
    subject_type: str
    on: date
    known_by: date
    entries: tuple[Entry, ...]
    rejected: tuple[tuple[str, str], ...]
    """Records that could not be used, with the reason."""


def archive(
    policy: Policy,
    subject_id: str,
    *,
    subjects: Source,
    records: Source,
    on: date,
    known_by: date | None = None,
) -> Archive:
    """The credit archive of one subject.

    Args:
        policy: decides what counts; the edition in force `on` for the subject's type.
        subjects, records: as for `score`.
        on: the date of the archive.
        known_by: entries recorded later are out of sight; defaults to `on`.

    Raises:
        NotFoundError: the subject is not in `subjects`, or was rejected there; the message says why.
        TableError: an input is no table, or lacks a column.
    """
    from credit_scoring.engines.duckdb import DuckDBEngine

    known = known_by or on
    compiled = compile_policy(policy.in_force(on), policy.catalogue, on=on)
    with DuckDBEngine() as engine:
        admit_inputs(engine, subjects=subjects, records=records, coverage=None, only=subject_id)
        run_line(
            engine,
            compiled,
            known_by=known,
            coverage_given=False,
            keep_records=True,
        )
        subject = _subject(engine, subject_id)
        rows = engine.table(_ENTRIES).to_pylist()
        rejected = engine.table(
            "SELECT record_id, reason FROM rejected WHERE \"table\" = 'records' ORDER BY ALL"
        ).to_pylist()
    seen = min(on, known)
    person = subject["subject_type"] == "natural_person"
    entries = [_entry(row, policy.item(row["item"]), on=on, seen=seen, person=person) for row in rows]
    return Archive(
        subject_id=subject_id, subject_type=subject["subject_type"], on=on, known_by=known,
        entries=tuple(sorted(entries, key=lambda e: (ENTRIES.index(e.entry), -e.occurred_on.toordinal(), e.record_id))),
        rejected=tuple((r["record_id"], r["reason"]) for r in rejected),
    )  # fmt: skip


_ENTRIES = """
SELECT x.record_id, k.item, x.level, (x.value * 0.0001)::DECIMAL(18, 4) AS value, x.occurred_on, x.recorded_on,
       x.source, x.event_id AS event, x.expires_on, x.repaired_on, x.withdrawn_on, x.contested_on, x.state,
       list_sort(coalesce(u.names, [])) AS names, u.treatment, u.not_applicable,
       EXISTS (FROM rules r WHERE r.kind_no = x.kind_no AND r.scorecard_no = x.scorecard_no) AS has_rule
FROM record_states x
JOIN (SELECT DISTINCT kind_no, item FROM kinds) k USING (kind_no)
LEFT JOIN (
    SELECT r.record_no,
           list(DISTINCT coalesce(i.indicator, o.override_id)) FILTER (
               (i.indicator IS NOT NULL AND n.subject_no IS NULL) OR (o.override_id IS NOT NULL AND a.subject_no IS NOT NULL)
           ) AS names,
           bool_or(n.subject_no IS NOT NULL) AS not_applicable,
           CASE WHEN bool_or(r.kept AND (NOT coalesce(h.elsewhere, false) OR coalesce(sh.charged, false))) THEN 'counts'
                WHEN bool_or(r.kept) THEN 'counted_elsewhere' ELSE 'same_event' END AS treatment
    FROM reports r
    LEFT JOIN readings g USING (measure_no)
    LEFT JOIN shared h ON h.record_no = r.record_no AND h.measure_no = r.measure_no
    LEFT JOIN shared_outcomes sh ON sh.subject_no = r.subject_no AND sh.indicator_no = g.indicator_no
    LEFT JOIN not_applicable n ON n.subject_no = r.subject_no AND n.indicator_no = g.indicator_no
    LEFT JOIN satisfied a ON a.subject_no = r.subject_no AND a.target = 'override' AND a.target_no = g.override_no
    LEFT JOIN indicators i ON i.indicator_no = g.indicator_no
    LEFT JOIN overrides o ON o.override_no = g.override_no
    GROUP BY r.record_no
) u USING (record_no)
WHERE x.state NOT IN ('not_yet_known', 'past_retention')
"""


def _subject(engine: Engine, subject_id: str) -> dict[str, Any]:
    found = engine.table("SELECT subject_type FROM subjects").to_pylist()
    if found:
        return dict(found[0])
    reasons = engine.table("SELECT reason FROM rejected WHERE \"table\" = 'subjects'").to_pylist()
    why = (
        f"was rejected: {', '.join(sorted({r['reason'] for r in reasons}))}"
        if reasons
        else "is not in the table of subjects"
    )
    raise NotFoundError(f"subject {subject_id} {why}.")


def _entry(row: dict[str, Any], item: Item, *, on: date, seen: date, person: bool) -> Entry:
    state = row["state"]
    if state in ("counts", "repaired") and row["names"]:
        state = row["treatment"]
    elif state in ("counts", "repaired") and row["not_applicable"]:
        state = "not_applicable"
    elif state in ("counts", "repaired") and row["treatment"]:
        state = "read_by_condition"
    elif state == "counts":
        state = "outside_window" if row["has_rule"] else "not_used"
    ended = [day for day in (row["repaired_on"], row["withdrawn_on"]) if day is not None and day <= seen]
    # Nothing about a natural person is published, whatever the item.
    publicity = "not_published" if person else item.publicity_of(row["level"])
    until, repair_from = _publicity(publicity, row["occurred_on"])
    shown = publicity == "permanent" if isinstance(publicity, str) else until is None or on < until
    return Entry(
        record_id=row["record_id"], item=row["item"], title=item.title, entry=item.entry, level=row["level"],
        level_title=item.levels.get(row["level"]) if row["level"] else None, value=row["value"], unit=item.unit,
        occurred_on=row["occurred_on"], recorded_on=row["recorded_on"], source=row["source"], event=row["event"],
        counts=state == "counts", state=state, indicators=tuple(row["names"]) if state == "counts" else (),
        contested=row["contested_on"] is not None and row["contested_on"] <= seen,
        published=shown and not ended and row["occurred_on"] <= on and item.openness == "public",
        published_until=until, repair_from=repair_from, repaired_on=_seen(row["repaired_on"], seen),
        withdrawn_on=_seen(row["withdrawn_on"], seen), expires_on=row["expires_on"],
    )  # fmt: skip


def _seen(day: date | None, seen: date) -> date | None:
    """A day that had come and was known; what lay ahead then is not shown."""
    return day if day is not None and day <= seen else None


def _publicity(rule: Publicity | str, occurred_on: date) -> tuple[date | None, date | None]:
    if isinstance(rule, str):
        return None, None
    earliest = None if rule.at_least is None else months_after(occurred_on, month_count(rule.at_least))
    return months_after(occurred_on, month_count(rule.at_most)), earliest
