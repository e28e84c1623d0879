"""A small policy and small tables: one scorecard for enterprises, one for natural persons."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from credit_scoring import Policy, Run, load_policy, score
from policy.texts import CARD, CATALOGUE, changed, write_policy

ON = date(2025, 12, 31)
KINDS = ("arrow", "pandas", "polars", "parquet", "csv")
Row = dict[str, Any]

_TEXT, _DATE, _NUMBER = pa.string(), pa.date32(), pa.decimal128(18, 4)
SUBJECTS = pa.schema(
    [("subject_id", _TEXT), ("subject_type", _TEXT), ("region_code", _TEXT), ("industry_code", _TEXT),
     ("established_on", _DATE), ("closed_on", _DATE)]
)  # fmt: skip
RECORDS = pa.schema(
    [("record_id", _TEXT), ("subject_id", _TEXT), ("item", _TEXT), ("occurred_on", _DATE), ("recorded_on", _DATE),
     ("value", _NUMBER), ("level", _TEXT), ("event_id", _TEXT), ("expires_on", _DATE), ("repaired_on", _DATE),
     ("withdrawn_on", _DATE), ("source", _TEXT), ("contested_on", _DATE)]
)  # fmt: skip
COVERAGE = pa.schema(
    [("item", _TEXT), ("region_code", _TEXT), ("covered_from", _DATE), ("covered_until", _DATE)]
)

PERSON = (
    CARD[: CARD.index("event_groups:")]
    .replace("scorecard: demo", "scorecard: persons")
    .replace("enterprise", "natural_person")
    .replace("in_force:", "bands: {width: 25}\nin_force:")
)


def firm_card(*changes: tuple[str, str]) -> str:
    """The scorecard for enterprises, with some of its text changed."""
    text = CARD
    for old, new in changes:
        text = changed(text, old, new)
    return text


CLOSED = (
    "overrides:\n",
    """\
overrides:
  closed:
    title: {zh: 注销, en: Closed}
    when: {subject: closed}
    effect: {unrated: true}
    authority: [law art. 3]
    basis: assumed
""",
)
"""A change of the scorecard: who is closed is not rated."""


@cache
def policy_of(*cards: str) -> Policy:
    """The scorecards as a policy, over the small catalogue."""
    catalogue = CATALOGUE.replace(
        "subject_types: [enterprise]", "subject_types: [enterprise, natural_person]"
    )
    with TemporaryDirectory() as name:
        folder = write_policy(Path(name), cards[0], catalogue=catalogue)
        for i, card in enumerate(cards[1:]):
            (folder / f"card{i}.yaml").write_text(card, encoding="utf-8")
        return load_policy(folder)


def subject(subject_id: str = "firm", **columns: Any) -> Row:
    """An enterprise of Hangzhou."""
    return {"subject_id": subject_id, "subject_type": "enterprise", "region_code": "330106"} | columns


def record(record_id: str, **columns: Any) -> Row:
    """A general penalty of the enterprise, half a year old."""
    usual = {
        "record_id": record_id, "subject_id": "firm", "item": "a.penalty", "level": "general",
        "occurred_on": date(2025, 6, 1), "recorded_on": date(2025, 6, 10), "source": "Bureau",
    }  # fmt: skip
    row = usual | columns
    if row["item"] != "a.penalty" and "level" not in columns:
        row["level"] = None
    if "occurred_on" in columns and "recorded_on" not in columns:
        row["recorded_on"] = row["occurred_on"]
    return row


def table(rows: list[Row], schema: pa.Schema) -> pa.Table:
    """Rows as an Arrow table with every column of the schema."""
    filled = [
        {name: Decimal(v) if isinstance(v := row.get(name), int) else v for name in schema.names}
        for row in rows
    ]
    return pa.Table.from_pylist(filled, schema=schema)


def handed_in(data: pa.Table, kind: str, folder: Path, name: str) -> Any:
    """The table as a newcomer may hand it in."""
    if kind == "arrow":
        return data
    if kind == "pandas":
        return data.to_pandas()
    if kind == "polars":
        return pl.from_arrow(data)
    path = folder / f"{name}.{kind}"
    if kind == "parquet":
        pq.write_table(data, path)
    else:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(data.column_names)
            writer.writerows(["" if v is None else v for v in row.values()] for row in data.to_pylist())
    return path


def rows_of(result: Any) -> list[Row]:
    """A result table, whatever library it is in, as rows."""
    if isinstance(result, pd.DataFrame):
        result = pa.Table.from_pandas(result, preserve_index=False)
    if isinstance(result, pl.DataFrame):
        result = result.to_arrow()
    return [dict(row) for row in result.to_pylist()]


def run(
    records: list[Row], *, subjects: list[Row] | None = None, policy: Policy | None = None, coverage: list[Row] | None = None, **options: Any
) -> Run:  # fmt: skip
    """A run over rows."""
    return score(
        policy or policy_of(CARD),
        subjects=table([subject()] if subjects is None else subjects, SUBJECTS),
        records=table(records, RECORDS),
        coverage=None if coverage is None else table(coverage, COVERAGE),
        **({"on": ON} | options),
    )


def points_of(result: Run, subject_id: str = "firm") -> dict[str, float]:
    """Points of the indicators that depart from their no-record points."""
    return {
        r["indicator"]: float(r["points"]) for r in rows_of(result.points) if r["subject_id"] == subject_id
    }


def score_of(result: Run, subject_id: str = "firm") -> Row:
    """The row of `scores` of one subject."""
    (row,) = [r for r in rows_of(result.scores) if r["subject_id"] == subject_id]
    return row


def reconciles(result: Run) -> bool:
    """Rows in = scored + rejected; records in = admitted + not yet known + rejected; every rejection is listed."""
    info = result.info
    rejected = rows_of(result.rejected)
    return (
        info.subjects.rows == info.subjects_scored + info.subjects_rejected
        and info.records.rows == info.records_admitted + info.records_not_yet_known + info.records_rejected
        and info.subjects_scored == len(rows_of(result.scores))
        and info.subjects_rejected == sum(r["table"] == "subjects" for r in rejected)
        and info.records_rejected == sum(r["table"] == "records" for r in rejected)
        and sum(info.rejected_by_reason.values()) == len(rejected)
    )
