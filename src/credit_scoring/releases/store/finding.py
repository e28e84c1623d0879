"""Finding the ledger of a store, without MLflow where the store is a SQLite file or a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from credit_scoring.errors import TamperedError
from credit_scoring.releases.store.address import Address
from credit_scoring.releases.store.http_source import HttpSource
from credit_scoring.releases.store.layout import EXPERIMENT, LEDGER_EXPERIMENT, LEDGER_RUN, Run, Source
from credit_scoring.releases.store.sqlite_source import UnknownTablesError, sqlite_source
from credit_scoring.releases.store.tracking_server import Server


def find_ledger(address: Address) -> Run | None:
    """The run that is the ledger, with its entries unread; None in a registry that never had one.

    Raises:
        NotFoundError: there is no store.
        StoreError: it cannot be reached or read.
        TamperedError: it was deleted, renamed or pointed elsewhere in MLflow.
    """
    try:
        with source(address) as registry:
            return _ledger_run(registry, address)
    except UnknownTablesError:
        from credit_scoring.releases.store.client_source import ClientSource

        return _ledger_run(ClientSource(address), address)


@contextmanager
def source(address: Address) -> Iterator[Source]:
    """What can be read of a registry, by the lightest way there is.

    Raises:
        NotFoundError: there is no store.
        StoreError: it cannot be read.
    """
    if address.database is not None:
        with sqlite_source(address, address.database) as file:
            yield file
    elif address.is_served:
        yield HttpSource(Server.at(address))
    else:
        from credit_scoring.releases.store.client_source import ClientSource

        yield ClientSource(address)


def _ledger_run(registry: Source, address: Address) -> Run | None:
    experiment = registry.experiment(LEDGER_EXPERIMENT)
    if experiment is None:
        if others := registry.ledgers():
            raise _moved(
                address,
                f"the experiment '{LEDGER_EXPERIMENT}' was renamed to '{others[0].name}'",
                f"Rename it back (experiment {others[0].id}).",
            )
        return None
    if experiment.deleted:
        raise _moved(
            address,
            f"the experiment '{LEDGER_EXPERIMENT}' was deleted",
            f"Restore it: `mlflow experiments restore --experiment-id {experiment.id}`.",
        )
    home = registry.experiment(EXPERIMENT)
    held = () if home is None else registry.continued(home.id)
    if experiment.ledger_run is None:
        raise _moved(
            address,
            f"the experiment '{LEDGER_EXPERIMENT}' has lost its tag '{LEDGER_RUN}'",
            _set_back(experiment.id, held),
        )
    run = registry.run(experiment.ledger_run)
    if run is None:
        raise _moved(
            address,
            f"the run {experiment.ledger_run} that holds it is gone",
            _set_back(experiment.id, held) if held else "Restore the registry's database from a backup.",
        )
    if strangers := [other for other in held if other != run.id]:
        raise _moved(
            address,
            f"the tag names run {run.id}, but run {strangers[0]} holds a ledger too",
            f"One of them is false. {_set_back(experiment.id, strangers)}",
        )
    if run.deleted:
        raise _moved(
            address,
            f"the run {run.id} that holds it was deleted",
            f"Restore it: `mlflow runs restore --run-id {run.id}`, and its experiment if that was deleted too.",
        )
    if home is None or run.experiment != home.id:
        raise _moved(
            address,
            f"the run {run.id} does not lie in the experiment '{EXPERIMENT}'",
            f"Rename that experiment back, or set the tag '{LEDGER_RUN}' to the run that holds the ledger.",
        )
    return run


def _set_back(experiment: str, held: tuple[str, ...] | list[str]) -> str:
    named = f", probably {held[0]}" if held else ""
    return (
        f"Find out which run holds the true ledger{named}: a head noted earlier is in it. Set the tag '{LEDGER_RUN}' of "
        f"experiment {experiment} to it (MlflowClient.set_experiment_tag)."
    )


def _moved(address: Address, what: str, todo: str) -> TamperedError:
    return TamperedError(
        f"The ledger of the store {address} is not as it was left: {what}. {todo}", findings=[what]
    )
