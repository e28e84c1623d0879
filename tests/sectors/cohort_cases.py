"""A small sector to build cohorts of: the small policy with a `training` block, and tables of rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

import pyarrow as pa

from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy
from credit_scoring.sectors.cohorts.building import build_cohort
from credit_scoring.sectors.cohorts.results import Cohort
from policy.texts import CARD, changed
from scoring.small import RECORDS, SUBJECTS, Row, policy_of, record, subject, table

FIRST, SECOND = date(2023, 12, 31), date(2024, 12, 31)
UNTIL = date(2026, 6, 30)

TRAINING = """\
training:
  outcome:
    title: {zh: 处罚, en: Penalty}
    window: 12 months
    unlabelled: exclude
    items: [a.penalty]
  observe: [2023-12-31, 2024-12-31]
  hold_out: {from: 2024-12-31}
  polarity:
    rating: {polarity: worse, reason: the value is the rank of the rating}
  scale: {base_score: 600, base_odds: 20, pdo: 50}
  limits:
    auc_at_least: 0.6
    ks_at_least: 0.1
    brier_at_most: 0.3
    calibration_p_at_least: 0.01
    psi_at_most: 0.25
    feature_psi_at_most: 0.25
    segment_auc_gap_at_most: 0.2
    gain_over_public_at_least: -1
  seed: 7
"""
LABELS = pa.schema(
    [
        ("subject_id", pa.string()),
        ("label", pa.int64()),
        ("labelled_on", pa.date32()),
        ("recorded_on", pa.date32()),
        ("inclusion_probability", pa.float64()),
        ("event_id", pa.string()),
        ("observed_on", pa.date32()),
    ]
)


@cache
def sector(*changes: tuple[str, str]) -> tuple[Policy, Scorecard]:
    """The policy and its card, with some of the text of `training` changed."""
    text = changed(CARD, "in_force: {from: 2024-01-01}", "in_force: {from: 2020-01-01}") + TRAINING
    for old, new in changes:
        text = changed(text, old, new)
    policy = policy_of(text)
    return policy, policy.scorecards[0]


def label(subject_id: str, bad: int | None, labelled_on: date | None, **columns: Any) -> Row:
    """One label."""
    return {"subject_id": subject_id, "label": bad, "labelled_on": labelled_on} | columns


def labels_table(rows: Sequence[Row]) -> pa.Table:
    """Labels with every column."""
    return pa.Table.from_pylist([{name: row.get(name) for name in LABELS.names} for row in rows], LABELS)


def cohort_of(
    labels: Sequence[Row] | pa.Table,
    *,
    firms: Sequence[str | Row],
    records: Sequence[Row] = (),
    changes: tuple[tuple[str, str], ...] = (),
    **options: Any,
) -> Cohort:
    """A cohort of firms; `labels_until` is late enough for both dates unless given."""
    policy, card = sector(*changes)
    subjects = [subject(f) if isinstance(f, str) else f for f in firms]
    return build_cohort(
        policy,
        card,
        subjects=table(subjects, SUBJECTS),
        records=table(list(records), RECORDS),
        labels=labels if isinstance(labels, pa.Table) else labels_table(labels),
        **({"labels_until": UNTIL, "threads": 1} | options),
    )


def rows_of(cohort: Cohort) -> dict[tuple[str, date], Row]:
    """The rows by subject and date."""
    return {(row["subject_id"], row["observed_on"]): row for row in cohort.table.to_pylist()}


def reasons(cohort: Cohort, kind: str) -> dict[tuple[date | None, str], int]:
    """Counts of the exclusions of `subjects` or `labels`."""
    return {
        (row["observed_on"], row["reason"]): row["rows"]
        for row in cohort.exclusions.to_pylist()
        if row["table"] == kind
    }


def reconciles(cohort: Cohort) -> bool:
    """Rows in = used + excluded, for subjects on every date and for labels, and every exclusion is listed."""
    s = cohort.summary
    listed = {kind: sum(reasons(cohort, kind).values()) for kind in ("subjects", "labels")}
    return (
        s.rows == s.used + s.excluded
        and s.used == cohort.table.num_rows == sum(d.used for d in s.dates) == sum(p.rows for p in s.splits)
        and all(d.rows == d.used + d.excluded for d in s.dates)
        and s.excluded == listed["subjects"] == sum(d.excluded for d in s.dates)
        and s.labels == s.labels_used + s.labels_excluded
        and s.labels_excluded == listed["labels"]
        and len(s.exclusions) == cohort.exclusions.num_rows
    )


def penalty(number: str, firm: str, on: date, **columns: Any) -> Row:
    """A general penalty of a firm."""
    return record(number, subject_id=firm, occurred_on=on, **columns)
