"""Reading a registry that is a SQLite file, without MLflow: read-only, and never making one.

MLflow's tables are its own; of them only those of experiments, their tags, runs and parameters are read, by name.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from credit_scoring.errors import NotFoundError, StoreError
from credit_scoring.releases.ledger import key_of
from credit_scoring.releases.store.address import Address
from credit_scoring.releases.store.faults import BusyError
from credit_scoring.releases.store.layout import ACTIVE, LEDGER_RUN, Experiment, Run

PATIENCE = 5.0
"""Seconds to wait for another writer's lock."""
_EXPERIMENTS = """
SELECT e.experiment_id, e.name, e.lifecycle_stage, e.artifact_location, t.value
FROM experiments e LEFT JOIN experiment_tags t ON t.experiment_id = e.experiment_id AND t.key = ?
"""


class UnknownTablesError(StoreError):
    """The file is a registry of MLflow, but not as the versions known here lay it out."""


class SqliteSource:
    """One consistent reading of the file: what is written meanwhile is not seen."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def experiment(self, name: str) -> Experiment | None:
        """By name, deleted ones too."""
        rows = self._rows(f"{_EXPERIMENTS} WHERE e.name = ? ORDER BY e.experiment_id", LEDGER_RUN, name)
        return _experiment(rows[0]) if rows else None

    def ledgers(self) -> tuple[Experiment, ...]:
        """All experiments that carry the tag of a ledger, by whatever name."""
        rows = self._rows(f"{_EXPERIMENTS} WHERE t.value IS NOT NULL ORDER BY e.experiment_id", LEDGER_RUN)
        return tuple(_experiment(row) for row in rows)

    def run(self, run_id: str) -> Run | None:
        """By id; None where there is none."""
        rows = self._rows(
            "SELECT experiment_id, lifecycle_stage, artifact_uri FROM runs WHERE run_uuid = ?", run_id
        )
        if not rows:
            return None
        values = self._rows("SELECT key, value FROM params WHERE run_uuid = ?", run_id)
        return Run(
            id=run_id,
            experiment=str(rows[0][0]),
            deleted=rows[0][1] != ACTIVE,
            artifacts=str(rows[0][2] or ""),
            parameters={str(key): str(value) for key, value in values},
        )

    def continued(self, experiment: str) -> tuple[str, ...]:
        """Ids of the runs of an experiment, deleted ones too, that hold a second entry of a ledger."""
        rows = self._rows(
            "SELECT r.run_uuid FROM params p JOIN runs r ON r.run_uuid = p.run_uuid "
            "WHERE p.key = ? AND r.experiment_id = ? ORDER BY r.run_uuid",
            key_of(2),
            experiment,
        )
        return tuple(str(row[0]) for row in rows)

    def _rows(self, statement: str, *values: str) -> list[tuple[object, ...]]:
        return self._connection.execute(statement, values).fetchall()


@contextmanager
def sqlite_source(address: Address, file: Path) -> Iterator[SqliteSource]:
    """The registry in a file, open for reading.

    Raises:
        NotFoundError: there is no such file.
        UnknownTablesError: MLflow's tables are not as expected.
        StoreError: the file cannot be read, is locked for long, or is no registry.
    """
    if not file.exists():
        raise NotFoundError(
            f"There is no store of releases at {file}: build a release first, or name the store (--store, or the "
            "variable MLFLOW_TRACKING_URI)."
        )
    try:
        with closing(_connected(file)) as connection:
            connection.execute("BEGIN")
            _check_registry(connection, address)
            yield SqliteSource(connection)
    except sqlite3.Error as error:
        raise _fault(address, error) from error


def _connected(file: Path) -> sqlite3.Connection:
    connection = _opened(file, "ro")
    try:
        connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
            raise
        # A writer was killed half-way: SQLite itself undoes its write, for which it must write.
        return _opened(file, "rw")
    return connection


def _opened(file: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(file))}?mode={mode}", uri=True, timeout=PATIENCE, isolation_level=None
    )


def _check_registry(connection: sqlite3.Connection, address: Address) -> None:
    tables = {
        str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    if not tables:
        raise NotFoundError(f"The store {address} is empty: build a release first.")
    if "alembic_version" not in tables:
        raise StoreError(f"{address} is a database, but no registry of MLflow: name another store.")
    if missing := sorted({"experiments", "experiment_tags", "runs", "params"} - tables):
        raise UnknownTablesError(f"The store {address} has no table '{missing[0]}'.")


def _fault(address: Address, error: sqlite3.Error) -> StoreError:
    if "locked" in str(error):
        return BusyError(f"The store {address} is locked by another program. Try again once it has finished.")
    if isinstance(error, sqlite3.OperationalError) and str(error).startswith("no such"):
        return UnknownTablesError(f"The store {address} is laid out in an unknown way: {error}.")
    return StoreError(f"The store {address} cannot be read: {error}. Look at the file and its rights.")


def _experiment(row: tuple[object, ...]) -> Experiment:
    return Experiment(
        id=str(row[0]),
        name=str(row[1]),
        deleted=row[2] != ACTIVE,
        location=str(row[3] or ""),
        ledger_run=None if row[4] is None else str(row[4]),
    )
