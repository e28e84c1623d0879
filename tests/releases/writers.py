"""Processes that write to a store of releases, all at once, until they are done or killed."""

from __future__ import annotations

import multiprocessing
import os
import secrets
import signal
from collections.abc import Callable
from datetime import datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from credit_scoring.releases.entries import ENTRY, Built
from credit_scoring.releases.fingerprints import files_sha256
from credit_scoring.releases.ledger import Ledger
from credit_scoring.releases.store.address import Address, store_address
from credit_scoring.releases.store.registry import Registered, Registry
from releases.chains import built_fields, noon

WRITES = (
    "create_run",
    "create_logged_model",
    "finalize_logged_model",
    "update_run",
    "create_registered_model",
    "create_model_version",
    "log_param",
    "create_experiment",
    "log_model_artifacts",
    "log_text",
)
"""What the store's client is asked to do when a release is stored."""
PATIENCE = 120


def processes() -> Any:
    """Real processes, forked from one that has loaded MLflow."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["mlflow.pyfunc", "mlflow.store.tracking.sqlalchemy_store", "releases.writers"]
    )
    return context


def ended(process: BaseProcess) -> int | None:
    """Wait for a process; how it ended."""
    process.join(PATIENCE)
    if process.is_alive():
        process.kill()
        raise AssertionError("a writer does not come to an end")
    return process.exitcode


def a_built(
    ledger: Ledger, name: str, version: int, *, at: datetime | None = None, by: str = "Ann", **fields: Any
) -> Built:
    """An entry that follows."""
    last = ledger.entries[-1].at if ledger.entries else noon(0)
    content = {
        "format": 1,
        "number": len(ledger.entries) + 1,
        "previous": ledger.head,
        "at": at or last,
        "by": by,
        "reason": "试 ' \" \\ \u0000 😀",
        "nonce": secrets.token_hex(16),
        "kind": "built",
    }
    entry = ENTRY.validate_python(content | built_fields(version) | {"name": name} | fields)
    assert isinstance(entry, Built)
    return entry


def append_many(uri: str, name: str, count: int) -> None:
    """What one of several writers does: releases of its own name, one after the other."""
    registry = Registry.open(store_address(uri), create=True)
    for version in range(1, count + 1):
        registry.append(lambda ledger, v=version: a_built(ledger, name, v))


def all_at_once(uri: str, writers: int, count: int) -> None:
    """Several processes that append to one store; each must end well."""
    context = processes()
    started = [context.Process(target=append_many, args=(uri, f"w{n}", count)) for n in range(writers)]
    for process in started:
        process.start()
    assert [ended(process) for process in started] == [0] * writers


def a_model(folder: Path, **files: str) -> Path:
    """Something like a saved model."""
    texts = {
        "MLmodel": "flavors: 1\n",
        "artifacts/release/manifest.json": "{}",
        "artifacts/release/policy/卡 1.yaml": "x",
    }
    for path, text in (texts | files).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def release(registry: Registry, folder: Path, name: str = "public", **fields: Any) -> Built:
    """Store a model and make it a release."""
    made = registry.register(name, folder, title="公共信用评价", tags={"credit-scoring.edition": "2026"})
    return appended(registry, made, folder, **fields)


def appended(registry: Registry, made: Registered, folder: Path, **fields: Any) -> Built:
    """The entry that makes a registered model a release."""
    entry = registry.append(
        lambda ledger: a_built(
            ledger,
            made.name,
            made.version,
            **(
                {
                    "files_sha256": files_sha256(folder),
                    "location": made.location,
                    "model_id": made.model_id,
                    "run_id": made.run_id,
                    "content_sha256": secrets.token_hex(32),
                }
                | fields
            ),
        )
    )
    assert isinstance(entry, Built)
    return entry


class After:
    """The real client of a store; after so many of its writes something happens."""

    def __init__(self, client: Any, writes: int, act: Callable[[], None]) -> None:
        self._client, self._left, self._act = client, writes, act

    def __getattr__(self, name: str) -> Any:
        called = getattr(self._client, name)
        if name not in WRITES:
            return called

        def call(*args: Any, **more: Any) -> Any:
            result = called(*args, **more)
            self._left -= 1
            if self._left == 0:
                self._act()
            return result

        return call


def interrupt() -> None:
    """What Ctrl-C raises. A real signal would end a worker of the test runner, which does not listen for it."""
    raise KeyboardInterrupt


def with_client(registry: Registry, wrap: Callable[[Any], Any]) -> Registry:
    """The registry with another client."""
    return Registry(registry.address, wrap(registry._client), create=True)


def killed_while_releasing(address: Address, folder: Path, writes: int) -> None:
    """A process that is killed after some writes of storing a release; ends well if that takes fewer."""
    registry = Registry.open(address, create=True)
    release(
        with_client(registry, lambda c: After(c, writes, lambda: os.kill(os.getpid(), signal.SIGKILL))),
        folder,
    )
