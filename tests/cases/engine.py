"""The engine asked the same question as the oracle, its tables read back in the oracle's words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import pyarrow as pa

from credit_scoring import load_policy, score
from oracle.reading import Dates, Delivery, Record, Subject
from oracle.tables import coverage_table, records_table, subjects_table

Answer = dict[str, Any]
PLAIN = ("grade_raw", "grade", "band", "unrated", "overrides")
ABOUT_THE_ROW = {"subject_id", "subject_type", "scorecard", "edition", "on", "reasons"}


def run(
    policy: Any,
    subjects: Iterable[Subject],
    records: Iterable[Record],
    dates: Dates,
    coverage: Sequence[Delivery] | None = None,
    threads: int | None = None,
) -> Any:
    """One run of the engine over the oracle's subjects and records."""
    return score(
        policy,
        subjects=subjects_table(subjects),
        records=records_table(records),
        on=dates.on,
        known_by=dates.known_by,
        coverage=None if coverage is None else coverage_table(coverage),
        threads=threads,
    )


def answers_of(result: Any) -> dict[str, Answer]:
    """What a run says of every subject, by subject_id: the columns of `scores`, and sparse `points`."""
    points: dict[str, dict[str, Fraction]] = defaultdict(dict)
    for row in result.points.to_pylist():
        points[row["subject_id"]][row["indicator"]] = Fraction(row["points"])
    answers: dict[str, Answer] = {}
    for row in result.scores.to_pylist():
        assert row["subject_id"] not in answers
        answers[row["subject_id"]] = {
            name: value if name in PLAIN else Fraction(value)
            for name, value in row.items()
            if (name not in ABOUT_THE_ROW and value is not None) or name in PLAIN
        } | {"points": points[row["subject_id"]]}
    return answers


def scores_bytes(table: pa.Table) -> bytes:
    """A result table as bytes that do not depend on the order of its rows."""
    rows = table.combine_chunks().to_pylist()
    return "\n".join(sorted(repr(sorted(row.items())) for row in rows)).encode()


__all__ = ["answers_of", "load_policy", "run", "scores_bytes"]
