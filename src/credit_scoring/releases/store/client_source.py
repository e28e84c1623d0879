"""Reading a registry through MLflow itself: databases other than SQLite, and whatever else it knows."""

from __future__ import annotations

import warnings
from functools import cache
from importlib import import_module
from typing import Any

from credit_scoring.errors import NotFoundError
from credit_scoring.releases.ledger import key_of
from credit_scoring.releases.quiet_mlflow import client, mlflow
from credit_scoring.releases.store.address import Address
from credit_scoring.releases.store.faults import code_of, fault, newer, translated
from credit_scoring.releases.store.layout import ACTIVE, LEDGER_RUN, Experiment, Run
from credit_scoring.releases.store.tracking_server import NOT_THERE

_ALL = 3
"""ViewType.ALL of MLflow: deleted ones too."""
_PATIENCE = 10
"""Seconds for a database server to accept a connection."""


class ClientSource:
    """The registry as MLflow's client shows it; nothing is created."""

    def __init__(self, address: Address) -> None:
        check_database(address)
        self._address = address
        with translated(address, "opening the ledger"):
            self._client = client(address.uri)

    def experiment(self, name: str) -> Experiment | None:
        """By name, deleted ones too."""
        with translated(self._address, "looking for the ledger"):
            found = self._client.get_experiment_by_name(name)
        return None if found is None else _experiment(found)

    def ledgers(self) -> tuple[Experiment, ...]:
        """All experiments that carry the tag of a ledger, by whatever name."""
        with translated(self._address, "looking for the ledger"):
            found = self._client.search_experiments(
                view_type=_ALL, filter_string=f"tags.`{LEDGER_RUN}` LIKE '%'"
            )
        return tuple(_experiment(each) for each in found)

    def run(self, run_id: str) -> Run | None:
        """By id; None where there is none."""
        with translated(self._address, "reading the ledger"):
            try:
                found = self._client.get_run(run_id)
            except mlflow().exceptions.MlflowException as error:
                if code_of(error) == NOT_THERE:
                    return None
                raise
        return Run(
            id=run_id,
            experiment=str(found.info.experiment_id),
            deleted=found.info.lifecycle_stage != ACTIVE,
            artifacts=str(found.info.artifact_uri or ""),
            parameters=dict(found.data.params),
        )

    def continued(self, experiment: str) -> tuple[str, ...]:
        """Ids of the runs of an experiment, deleted ones too, that hold a second entry of a ledger."""
        with translated(self._address, "looking for the ledger"):
            found = self._client.search_runs(
                [experiment], filter_string=f"params.`{key_of(2)}` LIKE '%'", run_view_type=_ALL
            )
        return tuple(sorted(str(run.info.run_id) for run in found))


def check_database(address: Address, *, may_be_empty: bool = False) -> None:
    """Whether a database holds a registry of the installed MLflow, found out without changing anything in it.

    MLflow itself fills an empty database with its tables, tries again for minutes where none answers, and begins to
    change one of a version it does not know.

    Raises:
        NotFoundError: the database is empty.
        StoreError: it does not answer, holds something else, or belongs to another version of MLflow.
    """
    if "://" not in address.uri or address.is_served or not _is_database(address):
        return
    import sqlalchemy

    arguments = {"connect_timeout": _PATIENCE} if address.uri.startswith(("postgresql", "mysql")) else {}
    try:
        engine = sqlalchemy.create_engine(
            address.uri, connect_args=arguments, poolclass=sqlalchemy.pool.NullPool
        )
        with engine.connect() as connection:
            tables = set(sqlalchemy.inspect(connection).get_table_names())
            versions = (
                connection.execute(sqlalchemy.text("SELECT version_num FROM alembic_version")).scalars().all()
                if "alembic_version" in tables
                else []
            )
    except (sqlalchemy.exc.SQLAlchemyError, ImportError, ValueError) as error:
        raise fault(address, "looking for a registry", error) from error
    if not tables:
        if may_be_empty:
            return
        raise NotFoundError(f"The store {address} is empty: build a release first.")
    if not versions:
        raise fault(address, "looking for a registry", ValueError("it holds no registry of MLflow."))
    expected = _expected_version()
    if expected is not None and versions != [expected]:
        raise newer(address, f"its database is {', '.join(versions)}, the one installed expects {expected}")


def _is_database(address: Address) -> bool:
    dialect = address.uri.split(":", 1)[0].split("+", 1)[0]
    return dialect in ("sqlite", "postgresql", "mysql", "mssql")


@cache
def _expected_version() -> str | None:
    """Of the database, by MLflow's own migrations; None where a later MLflow does not tell."""
    mlflow()
    # A part that MLflow itself imports only once it opens a database.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        database = import_module("mlflow.store.db.utils")
    tell: Any = getattr(database, "_get_latest_schema_revision", None)
    return None if tell is None else str(tell())


def _experiment(found: Any) -> Experiment:
    return Experiment(
        id=str(found.experiment_id),
        name=str(found.name),
        deleted=found.lifecycle_stage != ACTIVE,
        location=str(found.artifact_location or ""),
        ledger_run=found.tags.get(LEDGER_RUN),
    )
