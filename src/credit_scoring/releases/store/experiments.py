"""The experiment in which builds and the ledger lie as runs."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from credit_scoring.errors import StoreError
from credit_scoring.releases.quiet_mlflow import mlflow
from credit_scoring.releases.store.address import Address
from credit_scoring.releases.store.faults import code_of, translated
from credit_scoring.releases.store.layout import ACTIVE, EXPERIMENT

EXISTS = "RESOURCE_ALREADY_EXISTS"


def experiment_of_builds(address: Address, client: Any) -> str:
    """Id of the experiment to build releases in, made if there is none.

    MLflow writes artifacts to the absolute path that was the experiment's when it was made. Where a store of our own
    was moved since, builds go on in another experiment, named after the place, and old ones stay where they are.

    Raises:
        StoreError: it was deleted, or files would land where nobody else finds them.
    """
    found = _found_or_made(address, client, EXPERIMENT)
    if (
        address.artifacts is not None
        and Path(found.artifact_location.removeprefix("file://")) != address.artifacts
    ):
        place = hashlib.sha256(str(address.artifacts).encode()).hexdigest()[:8]
        found = _found_or_made(address, client, f"{EXPERIMENT}-{place}")
    return str(found.experiment_id)


def _found_or_made(address: Address, client: Any, name: str) -> Any:
    with translated(address, f"making the experiment '{name}'"):
        found = client.get_experiment_by_name(name)
        if found is None:
            if address.folder is None and not address.is_served:
                raise StoreError(
                    f"The store {address} is a database without a server, so that the files of a release would stay on "
                    "this computer. Name a tracking server (`mlflow server --backend-store-uri ...`), or make the "
                    f"experiment '{name}' with an artifact location that everyone reaches."
                )
            location = None if address.artifacts is None else str(address.artifacts)
            try:
                client.create_experiment(name, artifact_location=location)
            except mlflow().exceptions.MlflowException as error:
                if code_of(error) != EXISTS:
                    raise
            found = client.get_experiment_by_name(name)
    if found is None or found.lifecycle_stage != ACTIVE:
        number = "" if found is None else f" --experiment-id {found.experiment_id}"
        raise StoreError(
            f"The experiment '{name}' of the store {address} was deleted: restore it with "
            f"`mlflow experiments restore{number}`."
        )
    return found
