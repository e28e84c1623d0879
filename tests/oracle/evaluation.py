"""The whole line: a scorecard in force, its subjects and their records, the scores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from oracle.grading import Result, graded
from oracle.reading import Dates, Delivery, Node, Record, Subject, day
from oracle.scoring import score_subject
from oracle.sectors import Public, weighed


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
    base: Node | None = None,
) -> dict[str, Result]:
    """Score and grade every subject by one scorecard, by subject_id; `base` is the scorecard it extends."""
    scorecard = weighed(scorecard)
    archive: dict[str, list[Record]] = defaultdict(list)
    everything = list(records)
    for record in everything:
        archive[record.subject_id].append(record)
    public: dict[str, Public] = {}
    if base is not None:
        beneath = evaluate(base, catalogue, subjects, everything, dates, coverage)
        public = {name: public_of(result) for name, result in beneath.items()}
    scored = [
        score_subject(
            scorecard, catalogue, s, archive[s.subject_id], dates, coverage, public.get(s.subject_id)
        )
        for s in subjects
    ]
    return {result.scored.subject.subject_id: result for result in graded(scorecard, scored)}


def public_of(result: Result) -> Public:
    """What a sector's scorecard may know of a public result."""
    return Public(
        score=result.score, grade=result.grade, unrated=result.unrated, dimensions=result.scored.dimensions
    )
