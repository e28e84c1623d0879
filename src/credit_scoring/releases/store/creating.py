"""Making a store of our own: complete at once, or not there."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

from credit_scoring.errors import NotFoundError, StoreError
from credit_scoring.releases.quiet_mlflow import client
from credit_scoring.releases.store.address import DATABASE, SQLITE, Address
from credit_scoring.releases.store.client_source import check_database
from credit_scoring.releases.store.faults import BusyError, translated

PATIENCE = 20.0
"""Seconds to wait for another writer's lock."""


def make_ready(address: Address, *, create: bool) -> None:
    """See that a SQLite store is there, belongs to the installed MLflow and can be written to; with `create`, make it.

    A new database is filled under another name and takes its own in one step: of two who make one at the same time
    the first wins, and one who is interrupted leaves no half of one.

    Raises:
        NotFoundError: there is none, and none is to be made.
        StoreError: it cannot be made or written, is no registry, or belongs to another version of MLflow.
    """
    file = address.database
    if file is None:
        check_database(address, may_be_empty=create)
        return
    try:
        if not file.exists():
            if not create:
                raise NotFoundError(
                    f"There is no store of releases at {file}: build a release first, or name the store."
                )
            _make(address, file)
    except OSError as error:
        raise StoreError(
            f"No store of releases can be made at {file} ({error.strerror}): name a folder that can be written to."
        ) from error
    _check_writable(address, file)
    check_database(address)


def _make(address: Address, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{DATABASE}.{secrets.token_hex(8)}.partial")
    try:
        with translated(address, "making the database"):
            client(f"{SQLITE}{draft}").search_experiments(max_results=1)
        with contextlib.suppress(FileExistsError):
            _publish(draft, file)
    finally:
        draft.unlink(missing_ok=True)


def _publish(draft: Path, file: Path) -> None:
    """Give a file its name, unless another has it."""
    try:
        os.link(draft, file)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links.
        if not file.exists():
            draft.rename(file)


def _check_writable(address: Address, file: Path) -> None:
    try:
        with closing(sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            # On a file that may only be read SQLite begins without a word: only a write tells, here of what is there.
            kept = connection.execute("PRAGMA user_version").fetchone()[0]
            connection.execute(f"PRAGMA user_version = {int(kept)}")
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        if "locked" in str(error):
            raise BusyError(f"The store {address} is locked by another program. Try again.") from error
        raise StoreError(
            f"The store {address} cannot be written to: {error}. Use an account that may write to {file} and its "
            "folder, or name another store."
        ) from error
