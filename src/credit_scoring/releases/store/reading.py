"""Reading the ledger and the files of releases, without MLflow where the store is a SQLite file or a server."""

from __future__ import annotations

from pathlib import Path

from credit_scoring.releases.entries import Built, Gated
from credit_scoring.releases.ledger import Ledger
from credit_scoring.releases.store.address import Address


def read_ledger(address: Address) -> Ledger:
    """The ledger of a store, verified. Never creates a store.

    Raises:
        NotFoundError: there is no store, or no ledger in it.
        StoreError: it cannot be reached or read, or is of a newer version.
        TamperedError: it is not what was written.
    """
    raise NotImplementedError


def fetch_model(address: Address, built: Built, out: Path) -> None:
    """Copy all files of a release's saved model into `out`, verified against `built.files_sha256`.

    Raises:
        StoreError: the store cannot be reached.
        TamperedError: files are missing, changed or new; `findings` names each.
    """
    raise NotImplementedError


def fetch_report(address: Address, gated: Gated, out: Path) -> None:
    """Copy what a run of the gates left behind into `out`; `gates.json` is verified against `gated.report_sha256`.

    Raises:
        StoreError: the store cannot be reached.
        TamperedError: it is missing or changed.
    """
    raise NotImplementedError
