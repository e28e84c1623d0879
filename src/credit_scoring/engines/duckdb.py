"""DuckDB, the embedded engine. The only module that imports it."""

from __future__ import annotations

import duckdb


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
        connection.execute("SET memory_limit = ?", [memory_limit])
    if threads is not None:
        connection.execute("SET threads = ?", [threads])
    return connection
