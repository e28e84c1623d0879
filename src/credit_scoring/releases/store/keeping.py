"""Storing files with a registry: of a release's model, and of what its gates found."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from credit_scoring.errors import ReleaseError, StoreError
from credit_scoring.releases.entries import Built
from credit_scoring.releases.fingerprints import plain_files, sha256_of_file
from credit_scoring.releases.store.address import Address
from credit_scoring.releases.store.faults import translated
from credit_scoring.releases.store.layout import EVIDENCE, LISTING, REPORT, is_own, own_model, own_run


def listing_of(folder: Path) -> str:
    """The lines over which `files_sha256` is taken: `sha256  path`, sorted by path.

    Raises:
        ReleaseError: something in the folder is no plain file.
    """
    return "".join(f"{sha256_of_file(folder / path)}  {path}\n" for path in plain_files(folder))


def keep_model(address: Address, client: Any, model: Any, run: Any, folder: Path) -> str:
    """Store a saved model and the listing of its files; gives `Built.location`.

    In a store of our own the files take their place whole, and the location is relative to its folder.
    """
    listing = listing_of(folder)
    own = own_model(model.model_id)
    if address.folder is not None and model.artifact_location == str(address.folder / own):
        _copy_whole(folder, address.folder / own)
        beside = address.folder / own_run(run.info.run_id)
        beside.mkdir(parents=True, exist_ok=True)
        (beside / LISTING).write_text(listing, encoding="utf-8")
        return own
    client.log_model_artifacts(model.model_id, str(folder))
    client.log_text(run.info.run_id, listing, LISTING)
    return str(model.artifact_location)


def keep_report(address: Address, client: Any, built: Built, folder: Path) -> None:
    """Store what a run of the gates left behind, under the hash of its `gates.json`.

    Raises:
        ReleaseError: the folder holds no `gates.json`, or something that is no plain file.
        StoreError: it cannot be written.
    """
    if REPORT not in plain_files(folder):
        raise ReleaseError(f"{folder} holds no {REPORT}: run the gates again.")
    digest = sha256_of_file(folder / REPORT)
    if not is_own(built.location):
        with translated(address, "keeping the evidence"):
            client.log_artifacts(built.run_id, str(folder), f"{EVIDENCE}/{digest}")
        return
    if address.folder is None:
        raise StoreError(
            f"{built.name}:{built.version} lies in the folder of a store, which {address} does not hand out: name that "
            "folder."
        )
    with translated(address, "keeping the evidence"):
        _copy_whole(folder, address.folder / own_run(built.run_id) / EVIDENCE / digest)


def discard(address: Address, models: Sequence[Any], run_id: str) -> None:
    """Remove the files of a release that never came to be, as far as that is possible.

    What cannot be removed lies where no entry of a ledger points.
    """
    if address.folder is not None:
        for model in models:
            shutil.rmtree((address.folder / own_model(model.model_id)).parent, ignore_errors=True)
        shutil.rmtree((address.folder / own_run(run_id)).parent, ignore_errors=True)
        return
    with contextlib.suppress(Exception):
        repositories = import_module("mlflow.store.artifact.artifact_repository_registry")
        for model in models:
            repositories.get_artifact_repository(
                model.artifact_location, tracking_uri=address.uri
            ).delete_artifacts()


def _copy_whole(folder: Path, target: Path) -> None:
    """A copy that appears at once; what is there under the name already makes way."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent))
    try:
        shutil.copytree(folder, partial / target.name)
        for path in sorted((partial / target.name).rglob("*")):
            _to_disk(path)
        if target.exists():
            target.rename(partial / "before")
        (partial / target.name).rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _to_disk(path: Path) -> None:
    if path.is_file():
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
