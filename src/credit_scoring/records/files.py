"""Reading exported files: the columns a mapping names, as text, with the number of every row.

Columns that no mapping names are not read. Rows with another number of columns than the heading are set aside
with their numbers. Row 1 is the first row below the heading.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from credit_scoring.errors import MappingError, TableError
from credit_scoring.records.mapping import Format, LoadedMapping

if TYPE_CHECKING:
    import duckdb

_FOREIGN = {
    b"PK\x03\x04": "a spreadsheet or zip archive",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet",
    b"%PDF": "a PDF document",
    b"<!DO": "a web page",
    b"<htm": "a web page",
    b"<?xm": "an XML document",
    b"PAR1": "a Parquet file",
}
_BLOCK = 8 << 20
_CODECS = {"utf-8": "utf-8-sig"}


@dataclass(slots=True, kw_only=True)
class Export:
    """One file, its heading, and where the mapped columns stand in it."""

    path: Path
    format: Format
    heading: tuple[str, ...]
    places: dict[str, int]
    malformed: list[tuple[int, int]] = field(default_factory=list)
    """Numbers of rows with another number of columns, and that number. Filled while reading."""

    def place(self, column: str) -> str:
        """The name a mapped column has inside DuckDB."""
        return f"c{self.places[column]}"


def find_exports(loaded: LoadedMapping, source_dir: Path) -> tuple[Path, ...]:
    """The files of a source.

    Raises:
        TableError: no file matches.
    """
    if not source_dir.is_dir():
        raise TableError(f"{source_dir}: is no folder: name the folder that holds the exports with --from.")
    pattern = loaded.mapping.files
    exact = source_dir / pattern
    found = (
        [exact] if exact.is_file() else sorted(path for path in source_dir.glob(pattern) if path.is_file())
    )
    if not found:
        raise TableError(
            f"{source_dir}: holds no file '{pattern}', which {loaded.path} maps: "
            "deliver the file, correct `files`, or leave this mapping out."
        )
    return tuple(found)


def open_export(loaded: LoadedMapping, path: Path) -> Export:
    """Check a file and find the mapped columns in its heading.

    Raises:
        TableError: the file is empty, no text table, not in the stated encoding, or cut off inside quotes.
        MappingError: a mapped column is not in the heading, or stands there twice.
    """
    form = loaded.mapping.format
    _refuse_foreign(path, form)
    heading = tuple(cell.strip() for cell in _read_heading(path, form))
    problems, places = [], {}
    for keys, column in loaded.mapping.columns():
        count = heading.count(column.strip())
        if count == 1:
            places[column] = heading.index(column.strip())
            continue
        what = "is not in" if count == 0 else f"stands {count} times in"
        known = ", ".join(f"'{name}'" for name in heading if name)
        message = f"column '{column}' {what} row {form.header_row} of {path}, which reads: {known}."
        problems.append(loaded.problem(keys, "M004", message))
    if problems:
        raise MappingError(problems)
    return Export(path=path, format=form, heading=heading, places=places)


def _refuse_foreign(path: Path, form: Format) -> None:
    with path.open("rb") as file:
        start = file.read(4)
        if not start:
            raise TableError(
                f"{path}: is empty: deliver the file again; an export without rows has a heading."
            )
        for magic, what in _FOREIGN.items():
            if start.lower().startswith(magic.lower()):
                raise TableError(f"{path}: is {what}, not a text table: save it as CSV.")
        file.seek(0)
        quotes = position = 0
        while block := file.read(_BLOCK):
            if form.encoding != "utf-16" and b"\0" in block:
                at = position + block.index(b"\0")
                raise TableError(
                    f"{path}: holds a NUL byte at {at}: the file is damaged, or is UTF-16 "
                    "(then state `encoding: utf-16`); export it again."
                )
            quotes += block.count(b'"')
            position += len(block)
    if quotes % 2:
        _refuse_open_quote(path, form)


def _refuse_open_quote(path: Path, form: Format) -> None:
    """An odd number of quotes is harmless inside a cell; at its start it swallows the rest of the file."""
    with _text(path, form) as file:
        reader = csv.reader(file, delimiter=form.delimiter, strict=True)
        line = 0
        try:
            for _ in reader:
                line = reader.line_num
        except csv.Error as error:
            if "unexpected end of data" in str(error):
                raise TableError(
                    f"{path}: a quote opened in line {line + 1} is never closed: "
                    "the file is cut off or badly quoted; export it again."
                ) from error
        except UnicodeDecodeError as error:
            raise _wrong_encoding(path, form) from error


def _text(path: Path, form: Format) -> io.TextIOWrapper:
    return path.open(encoding=_CODECS.get(form.encoding, form.encoding), newline="")


def _wrong_encoding(path: Path, form: Format) -> TableError:
    return TableError(
        f"{path}: is not {form.encoding} text, as its mapping says: state the right `encoding` "
        "(exports of older systems are often gb18030)."
    )


def _read_heading(path: Path, form: Format) -> list[str]:
    with _text(path, form) as file:
        try:
            reader = csv.reader(file, delimiter=form.delimiter)
            rows = [row for _, row in zip(range(form.header_row), reader, strict=False)]
        except UnicodeDecodeError as error:
            raise _wrong_encoding(path, form) from error
        except csv.Error as error:
            raise TableError(
                f"{path}: row {form.header_row} is no heading ({error}): correct `header_row`."
            ) from error
    if len(rows) < form.header_row:
        raise TableError(f"{path}: has no row {form.header_row}, where `header_row` puts the heading.")
    return rows[-1]


def load_export(connection: duckdb.DuckDBPyConnection, export: Export) -> None:
    """Read the mapped columns into the table `raw(seq, c0, c3, ...)`; `seq` counts well-formed rows from 1.

    Raises:
        TableError: the file is not in the stated encoding or cannot be split into rows.
    """
    import pyarrow as pa

    try:
        with export.path.open("rb") as file:
            reader = _open_reader(file, export)
            schema = pa.schema([("seq", pa.int64()), *((name, pa.string()) for name in reader.schema.names)])
            batches = pa.RecordBatchReader.from_batches(schema, _numbered(reader))
            connection.register("incoming", batches)
            connection.execute("CREATE OR REPLACE TEMP TABLE raw AS SELECT * FROM incoming")
            connection.unregister("incoming")
    except UnicodeDecodeError as error:
        raise _wrong_encoding(export.path, export.format) from error
    except Exception as error:
        # What pyarrow raises while DuckDB pulls batches arrives wrapped in DuckDB's own error.
        if "invalid UTF8" in str(error) or "codec can't decode" in str(error):
            raise _wrong_encoding(export.path, export.format) from error
        if isinstance(error, pa.ArrowInvalid) or "CSV parse" in str(error):
            raise TableError(
                f"{export.path}: cannot be split into rows: {error}. Export it again."
            ) from error
        raise


def _open_reader(file: Any, export: Export) -> Any:
    from pyarrow import csv as arrow_csv
    from pyarrow import string

    names = [f"c{i}" for i in range(len(export.heading))]
    header_row = export.format.header_row

    def set_aside(row: Any) -> str:
        export.malformed.append((row.number - header_row, row.actual_columns))
        return "skip"

    return arrow_csv.open_csv(
        file,
        read_options=arrow_csv.ReadOptions(
            use_threads=False,  # row numbers of malformed rows are known only then
            column_names=names,
            skip_rows_after_names=header_row,
            encoding=export.format.encoding,
            block_size=_BLOCK,
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=export.format.delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=set_aside,
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, string()),
            include_columns=sorted({f"c{place}" for place in export.places.values()}),
        ),
    )


def _numbered(reader: Any) -> Iterator[Any]:
    import pyarrow as pa

    seen = 0
    for batch in reader:
        numbers = pa.array(range(seen + 1, seen + batch.num_rows + 1), pa.int64())
        columns: Sequence[Any] = [numbers, *batch.columns]
        seen += batch.num_rows
        yield pa.RecordBatch.from_arrays(columns, names=["seq", *reader.schema.names])
