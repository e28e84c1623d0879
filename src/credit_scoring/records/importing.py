"""The import: mappings and exports in, five Parquet tables out.

Every row of every export ends in exactly one place: a record, a duplicate merged into one, `unresolved`
(nobody could be identified) or `rejected` (nothing usable is said).
"""

from __future__ import annotations

import csv
import hashlib
import hmac
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from credit_scoring.engines.duckdb import connect
from credit_scoring.errors import IdentityKeyError, MappingError, OutputError, Problem, TableError
from credit_scoring.records.amounts import parse_amount
from credit_scoring.records.contracts import PERSONAL_OUTCOMES, ImportResult, Outcome, QualityRow
from credit_scoring.records.expressions import Staging
from credit_scoring.records.files import Export, find_exports, load_export, open_export
from credit_scoring.records.folder import written_whole
from credit_scoring.records.identifiers import SUBJECT_TYPES
from credit_scoring.records.mapping import (
    REJECT,
    Choice,
    LoadedMapping,
    Mapping,
    Marked,
    load_mappings,
)

if TYPE_CHECKING:
    import duckdb

TABLES = {
    "subjects": "subject_id",
    "records": "subject_id, item, occurred_on, record_id",
    "unresolved": "source_id, file, row",
    "rejected": "source_id, file, row",
    "quality": "source_id, item NULLS LAST",
}
"""The tables and their order: the same import gives the same bytes."""

KEY_BYTES = 16
"""Shortest key for pseudonyms: shorter ones can be searched, and 18 figures with them."""

_RESOURCES = files("credit_scoring.records")


def import_sources(
    mappings: Path | Sequence[Path],
    *,
    source_dir: Path,
    out: Path,
    key: bytes | None = None,
    overwrite: bool = False,
    progress: Callable[[str, float], None] | None = None,
) -> ImportResult:
    """Import departments' exports into `subjects`, `records`, `unresolved`, `rejected` and `quality`.

    Args:
        mappings: YAML files, or folders of them.
        source_dir: the folder that holds the exports.
        out: the folder to write; it appears when everything is in it.
        key: secret that turns resident identity numbers into pseudonyms; needed only where there are any.
        overwrite: replace an earlier import.
        progress: called with what is being done and the share of the work done before it.

    Raises:
        MappingError: a mapping cannot be used, or names a column that the export lacks.
        TableError: an export is missing or cannot be read.
        IdentityKeyError: natural persons are to be imported and there is no key, or one too short.
        OutputError: `out` exists or cannot be written.
    """
    report = progress or (lambda _doing, _share: None)
    if key is not None and len(key) < KEY_BYTES:
        raise IdentityKeyError(
            f"the key for pseudonyms has {len(key)} bytes: use {KEY_BYTES} or more random bytes."
        )
    sources = _open_all(load_mappings(mappings), source_dir)
    with written_whole(out, files={f"{table}.parquet" for table in TABLES}, overwrite=overwrite) as partial:
        connection = connect()
        try:
            _run(connection, "identifiers", "reading", before=_empty_identifiers)
            for done, (loaded, exports) in enumerate(sources):
                report(loaded.mapping.title, done / (len(sources) + 1))
                _stage(connection, loaded.mapping, exports, source_dir)
            report("who each row is about, and what it says", len(sources) / (len(sources) + 1))
            _identify(connection, key)
            _judge(connection)
            return _write(connection, partial, out)
        finally:
            connection.close()


def _run(
    connection: duckdb.DuckDBPyConnection,
    *names: str,
    before: Callable[[duckdb.DuckDBPyConnection], None] | None = None,
    parameters: dict[str, object] | None = None,
) -> None:
    if before is not None:
        before(connection)
    for name in names:
        connection.execute((_RESOURCES / "sql" / f"{name}.sql").read_text(encoding="utf-8"), parameters)


