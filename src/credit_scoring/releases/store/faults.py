"""What goes wrong with a store, in our own words."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from credit_scoring.errors import StoreError
from credit_scoring.releases.quiet_mlflow import mlflow
from credit_scoring.releases.store.address import Address

_BUSY = {"TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED", "DEADLINE_EXCEEDED", "RESOURCE_CONFLICT"}
_READ_ONLY = (
    "readonly",
    "read-only",
    "Permission denied",
    "permission denied",
    "not permitted",
    "unable to open database file",
)
_SCHEMA = ("out-of-date database schema", "Can't locate revision")


class BusyError(StoreError):
    """Others write to the store just now: worth another try."""


@contextmanager
def translated(address: Address, doing: str) -> Iterator[None]:
    """Turn what MLflow and the database raise into a StoreError that says what was being done and what to do."""
    exceptions = mlflow().exceptions
    noise = logging.getLogger("mlflow.store.db.utils")
    level = noise.level
    # It prints the whole trace of what is raised anyway, also of a lock that is free a moment later.
    noise.setLevel(logging.CRITICAL)
    try:
        yield
    except (exceptions.MlflowException, OSError) as error:
        raise fault(address, doing, error) from error
    except Exception as error:
        if type(error).__module__.split(".")[0] not in ("sqlalchemy", "alembic", "requests", "urllib3"):
            raise
        raise fault(address, doing, error) from error
    finally:
        noise.setLevel(level)


def fault(address: Address, doing: str, error: BaseException) -> StoreError:
    """The StoreError for what was raised while `doing` something."""
    text = str(error).strip() or type(error).__name__
    first = text.splitlines()[0]
    where = f"{doing} in the store {address}"
    if any(word in text for word in _SCHEMA):
        return newer(address, first)
    if any(word in text for word in _READ_ONLY):
        return StoreError(f"{where}: it may not be written to ({first}). Use an account that may.")
    if "database is locked" in text or (code_of(error) in _BUSY and "disk" not in text):
        return BusyError(f"{where}: it is busy ({first}). Try again once others have finished.")
    return StoreError(
        f"{where} failed: {first.rstrip('.')}. Look at the store's server or disk and try again."
    )


def newer(address: Address, what: str) -> StoreError:
    """The StoreError for a database of another version of MLflow."""
    return StoreError(
        f"The store {address} belongs to another version of MLflow ({what}). Install the version that wrote it, or, "
        "if that is older than yours, back it up and run `mlflow db upgrade`."
    )


def code_of(error: BaseException) -> str | None:
    """MLflow's own name for what went wrong; None for other errors."""
    code: Any = getattr(error, "error_code", None)
    return code if isinstance(code, str) else None
