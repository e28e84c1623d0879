"""What an engine must do. Everything else is written once, in SQL."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Protocol, TypeAlias

import pyarrow as pa

Parameter: TypeAlias = str | int | bool | date | None


class Engine(Protocol):
    """A place where queries run, with tables of its own."""

    name: str

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table known under a name."""
        ...

    def scan(self, name: str, path: Path) -> None:
        """Make a Parquet or CSV file (or a folder of Parquet files) known under a name, without reading it.

        Raises:
            TableError: the file is missing, empty, or no table.
        """
        ...

    def columns(self, name: str) -> dict[str, str]:
        """Column names and SQL types of a table or view."""
        ...

    def run(self, sql: str, **parameters: Parameter) -> None:
        """Run the statements of an SQL text; each takes those parameters it names."""
        ...

    def table(self, sql: str, **parameters: Parameter) -> pa.Table:
        """The result of one query."""
        ...

    def write(self, sql: str, path: Path) -> int:
        """Write the result of one query as a Parquet file; returns the number of rows."""
        ...

    def version(self) -> str:
        """Name and version, for the record of a run."""
        ...

    def __enter__(self) -> Engine: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
