"""The one flat table a served model takes, and the one table it gives: a row per subject, no row lost."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from credit_scoring.engines.base import Engine
from credit_scoring.errors import InputError, TableError, did_you_mean
from credit_scoring.policy.compilation import Compiled, compile_policy
from credit_scoring.policy.loading import Policy
from credit_scoring.scoring.inputs import RECORDS, SUBJECTS, Source, as_arrow, check_columns
from credit_scoring.scoring.line import run_line, scores_query
from credit_scoring.scoring.public import admit_public
from credit_scoring.scoring.run import admit_inputs, scores_only

SUBJECT_COLUMNS = tuple(column.name for column in SUBJECTS)
RECORD_COLUMNS = tuple(column.name for column in RECORDS if column.name not in SUBJECT_COLUMNS)
REQUIRED = tuple(column.name for column in SUBJECTS if not column.optional)
RESULT = pa.schema(
    [
        ("subject_id", pa.string()),
        ("outcome", pa.string()),
        ("scorecard", pa.string()),
        ("edition", pa.string()),
        ("on", pa.string()),
        ("known_by", pa.string()),
        ("score", pa.float64()),
        ("grade", pa.string()),
        ("band", pa.string()),
        ("unrated", pa.bool_()),
        ("overrides", pa.list_(pa.string())),
        ("reasons", pa.list_(pa.string())),
        ("records_admitted", pa.int64()),
        ("records_not_yet_known", pa.int64()),
        ("rejected_records", pa.list_(pa.struct([("record_id", pa.string()), ("reason", pa.string())]))),
        ("why", pa.string()),
    ]
)
_WHAT = "the table of subjects and records"
_SCALARS = (str, int, float, Decimal, date)


def flat_table(subjects: Source, records: Source) -> pa.Table:
    """Subjects and records as one table: a row per record with its subject's columns.

    Args:
        subjects, records: paths to Parquet or CSV, or pandas, Polars or Arrow tables, as `score` takes them.

    Returns:
        All columns of both, those that were left out null throughout, sorted by subject and record. A subject without records has a row with every column of a
        record null; a record whose subject is not among `subjects` a row with the subject's other columns null.

    Raises:
        TableError: an input is no table, lacks a column, or has one that looks misspelt.
    """
    from credit_scoring.engines.duckdb import DuckDBEngine

    with DuckDBEngine() as engine:
        for name, source in (("subjects", subjects), ("records", records)):
            admit_source(engine, name, source)
        mine, theirs = engine.columns("subjects"), engine.columns("records")
        check_columns("the table of subjects", "subjects", mine, SUBJECTS)
        check_columns("the table of records", "records", theirs, RECORDS)
        columns = [
            "coalesce(trim(s.subject_id::VARCHAR), trim(r.subject_id::VARCHAR)) AS subject_id",
            *(_column("s", name, mine) for name in SUBJECT_COLUMNS[1:]),
            *(_column("r", name, theirs) for name in RECORD_COLUMNS),
        ]
        order = 'subject_id, r."record_id"'
        return engine.table(
            f"SELECT {', '.join(columns)} FROM subjects s FULL JOIN records r "
            f"ON trim(s.subject_id::VARCHAR) = trim(r.subject_id::VARCHAR) ORDER BY {order}"
        )


def _column(table: str, name: str, present: dict[str, str]) -> str:
    return f'{table}."{name}"' if name in present else f'NULL::VARCHAR AS "{name}"'


def admit_source(engine: Engine, name: str, source: Source) -> None:
    """Make a file or a table known to an engine under a name, as it is."""
    if isinstance(source, str | Path):
        engine.scan(name, Path(source))
    else:
        engine.register(name, as_arrow(source, name))


def scores_of(
    policy: Policy, table: Source, *, on: date, known_by: date | None = None, threads: int | None = None
) -> pa.Table:
    """Score everyone in one flat table.

    Args:
        policy: the editions in force `on` are used.
        table: a pandas, Polars or Arrow table with a row per record and its subject's columns, as `flat_table` makes
            it. Where every column of a record is null the row says only that the subject exists. Optional columns may
            be left out; dates are dates, datetimes or text such as 2025-12-31; numbers are numbers or text.
        on: the evaluation date.
        known_by: records the platform knew later are out of sight; defaults to `on`.
        threads: of the engine; the scores do not depend on it.

    Returns:
        One row per `subject_id`, sorted, with the columns of `RESULT`. `outcome` is `scored`, or `rejected` with the
        reason in `why`: so it is for a subject whose rows contradict each other. `score` is the double nearest to the
        decimal with three places. `rejected_records` names the records that could not be used, with the reason the
        line gives. An identifier that holds a person's identity number is shown as null, in a subject that was
        rejected as in a record.

    Raises:
        TableError: it is no table, lacks a column, or holds one that cannot be read or looks misspelt.
        NotInForceError: the scorecard is not in force on the date.
    """
    from credit_scoring.engines.duckdb import DuckDBEngine

    known = known_by or on
    _check_days(on, known)
    rows = _read(table)
    cards = policy.in_force(on)
    bases = policy.bases(cards, on)
    compiled = compile_policy(cards, policy.catalogue, on=on)
    with DuckDBEngine(threads=threads) as engine:
        subjects, records = _taken_apart(engine, rows)
        if bases:
            public = scores_only(
                policy, bases, subjects=subjects, records=records, on=on, known_by=known, threads=threads
            )
        admit_inputs(engine, subjects=subjects, records=records, coverage=None)
        if bases:
            admit_public(engine, public, bases)

        def model_points() -> None:
            from credit_scoring.scoring.model import add_model_points

            add_model_points(engine, compiled, policy, threads=threads)

        run_line(
            engine,
            compiled,
            known_by=known,
            coverage_given=False,
            keep_records=True,
            model_points=model_points if any(card.model for card in cards) else None,
        )
        return _result(engine, compiled, on=on, known_by=known)


def day_of(text: str | None, name: str) -> date | None:
    """A parameter of a served model as a day; None where it was not given.

    Raises:
        InputError: it is no day.

    >>> day_of("2025-12-31", "on"), day_of("", "known_by")
    (datetime.date(2025, 12, 31), None)
    """
    if text is None or not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise InputError(f"params: {name}='{text}' is no date: write it as 2025-12-31.") from error


def _check_days(*days: date) -> None:
    for day in days:
        if not isinstance(day, date) or isinstance(day, datetime):
            raise InputError(f"{day!r} is no day: give a datetime.date, such as date(2025, 12, 31).")


def _read(table: Source) -> pa.Table:
    """The rows in Arrow, each column in one type the line can read, or refused."""
    if type(table).__module__.split(".")[0] == "pandas":
        table = _without_mixtures(table)
    rows = as_arrow(table, "subjects and records")
    _check_columns(rows.column_names)
    # A column of nulls has no type of its own: pandas says float, Arrow says null. Text is read by every reader.
    columns = [
        pa.nulls(rows.num_rows, pa.string()).cast(pa.string())
        if column.null_count == rows.num_rows or _is_all_nan(column)
        else column
        for column in rows.columns
    ]
    return pa.table(columns, names=rows.column_names)


def _is_all_nan(column: pa.ChunkedArray) -> bool:
    return pa.types.is_floating(column.type) and bool(pc.all(pc.is_nan(column.drop_null())).as_py())


def _without_mixtures(frame: Any) -> Any:
    """A pandas frame in which a column of mixed numbers, dates and texts is text: JSON makes such columns."""
    mixed = {
        name: [_plain(value) for value in frame[name]]
        for name in frame.columns
        if frame.columns.tolist().count(name) == 1 and frame[name].dtype == object and _is_mixed(frame[name])
    }
    return frame.assign(**{str(name): values for name, values in mixed.items()})


def _is_mixed(values: Any) -> bool:
    kinds = {type(value) for value in values.dropna()}
    return len(kinds) > 1 and all(issubclass(kind, _SCALARS) for kind in kinds)


def _plain(value: Any) -> str | None:
    # Only null differs from itself: NaN and NaT, as pandas writes it.
    return None if value is None or value != value else str(value)  # noqa: PLR0124


def _check_columns(present: list[str]) -> None:
    known = {*SUBJECT_COLUMNS, *RECORD_COLUMNS}
    missing = [name for name in REQUIRED if name not in present]
    strange = [name for name in present if name not in known]
    if missing:
        hints = "".join(did_you_mean(name, strange) for name in missing)
        raise TableError(
            f"{_WHAT}: column {', '.join(missing)} is missing.{hints} It has: {', '.join(present)}."
        )
    # A misspelt optional column would silently read as null throughout.
    for name in strange:
        if hint := did_you_mean(name, known - set(present)):
            raise TableError(f"{_WHAT}: column '{name}' is not one of it.{hint} Rename it, or drop it.")


def _taken_apart(engine: Engine, rows: pa.Table) -> tuple[pa.Table, pa.Table]:
    """The subjects, each different row once, and the rows that say anything of a record."""
    engine.register("served", rows)
    mine = ", ".join(f'"{name}"' for name in SUBJECT_COLUMNS if name in rows.column_names)
    theirs = [name for name in RECORD_COLUMNS if name in rows.column_names]
    subjects = engine.table(f"SELECT DISTINCT {mine} FROM served")
    if not theirs:
        return subjects, pa.table({c.name: pa.array([], pa.string()) for c in RECORDS})
    said = " OR ".join(f"nullif(trim(\"{name}\"::VARCHAR), '') NOT IN ('nan', 'NaN')" for name in theirs)
    columns = ", ".join(f'"{name}"' for name in ("subject_id", *theirs))
    return subjects, engine.table(f"SELECT {columns} FROM served WHERE {said}")


def _result(engine: Engine, compiled: Compiled, *, on: date, known_by: date) -> pa.Table:
    found = engine.table(
        _RESULT.format(scores=scores_query(compiled)), on=on.isoformat(), known_by=known_by.isoformat()
    )
    return found.cast(RESULT)


_RESULT = """
WITH scored AS ({scores}),
subject AS (
    SELECT subject_id, min(reason) FILTER (reason <> 'subject_id_duplicate') AS why
    FROM checked_subjects GROUP BY subject_id
), record AS (
    SELECT subject_id,
           count(*) FILTER (reason IS NULL AND state NOT IN ('not_yet_known', 'not_yet_begun')) AS admitted,
           count(*) FILTER (reason IS NULL AND state IN ('not_yet_known', 'not_yet_begun')) AS not_yet_known,
           list({{'record_id': shown_safely(record_id), 'reason': reason}} ORDER BY record_id, reason)
               FILTER (reason IS NOT NULL) AS rejected
    FROM checked_records GROUP BY subject_id
)
SELECT CASE WHEN s.subject_id IS NULL THEN shown_safely(u.subject_id) ELSE u.subject_id END AS subject_id,
       CASE WHEN s.subject_id IS NULL THEN 'rejected' ELSE 'scored' END AS outcome,
       s.scorecard, s.edition, $on AS "on", $known_by AS known_by,
       s.score::DOUBLE AS score, s.grade, s.band, s.unrated,
       coalesce(s.overrides, []) AS overrides, coalesce(s.reasons, []) AS reasons,
       coalesce(r.admitted, 0) AS records_admitted, coalesce(r.not_yet_known, 0) AS records_not_yet_known,
       coalesce(r.rejected, []) AS rejected_records,
       CASE WHEN s.subject_id IS NULL THEN u.why END AS why
FROM subject u
LEFT JOIN scored s ON s.subject_id = u.subject_id
LEFT JOIN record r ON r.subject_id IS NOT DISTINCT FROM u.subject_id
ORDER BY u.subject_id NULLS LAST
"""