def _empty_identifiers(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE OR REPLACE TEMP TABLE identifier_texts (text VARCHAR)")


def _open_all(
    mappings: Sequence[LoadedMapping], source_dir: Path
) -> list[tuple[LoadedMapping, tuple[Export, ...]]]:
    """Check every file and heading before the first row is read; all faults are reported together."""
    opened: list[tuple[LoadedMapping, tuple[Export, ...]]] = []
    problems: list[Problem] = []
    faults: list[str] = []
    for loaded in mappings:
        try:
            paths = find_exports(loaded, source_dir)
            opened.append((loaded, tuple(open_export(loaded, path) for path in paths)))
        except MappingError as error:
            problems.extend(error.problems)
        except TableError as error:
            faults.append(str(error))
    if problems:
        raise MappingError(problems)
    if faults:
        raise TableError("\n".join(dict.fromkeys(faults)))
    return opened


def _stage(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, exports: Sequence[Export], source_dir: Path
) -> None:
    """Read every file of one source into `staged`."""
    _describe(connection, mapping)
    for export in exports:
        load_export(connection, export)
        staging = Staging(mapping, export)
        connection.execute(staging.sql, staging.parameters)
        connection.execute("CREATE OR REPLACE TEMP TABLE malformed (number BIGINT, columns_found INTEGER)")
        if export.malformed:
            connection.executemany("INSERT INTO malformed VALUES (?, ?)", export.malformed)
        place: dict[str, object] = {
            "source_id": mapping.source,
            "file": export.path.relative_to(source_dir).as_posix(),
        }
        _run(connection, "placing", parameters=place)
        connection.execute(
            "INSERT INTO staged BY NAME SELECT $source_id AS source_id, $file AS file, number AS row_no, "
            "columns_found, false AS empty, false AS repaired_marked, false AS withdrawn_marked, "
            "$item::VARCHAR AS item, []::VARCHAR[] AS identifiers FROM malformed",
            place | {"item": mapping.item if isinstance(mapping.item, str) else None},
        )


def _describe(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> None:
    """The constants of a source, as a line of the table `sources`."""
    read, value, expires = mapping.occurred_on.read, mapping.value, mapping.expires_on
    missing = mapping.occurred_on.missing
    line = {
        "source_id": mapping.source,
        "title": mapping.title,
        "delivered_on": mapping.delivered_on,
        "item": mapping.item if isinstance(mapping.item, str) else None,
        "level_required": mapping.level is not None,
        "has_identifier": bool(mapping.subject.identifiers or mapping.subject.personal),
        "personal_prefix": mapping.subject.personal_prefix,
        "item_column": _decisive_column(mapping.item),
        "level_column": _decisive_column(mapping.level),
        "occurred_column": read.column if read else None,
        "value_column": value.column if value else None,
        "occurred_missing": missing if isinstance(missing, str) else None,
        "occurred_stated": None if isinstance(missing, str) else missing,
        "occurred_unreadable": mapping.occurred_on.unreadable,
        "occurred_is_period": read is not None and read.stands_for == "last_day",
        "expires_inclusive": expires is not None and expires.inclusive,
        "expires_never_from": expires.never_from if expires else None,
        "repaired_use": mapping.repaired_on.use if isinstance(mapping.repaired_on, Marked) else None,
        "withdrawn_use": mapping.withdrawn_on.use if isinstance(mapping.withdrawn_on, Marked) else None,
        "has_value": value is not None,
        "value_required": value is not None and value.missing == REJECT,
        "has_event": bool(mapping.event),
    }
    names = ", ".join(f"${name} AS {name}" for name in line)
    connection.execute(f"INSERT INTO sources BY NAME SELECT {names}", line)


def _decisive_column(choice: str | Choice | None) -> str | None:
    return (choice.column or choice.rules[-1].column) if isinstance(choice, Choice) else None


def _identify(connection: duckdb.DuckDBPyConnection, key: bytes | None) -> None:
    """Classify every identifier once, then decide whom each row is about."""
    connection.execute("CREATE TEMP TABLE keyed AS SELECT row_number() OVER () AS row_key, * FROM staged")
    connection.execute("DROP TABLE staged")
    connection.execute("DROP TABLE IF EXISTS raw")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE identifier_texts AS SELECT DISTINCT text FROM ("
        "SELECT unnest(identifiers) AS text FROM keyed UNION ALL SELECT personal FROM keyed"
        ") WHERE text IS NOT NULL"
    )
    _run(connection, "identifiers")
    persons = connection.execute(
        "SELECT DISTINCT code FROM identifiers WHERE outcome = $outcome ORDER BY code",
        {"outcome": Outcome.RESIDENT_ID.value},
    ).fetchall()
    codes = [code for (code,) in persons]
    _register(
        connection, "pseudonyms", ("code", "subject_id"), [(code, pseudonym(code, key)) for code in codes]
    )
    outcomes = [outcome.value for outcome in PERSONAL_OUTCOMES]
    _run(connection, "identification", parameters={"personal_outcomes": outcomes})


def pseudonym(resident_id: str, key: bytes | None) -> str:
    """The subject id of a natural person: HMAC-SHA256 of the identity number, first 32 hexadecimal figures.

    Raises:
        IdentityKeyError: there is no key.

    >>> pseudonym("11010519491231002X", b"0123456789abcdef")
    'np-dd6a5ba2eed683e7925b20f655c01434'
    """
    if key is None:
        raise IdentityKeyError(
            "the exports hold resident identity numbers, and there is no key to turn them into pseudonyms: "
            "name a file with --key-file, or set CREDIT_SCORING_KEY."
        )
    return "np-" + hmac.new(key, resident_id.encode("ascii"), hashlib.sha256).hexdigest()[:32]


def _judge(connection: duckdb.DuckDBPyConnection) -> None:
    phrases = connection.execute("SELECT DISTINCT unnest(fine_phrases) FROM keyed").fetchall()
    amounts = [(phrase, parse_amount(phrase)) for (phrase,) in phrases]
    readable = [(phrase, str(amount)) for phrase, amount in amounts if amount is not None]
    _register(connection, "fine_amounts", ("phrase", "amount"), readable)
    _register(connection, "divisions", ("code", "now"), read_divisions())
    _register(connection, "subject_types", ("kind", "subject_type"), sorted(SUBJECT_TYPES.items()))
    _run(connection, "judgement", "outputs")


def read_divisions() -> list[tuple[str, str | None]]:
    """Every code GB/T 2260 ever had, with the code in force that stands for it now; null where unknown."""
    with (_RESOURCES / "divisions.csv").open(encoding="ascii") as file:
        return [(row["code"], row["now"] or None) for row in csv.DictReader(file)]


def _register(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """A small table of texts, copied into DuckDB."""
    import pyarrow as pa

    arrays = {name: pa.array([row[i] for row in rows], pa.string()) for i, name in enumerate(columns)}
    connection.register("incoming", pa.table(arrays))
    connection.execute(f"CREATE TEMP TABLE {table} AS SELECT * FROM incoming")
    connection.unregister("incoming")


def _write(connection: duckdb.DuckDBPyConnection, partial: Path, out: Path) -> ImportResult:
    counts = {}
    for table, order in TABLES.items():
        ordered = f"SELECT * FROM {table} ORDER BY {order}"
        target = str(partial / f"{table}.parquet").replace("'", "''")
        try:
            connection.execute(f"COPY ({ordered}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
        except Exception as error:
            raise OutputError(
                f"{out}: {table}.parquet cannot be written ({error}): is the disk full?"
            ) from error
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        counts[table] = row[0] if row else 0
    quality = connection.execute(
        "SELECT * REPLACE (CAST(latest_on AS VARCHAR) AS latest_on) FROM quality "
        f"ORDER BY {TABLES['quality']}"
    )
    names = [column[0] for column in quality.description or ()]
    lines = tuple(QualityRow(**dict(zip(names, line, strict=True))) for line in quality.fetchall())
    result = ImportResult(
        out=out,
        subjects=counts["subjects"],
        records=counts["records"],
        duplicates=sum(line.duplicates for line in lines),
        unresolved=counts["unresolved"],
        rejected=counts["rejected"],
        quality=lines,
    )
    _reconcile(result)
    return result


def _reconcile(result: ImportResult) -> None:
    for line in result.quality:
        if line.rows != line.records + line.duplicates + line.unresolved + line.rejected:
            raise TableError(
                f"{line.source_id}: {line.rows} rows came in, but {line.records} records, {line.duplicates} "
                f"duplicates, {line.unresolved} unresolved and {line.rejected} rejected rows went out."
            )
