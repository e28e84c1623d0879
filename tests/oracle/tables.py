"""The oracle's subjects and records as Arrow tables, in the columns of the real ones."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from oracle.reading import Delivery, Record, Subject

SUBJECTS = pa.schema(
    [
        ("subject_id", pa.string()),
        ("subject_type", pa.string()),
        ("region_code", pa.string()),
        ("industry_code", pa.string()),
        ("established_on", pa.date32()),
        ("closed_on", pa.date32()),
    ]
)
RECORDS = pa.schema(
    [
        ("record_id", pa.string()),
        ("subject_id", pa.string()),
        ("item", pa.string()),
        ("occurred_on", pa.date32()),
        ("recorded_on", pa.date32()),
        ("value", pa.decimal128(18, 4)),
        ("weight", pa.decimal128(18, 4)),
        ("level", pa.string()),
        ("event_id", pa.string()),
        ("expires_on", pa.date32()),
        ("repaired_on", pa.date32()),
        ("withdrawn_on", pa.date32()),
        ("source", pa.string()),
    ]
)
COVERAGE = pa.schema(
    [
        ("item", pa.string()),
        ("region_code", pa.string()),
        ("covered_from", pa.date32()),
        ("covered_until", pa.date32()),
    ]
)


def subjects_table(subjects: Iterable[Subject]) -> pa.Table:
    """The table `subjects`."""
    return _table(SUBJECTS, subjects)


def records_table(records: Iterable[Record]) -> pa.Table:
    """The table `records`."""
    return _table(RECORDS, records)


def coverage_table(coverage: Iterable[Delivery]) -> pa.Table:
    """The table `coverage`."""
    return _table(COVERAGE, coverage)


def _table(schema: pa.Schema, lines: Iterable[object]) -> pa.Table:
    lines = list(lines)
    return pa.table(
        {
            column.name: pa.array([getattr(line, column.name, None) for line in lines], type=column.type)
            for column in schema
        },
        schema=schema,
    )
