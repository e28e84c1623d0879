"""Input tables: from whatever was handed in to typed views the line can read.

Each column is read by the type it comes with. Text is trimmed and empty text is null; a date or a number that
cannot be read is kept as text beside the null, so that its row can be rejected with a reason. NaN becomes null
at this door.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa

from credit_scoring.engines.base import Engine
from credit_scoring.errors import TableError

Source: TypeAlias = Any
"""A path, or a pandas, Polars or Arrow table."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column the line reads: its kind, and whether a table may leave it out (then it is null throughout)."""

    name: str
    kind: str
    optional: bool = False


SUBJECTS = (
    Column("subject_id", "text"),
    Column("subject_type", "text"),
    Column("region_code", "text", optional=True),
    Column("industry_code", "text", optional=True),
    Column("established_on", "date", optional=True),
    Column("closed_on", "date", optional=True),
)
RECORDS = (
    Column("record_id", "text"),
    Column("subject_id", "text"),
    Column("item", "text"),
    Column("occurred_on", "date"),
    Column("recorded_on", "date"),
    Column("value", "number", optional=True),
    Column("weight", "number", optional=True),
    Column("level", "text", optional=True),
    Column("event_id", "text", optional=True),
    Column("expires_on", "date", optional=True),
    Column("repaired_on", "date", optional=True),
    Column("withdrawn_on", "date", optional=True),
    Column("source", "text", optional=True),
    Column("contested_on", "date", optional=True),
)
COVERAGE = (
    Column("item", "text"),
    Column("region_code", "text", optional=True),
    Column("covered_from", "date", optional=True),
    Column("covered_until", "date", optional=True),
)

_TEXT = ("VARCHAR", "ENUM", "UUID")
_INTEGER = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
)
_DATE = ("DATE", "TIMESTAMP")
_FLOAT = ("FLOAT", "DOUBLE")
_NULL = ('"NULL"', "NULL")
# A value this large is a fault of the source. Products are taken in 128 bits and points kept within reach (00_functions.sql).
_LARGEST = "1000000000000"


def admit(
    engine: Engine, name: str, source: Source, columns: tuple[Column, ...], *, only: bool = False
) -> None:
    """Register a table under `raw_<name>` and its typed view under `typed_<name>`.

    Args:
        only: keep the rows whose `subject_id` is in the table `wanted`.

    Raises:
        TableError: not a table, a column missing, or a column of a type that cannot be read.
    """
    what = _register(engine, f"raw_{name}", source)
    present = engine.columns(f"raw_{name}")
    check_columns(what, name, present, columns)
    parts: list[str] = []
    for column in columns:
        parts += _READERS[column.kind](column.name, present.get(column.name, '"NULL"'), what)
    where = " WHERE trim(subject_id::VARCHAR) IN (SELECT subject_id FROM wanted)" if only else ""
    if only and "record_id" in present:
        # Other rows under the same record_id, whoever they are about: they decide whether the record stands.
        where += f' OR record_id IN (SELECT record_id FROM "raw_{name}"{where})'
    engine.run(f'CREATE VIEW "typed_{name}" AS SELECT {", ".join(parts)} FROM "raw_{name}"{where}')


def _register(engine: Engine, name: str, source: Source) -> str:
    if isinstance(source, str | Path):
        engine.scan(name, Path(source))
        return str(source)
    table = as_arrow(source, name.removeprefix("raw_"))
    engine.register(name, table)
    return f"the table of {name.removeprefix('raw_')}"


def as_arrow(source: Source, name: str) -> pa.Table:
    """An Arrow table from a pandas, Polars or Arrow table.

    Raises:
        TableError: it is none of these, or a column mixes types.
    """
    if isinstance(source, pa.Table):
        return source
    if isinstance(source, pa.RecordBatch):
        return pa.Table.from_batches([source])
    module = type(source).__module__.split(".")[0]
    try:
        if module == "pandas":
            with warnings.catch_warnings():
                # Arrow before 26 reads columns with a time zone in a way that pandas 3 announces to change.
                warnings.filterwarnings("ignore", message="Series.values returning")
                return pa.Table.from_pandas(source, preserve_index=False)
        if module == "polars":
            frame = source.collect() if hasattr(source, "collect") else source
            return frame.to_arrow()
    except (ValueError, TypeError) as error:  # Arrow's own errors, and two columns of one name
        raise TableError(
            f"the table of {name} cannot be read: a column mixes types, or two have one name "
            f"({str(error).splitlines()[0]})."
        ) from error
    raise TableError(
        f"the table of {name} is a {type(source).__name__}: give a path to a Parquet or CSV file, or a pandas, "
        "Polars or Arrow table."
    )


