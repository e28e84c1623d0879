"""Writing to the registry of MLflow: entries of the ledger, models of releases, evidence, tags and aliases for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from credit_scoring.releases.entries import Built, Entry
from credit_scoring.releases.ledger import Ledger
from credit_scoring.releases.store.address import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A model version that no entry of the ledger names yet."""

    name: str
    version: int
    model_id: str
    run_id: str
    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredVersion:
    """A model version as MLflow has it now, which proves nothing."""

    version: int
    tags: Mapping[str, str]
    model_id: str | None
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A name MLflow gives to one version of a model."""

    name: str
    version: int


class Registry:
    """A store that can be written to."""

    @classmethod
    def open(cls, address: Address, *, create: bool = False) -> Registry:
        """Reach the store; with `create` it is made if there is none."""
        raise NotImplementedError

    def ledger(self) -> Ledger:
        """The ledger as it is now, verified; empty in a store opened with `create` before its first entry."""
        raise NotImplementedError

    def append(self, make: Callable[[Ledger], Entry]) -> Entry:
        """Add an entry; `make` gets the ledger as it is now, and again whenever another writer was first."""
        raise NotImplementedError

    def register(self, name: str, folder: Path, *, title: str, tags: Mapping[str, str]) -> Registered:
        """Store a saved model as a new version; on failure nothing of it is left."""
        raise NotImplementedError

    def withdraw(self, registered: Registered) -> None:
        """Undo a registration that no entry names."""
        raise NotImplementedError

    def log_report(self, built: Built, folder: Path) -> None:
        """Keep what a run of the gates left behind."""
        raise NotImplementedError

    def versions(self, name: str) -> tuple[RegisteredVersion, ...]:
        """What MLflow has of a scorecard, by version; none if it does not know the name."""
        raise NotImplementedError

    def names(self) -> tuple[str, ...]:
        """Registered models that carry our tag."""
        raise NotImplementedError

    def aliases(self, name: str) -> tuple[Alias, ...]:
        """All aliases of a scorecard, by name."""
        raise NotImplementedError

    def set_alias(self, name: str, alias: str, version: int | None) -> None:
        """Point an alias to a version; None removes it."""
        raise NotImplementedError

    def tag(self, name: str, version: int, key: str, value: str) -> None:
        """Set a tag of a model version."""
        raise NotImplementedError
