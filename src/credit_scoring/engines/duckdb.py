"""DuckDB, the embedded engine. The only module that imports it."""

from __future__ import annotations

import csv
import gzip
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import duckdb
import pyarrow as pa

from credit_scoring.engines.base import Parameter
from credit_scoring.errors import EngineError, OutputError, TableError

_PARAMETER = re.compile(r"\$([a-z_]+)\b")


def connect(*, memory_limit: str | None = None, threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory database of its own, closed to the network and to extensions.

    Args:
        memory_limit: such as "2GB"; None leaves DuckDB's default (80 % of the machine).
        threads: worker threads; None means one per core.
    """
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "preserve_insertion_order": "false",
        },
    )
    if memory_limit is not None:
        try:
            connection.execute("SET memory_limit = ?", [memory_limit])
        except duckdb.Error as error:
            raise EngineError(
                f"'{memory_limit}' is no amount of memory ({_reason(error)}). Write it as 2GB."
            ) from error
    if threads is not None:
        if threads < 1:
            raise EngineError(f"{threads} is no number of threads: at least one is needed.")
        connection.execute("SET threads = ?", [threads])
    return connection


class DuckDBEngine:
    """One run's database. What does not fit into memory goes to a temporary folder that is removed at the end."""

    name = "duckdb"

    def __init__(self, *, memory_limit: str | None = None, threads: int | None = None) -> None:
        self._connection = connect(memory_limit=memory_limit, threads=threads)
        self._spill = Path(tempfile.mkdtemp(prefix="credit-scoring-"))
        self._connection.execute("SET temp_directory = ?", [str(self._spill)])

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table known under a name."""
        self._connection.register(name, table)

    def scan(self, name: str, path: Path) -> None:
        """Make a Parquet or CSV file (or a folder of Parquet files) known under a name."""
        _check_is_file(path)
        try:
            if _is_csv(path):
                # Nothing is left to detection: it reads no row of a strict file with Windows line ends (2.0),
                # and a lenient one loses what stands beyond the last column.
                relation = self._connection.read_csv(
                    _literally(path),
                    header=True,
                    auto_detect=False,
                    columns=dict.fromkeys(_heading(path), "VARCHAR"),
                    sep=",",
                    quotechar='"',
                    escapechar='"',
                    strict_mode=True,
                )
            else:
                files = (
                    str(Path(_literally(path)) / "**" / "*.parquet") if path.is_dir() else _literally(path)
                )
                relation = self._connection.read_parquet(files, union_by_name=True)
            relation.create_view(name)
        except duckdb.Error as error:
            raise TableError(
                f"{path}: cannot be read as a {'CSV' if _is_csv(path) else 'Parquet'} table "
                f"({_reason(error)}). Give a Parquet file, or a CSV file with a header row."
            ) from error

    def columns(self, name: str) -> dict[str, str]:
        """Column names and SQL types of a table or view."""
        with _translated():
            rows = self._connection.execute(f'DESCRIBE "{name}"').fetchall()
        return {row[0]: row[1] for row in rows}

    def run(self, sql: str, **parameters: Parameter) -> None:
        """Run the statements of an SQL text; each takes those parameters it names."""
        for statement in self._connection.extract_statements(sql):
            used = {name: parameters[name] for name in _PARAMETER.findall(statement.query)}
            with _translated():
                self._connection.execute(statement, used or None)

    def table(self, sql: str, **parameters: Parameter) -> pa.Table:
        """The result of one query."""
        with _translated():
            return self._connection.sql(sql, params=parameters or None).to_arrow_table()

    def write(self, sql: str, path: Path) -> int:
        """Write the result of one query as a Parquet file; returns the number of rows."""
        target = str(path).replace("'", "''")
        try:
            result = self._connection.execute(f"COPY ({sql}) TO '{target}' (FORMAT parquet)")
        except duckdb.IOException as error:
            raise OutputError(f"{path}: cannot be written ({_reason(error)}).") from error
        except duckdb.OutOfMemoryException as error:
            raise _out_of_memory(error) from error
        row = result.fetchone()
        return int(row[0]) if row else 0

    def version(self) -> str:
        """Name and version, for the record of a run."""
        return f"duckdb {duckdb.__version__}"

    def __enter__(self) -> DuckDBEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        shutil.rmtree(self._spill, ignore_errors=True)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (duckdb.InvalidInputException, duckdb.IOException) as error:
        raise TableError(f"an input table cannot be read ({_reason(error)}).") from error
    except duckdb.OutOfMemoryException as error:
        raise _out_of_memory(error) from error


def _out_of_memory(error: duckdb.Error) -> EngineError:
    return EngineError(
        f"the engine ran out of memory ({_reason(error)}). Give it more, such as --memory 4GB."
    )


def _is_csv(path: Path) -> bool:
    return path.suffix.lower() in (".csv", ".txt") or path.name.lower().endswith(".csv.gz")


def _check_is_file(path: Path) -> None:
    if not path.exists():
        raise TableError(f"{path} does not exist. Give a Parquet or CSV file.")
    if path.is_file() and path.stat().st_size == 0:
        raise TableError(f"{path} is empty: not even a header row. Give a Parquet or CSV file.")
    if path.is_dir() and not any(path.rglob("*.parquet")):
        raise TableError(f"{path} is a folder without Parquet files.")


def _heading(path: Path) -> list[str]:
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            names = next(csv.reader(file), [])
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        raise TableError(
            f"{path}: cannot be read as a CSV table (it is not UTF-8 text). Give a Parquet file, or a CSV file in UTF-8."
        ) from error
    if twice := [name for name in names if names.count(name) > 1]:
        raise TableError(f"{path}: column '{twice[0]}' stands twice in the header row. Keep one of them.")
    return names


def _literally(path: Path) -> str:
    """A path in which stars and brackets are letters, not patterns."""
    return re.sub(r"([*?\[])", r"[\1]", str(path))


_TOLD = ("Expected Number of Columns", "Value with unterminated quote", "Invalid unicode")


def _reason(error: duckdb.Error) -> str:
    """What an error says in a line. The row it quotes is left out: it may name a person."""
    first, *others = str(error).strip().splitlines()
    files = [line.split("= ", 1)[1] for line in others if line.startswith("  file = ")]
    return ". ".join([*files[:1], first, *(line for line in others if line.startswith(_TOLD))])