def check_columns(what: str, name: str, present: dict[str, str], columns: tuple[Column, ...]) -> None:
    """Refuse a table that lacks a required column, or has one that looks like an optional one misspelt.

    Raises:
        TableError: either; `what` names the table in the message.
    """
    from credit_scoring.errors import did_you_mean

    missing = [c.name for c in columns if not c.optional and c.name not in present]
    known = {c.name for c in columns}
    strange = [column for column in present if column not in known]
    # A misspelt optional column would silently read as null throughout: that is refused too.
    slips = [(s, hint) for s in strange if (hint := did_you_mean(s, known - set(present)))]
    if missing:
        hints = "".join(did_you_mean(m, strange) for m in missing)
        raise TableError(
            f"{what}: column {', '.join(missing)} is missing from the table of {name}.{hints} It has: {', '.join(present)}."
        )
    if slips:
        raise TableError(
            f"{what}: column '{slips[0][0]}' is not one of the table of {name}.{slips[0][1]} Rename it, or drop it."
        )


def _is_text(kind: str) -> bool:
    return kind.startswith(_TEXT) and not kind.endswith("]")


def _text(name: str, kind: str, what: str) -> list[str]:
    if kind in _NULL:
        return [f'NULL::VARCHAR AS "{name}"']
    if _is_text(kind) or kind in _INTEGER:
        return [f'nullif(trim("{name}"::VARCHAR), \'\') AS "{name}"']
    raise TableError(f"{what}: column '{name}' is {kind} and should be text.")


def _date(name: str, kind: str, what: str) -> list[str]:
    unreadable = f'"{name}_unreadable"'
    if kind in _NULL:
        return [f'NULL::DATE AS "{name}"', f"NULL::VARCHAR AS {unreadable}"]
    if kind.endswith("TIME ZONE"):
        raise TableError(
            f"{what}: column '{name}' is {kind}: which day it is would depend on the machine. Give plain dates."
        )
    if kind.startswith(_DATE) and not kind.endswith("]"):
        return [f'"{name}"::DATE AS "{name}"', f"NULL::VARCHAR AS {unreadable}"]
    if _is_text(kind):
        text = f"nullif(trim(\"{name}\"::VARCHAR), '')"
        # Only ISO dates: what 03/04/2024 means is not guessed.
        readable = f"regexp_full_match({text}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]+)?)?)?')"
        return [
            f'CASE WHEN {readable} THEN TRY_CAST(left({text}, 10) AS DATE) END AS "{name}"',
            f"CASE WHEN {text} IS NOT NULL AND (NOT {readable} OR TRY_CAST(left({text}, 10) AS DATE) IS NULL) THEN {text} END AS {unreadable}",
        ]
    raise TableError(f"{what}: column '{name}' is {kind} and should be a date (or text such as 2024-03-31).")


def _number(name: str, kind: str, what: str) -> list[str]:
    """Ten-thousandths as a 64-bit integer, the fault if there is one, and the text to show."""
    column = f'"{name}"'
    if kind in _NULL:
        return [
            f'NULL::BIGINT AS "{name}"',
            f'NULL::VARCHAR AS "{name}_fault"',
            f'NULL::VARCHAR AS "{name}_text"',
        ]
    if _is_text(kind):
        column = f"CASE WHEN lower(trim({column}::VARCHAR)) IN ('nan', '', 'null') THEN NULL ELSE trim({column}::VARCHAR) END"
        infinite = f"regexp_full_match(lower({column}), '[-+]?inf(inity)?')"
        exact = f"TRY_CAST({column} AS DECIMAL(38, 12))"
    elif kind in _FLOAT:
        column = f"CASE WHEN isnan({column}) THEN NULL ELSE {column} END"
        infinite = f"isinf({column})"
        exact = f"CASE WHEN abs({column}) < {_LARGEST} THEN TRY_CAST({column} AS DECIMAL(38, 12)) END"
    elif kind in _INTEGER or (kind.startswith("DECIMAL") and not kind.endswith("]")):
        infinite = "false"
        exact = f"CASE WHEN abs({column}) < {_LARGEST} THEN {column}::DECIMAL(38, 12) END"
    else:
        raise TableError(f"{what}: column '{name}' is {kind} and should be a number.")
    fault = (
        f"CASE WHEN {column} IS NULL THEN NULL WHEN {infinite} THEN 'not_finite' "
        f"WHEN {'false' if kind in _FLOAT or kind in _INTEGER or kind.startswith('DECIMAL') else f'{exact} IS NULL'} THEN 'unreadable' "
        f"WHEN {exact} IS NULL OR abs({exact}) >= {_LARGEST} THEN 'out_of_range' END"
    )
    units = f"CASE WHEN abs({exact}) < {_LARGEST} THEN (round({exact}, 4) * 10000)::BIGINT END"
    return [f'{units} AS "{name}"', f'{fault} AS "{name}_fault"', f'({column})::VARCHAR AS "{name}_text"']


_READERS: dict[str, Callable[[str, str, str], list[str]]] = {"text": _text, "date": _date, "number": _number}
