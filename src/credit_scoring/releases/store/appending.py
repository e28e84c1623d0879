"""Appending to the ledger: parameters of one run, which MLflow never changes, so that of two writers one is first.

MLflow keeps a parameter's value under its run and name, and refuses another value under the same name - over its
interface, and by the primary key of its database. An entry is therefore written under the next number, and whoever
finds that number taken reads the ledger again, looks whether the entry still obeys the rules, and tries the next.
"""

from __future__ import annotations

import contextlib
import random
import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from credit_scoring.errors import DecisionError, StoreError
from credit_scoring.releases.entries import (
    BEFORE_THE_FIRST,
    FORMAT,
    LONGEST,
    Entry,
    Opened,
    sha256_of_text,
    text_of,
)
from credit_scoring.releases.ledger import NO_LEDGER, Ledger, check_next, key_of, read_chain, seal_of
from credit_scoring.releases.quiet_mlflow import mlflow
from credit_scoring.releases.store.address import Address
from credit_scoring.releases.store.experiments import EXISTS, experiment_of_builds
from credit_scoring.releases.store.faults import BusyError, code_of, translated
from credit_scoring.releases.store.finding import find_ledger
from credit_scoring.releases.store.layout import LEDGER_EXPERIMENT, LEDGER_RUN

PATIENCE = 60.0
"""Seconds to go on trying while others write."""
SKEW = timedelta(minutes=5)
"""How far the clock of another workstation may be ahead of ours: our entry then takes the time of the one before it."""
_PAUSE = (0.01, 0.15)
"""Seconds between two tries, drawn anew so that writers do not keep meeting."""


class _TakenError(BusyError):
    """Another writer has this number."""


def append(address: Address, client: Any, make: Callable[[Ledger], Entry]) -> Entry:
    """Add an entry to the ledger of a store, which is opened if it has none.

    Args:
        address: the store.
        client: MLflow's client of it.
        make: gives the entry to follow a ledger; called again whenever another writer was first.

    Raises:
        DecisionError: the entry breaks a rule, or is too long to be kept.
        StoreError: the store cannot be written, or others wrote all the time.
        TamperedError: the ledger is not what was written.
    """
    until = time.monotonic() + PATIENCE
    tried: set[str] = set()
    while True:
        try:
            ledger, run_id = read(address)
            # A try whose answer got lost may have been written all the same.
            if written := [entry for entry in ledger.entries if entry.nonce in tried]:
                return written[-1]
            if run_id is None:
                _open_ledger(address, client, make(NO_LEDGER))
                continue
            entry = _in_time(make(ledger), ledger)
            check_next(ledger, entry)
            text = _text(entry)
            tried.add(entry.nonce)
            _write(address, client, run_id, key_of(entry.number), text)
            _seal(client, run_id, entry.number, text)
            return entry
        except BusyError as error:
            if time.monotonic() > until:
                raise StoreError(
                    f"{error} For {PATIENCE:g} seconds no entry could be written; read the ledger before trying again."
                ) from error
            time.sleep(random.uniform(*_PAUSE))  # noqa: S311 - no secret


def read(address: Address) -> tuple[Ledger, str | None]:
    """The ledger and its run; an empty one and None where there is none yet."""
    run = find_ledger(address)
    return (NO_LEDGER, None) if run is None else (read_chain(run.parameters, run_id=run.id), run.id)


def _in_time(entry: Entry, ledger: Ledger) -> Entry:
    last = ledger.entries[-1].at
    return entry.model_copy(update={"at": last}) if entry.at < last <= entry.at + SKEW else entry


def _text(entry: Entry) -> str:
    text = text_of(entry)
    if len(text) > LONGEST:
        raise DecisionError(
            f"The entry would have {len(text)} characters, and the registry keeps at most {LONGEST}: give a shorter reason."
        )
    return text


def _write(address: Address, client: Any, run_id: str, key: str, text: str) -> None:
    with translated(address, "writing to the ledger"):
        try:
            client.log_param(run_id, key, text, synchronous=True)
        except mlflow().exceptions.MlflowException:
            kept = client.get_run(run_id).data.params.get(key)
            if kept is None:
                raise
            if kept != text:
                raise _TakenError(f"Others write to the ledger of the store {address}.") from None


def _seal(client: Any, run_id: str, number: int, text: str) -> None:
    """The entry stands already: a seal that cannot be written is not worth an error, the next entry carries the hash too."""
    with contextlib.suppress(mlflow().exceptions.MlflowException):
        client.log_param(run_id, seal_of(number), sha256_of_text(text), synchronous=True)


def _open_ledger(address: Address, client: Any, first: Entry) -> None:
    """Make the run of the ledger; of several writers who do so at once, one experiment decides whose it is."""
    home = experiment_of_builds(address, client)
    with translated(address, "opening the ledger"):
        _check_length(address, client, home)
        run_id = client.create_run(home, run_name="ledger").info.run_id
        opened = Opened(
            format=FORMAT,
            number=1,
            previous=BEFORE_THE_FIRST,
            at=first.at,
            by=first.by,
            reason="The ledger of releases is opened.",
            nonce=secrets.token_hex(16),
            kind="opened",
            run_id=run_id,
        )
        client.log_param(run_id, key_of(1), text_of(opened), synchronous=True)
        client.update_run(run_id, status="FINISHED")
        location = None if address.artifacts is None else str(address.artifacts)
        try:
            client.create_experiment(LEDGER_EXPERIMENT, artifact_location=location, tags={LEDGER_RUN: run_id})
        except mlflow().exceptions.MlflowException as error:
            if code_of(error) != EXISTS:
                raise
        winner = client.get_experiment_by_name(LEDGER_EXPERIMENT)
        if winner is None or winner.tags.get(LEDGER_RUN) != run_id:
            with contextlib.suppress(mlflow().exceptions.MlflowException):
                client.delete_run(run_id)


def _check_length(address: Address, client: Any, home: str) -> None:
    """Older servers shorten long parameters, some without a word: found out on a run that is thrown away."""
    probe = client.create_run(home, run_name="probe").info.run_id
    text = "度" * LONGEST
    try:
        client.log_param(probe, "length", text, synchronous=True)
        kept = client.get_run(probe).data.params.get("length")
    finally:
        client.delete_run(probe)
    if kept != text:
        raise StoreError(
            f"The store {address} keeps {len(kept or '')} of {LONGEST} characters of a parameter: an entry of the ledger "
            "would be cut. Use a server of MLflow 2.10 or later."
        )
