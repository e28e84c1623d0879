"""The whole line: a scorecard in force, its subjects and their records, the scores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from oracle.grading import Result, graded
from oracle.reading import Dates, Delivery, Node, Record, Subject, day
from oracle.scoring import score_subject


def edition_in_force(editions: Iterable[Node], on: date) -> Node:
    """The edition in force on a day: from (inclusive) until (exclusive)."""
    found = [edition for edition in editions if is_in_force(edition["in_force"], on)]
    if len(found) != 1:
        raise LookupError(f"{len(found)} editions are in force on {on}")
    return found[0]


def is_in_force(span: Node, on: date) -> bool:
    """`until` is the first day no longer in force."""
    return day(span["from"]) <= on and ("until" not in span or on < day(span["until"]))


def evaluate(
    scorecard: Node,
    catalogue: Node,
    subjects: Sequence[Subject],
    records: Iterable[Record],
    dates: Dates,
    coverage: Sequence[Delivery] | None = None,
) -> dict[str, Result]:
    """Score and grade every subject by one scorecard, by subject_id."""
    archive: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        archive[record.subject_id].append(record)
    scored = [
        score_subject(scorecard, catalogue, s, archive[s.subject_id], dates, coverage) for s in subjects
    ]
    return {result.scored.subject.subject_id: result for result in graded(scorecard, scored)}
