"""Labels: what became of each subject within the outcome window after each observation date.

A label counts on `on` if `labelled_on` lies in `(on, months_after(on, window)]` and its `observed_on`, where it has
one, is `on`. A subject is bad if any label that counts is 1, good if some count and none is 1. A label that cannot be
used never makes anyone good: where it may have spoken of a date, the subject is left out of that date unless another
label says bad.

A label was known on its `recorded_on`, or without one on its `labelled_on`. A bad row is known from its first bad label,
a good one from its first label. Where unlabelled subjects are good, a good row is known when its window is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

import pyarrow as pa

from credit_scoring.engines.base import Engine
from credit_scoring.errors import TrainingError
from credit_scoring.policy.catalogue import SubjectType, month_count
from credit_scoring.policy.numbers import months_after
from credit_scoring.policy.training import Outcome
from credit_scoring.scoring.inputs import SUBJECTS, Column, Source, admit

LABELS = (
    Column("subject_id", "text"),
    Column("label", "number"),
    Column("labelled_on", "date"),
    Column("recorded_on", "date", optional=True),
    Column("inclusion_probability", "number", optional=True),
    Column("event_id", "text", optional=True),
    Column("observed_on", "date", optional=True),
)
"""The table of labels: 1 bad, 0 good; the day of the outcome, or of the inspection that found nothing; the
probability with which the subject came to be labelled within the window at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """An observation date and the last day of its outcome window, inclusive."""

    observed_on: date
    ends_on: date


def windows_of(observe: Sequence[date], outcome: Outcome) -> tuple[Window, ...]:
    """The outcome window of each observation date, in whole calendar months.

    >>> from credit_scoring.policy.catalogue import Title
    >>> title = Title(zh="处罚", en="Penalty")
    >>> outcome = Outcome(title=title, window="12 months", unlabelled="exclude")
    >>> windows_of([date(2024, 2, 29)], outcome)[0].ends_on
    datetime.date(2025, 2, 28)
    """
    months = month_count(outcome.window)
    return tuple(Window(observed_on=on, ends_on=months_after(on, months)) for on in observe)


def sql_of(name: str) -> str:
    """The SQL text of a step of the cohort."""
    return (files("credit_scoring.sectors.cohorts") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def judge(
    engine: Engine,
    *,
    subjects: Source,
    labels: Source,
    subject_type: SubjectType,
    windows: Sequence[Window],
    outcome: Outcome,
    labels_until: date | None,
) -> date:
    """Fill the engine's tables `checked_labels`, `label_dates` and `candidates`.

    `candidates` has one row per row of the subjects of the type and per window: `observed_on`, `subject_id`, `label`
    (0 or 1), `known_on` (the day the label that decides it was known; null where none does), `probability`,
    `person`, `closes_in_window`, and `reason`, null where the row can be learnt from.

    Args:
        engine: with the functions of the line loaded.
        labels_until: the last day up to which labels are known; None takes the last day any usable label was dated or
            recorded, which is too early where the last days brought none.

    Returns:
        The last day up to which labels are known.

    Raises:
        TableError: a table cannot be read.
        TrainingError: no label can be used, or unlabelled subjects count as good although labels are a sample.
    """
    admit(engine, "subjects", subjects, SUBJECTS)
    admit(engine, "labels", labels, LABELS)
    dates = {"observed_on": [w.observed_on for w in windows], "ends_on": [w.ends_on for w in windows]}
    engine.register(
        "dates", pa.table(dates, schema=pa.schema([("observed_on", pa.date32()), ("ends_on", pa.date32())]))
    )
    engine.run(sql_of("functions"))
    engine.run(sql_of("labels"), subject_type=subject_type, labels_until=labels_until or date.max)
    found = engine.table(
        """
        SELECT max(greatest(labelled_on, recorded_on)) FILTER (reason IS NULL) AS until,
               count(*) FILTER (reason IS NULL AND probability < 1) AS sampled, count(*) AS rows
        FROM checked_labels
        """
    ).to_pylist()[0]
    good = outcome.unlabelled == "good"
    if good and found["sampled"]:
        raise TrainingError(
            f"{found['sampled']} labels have an inclusion probability below 1, and `unlabelled: good` says that labels "
            "are complete. Write `unlabelled: exclude`, or drop the column 'inclusion_probability'."
        )
    known_until = labels_until or found["until"]
    if known_until is None:
        raise TrainingError(f"none of the {found['rows']} labels can be used: {_commonest(engine)}.")
    engine.run(sql_of("candidates"), known_until=known_until, unlabelled_are_good=good)
    return known_until


def _commonest(engine: Engine) -> str:
    rows = engine.table(
        "SELECT reason, count(*) AS n FROM checked_labels GROUP BY reason ORDER BY n DESC, reason"
    ).to_pylist()
    return ", ".join(f"{row['n']} {row['reason']}" for row in rows) or "the table is empty"
