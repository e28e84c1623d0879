"""Writing to the registry of MLflow: entries of the ledger, models of releases, evidence, tags and aliases for people."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from credit_scoring.errors import NotFoundError, ReleaseError
from credit_scoring.releases.entries import Built, Entry
from credit_scoring.releases.ledger import Ledger
from credit_scoring.releases.quiet_mlflow import client
from credit_scoring.releases.store.address import Address
from credit_scoring.releases.store.appending import append, read
from credit_scoring.releases.store.client_source import check_database
from credit_scoring.releases.store.creating import make_ready
from credit_scoring.releases.store.faults import translated
from credit_scoring.releases.store.http_source import HttpSource
from credit_scoring.releases.store.keeping import keep_report
from credit_scoring.releases.store.layout import EXPERIMENT, OURS
from credit_scoring.releases.store.registering import Registered, Registering, pages, unless
from credit_scoring.releases.store.tracking_server import NOT_THERE, Server

__all__ = ["Alias", "Registered", "RegisteredVersion", "Registry"]

_MODEL_ID = re.compile(r"/models/(m-[0-9a-f]+)/")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredVersion:
    """A model version as MLflow has it now, which proves nothing."""

    version: int
    tags: Mapping[str, str]
    model_id: str | None
    source: str
    """Where MLflow loads it from."""
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A name MLflow gives to one version of a model."""

    name: str
    version: int


class Registry:
    """A store that can be written to."""

    def __init__(self, address: Address, client: Any, *, create: bool) -> None:
        self.address = address
        self._client = client
        self._create = create
        self._registering = Registering(address=address, client=client)

    @classmethod
    def open(cls, address: Address, *, create: bool = False) -> Registry:
        """Reach the store; with `create` it is made if there is none, and needs no ledger yet.

        Raises:
            NotFoundError: there is no store, or no ledger in it (without `create`).
            StoreError: it cannot be reached or written, is no registry, or belongs to another version of MLflow.
            TamperedError: its ledger is not what was written.
        """
        make_ready(address, create=create)
        registry = cls._reached(address, create=create)
        registry.ledger()
        return registry

    @classmethod
    def look(cls, address: Address) -> Registry:
        """Reach the store whatever became of its ledger, and without leave to write: to see what MLflow has.

        Raises:
            NotFoundError: there is no store.
            StoreError: it cannot be reached, is no registry, or belongs to another version of MLflow.
        """
        if address.database is not None and not address.database.exists():
            raise NotFoundError(f"There is no store of releases at {address.database}: name the store.")
        check_database(address)
        return cls._reached(address, create=False)

    @classmethod
    def _reached(cls, address: Address, *, create: bool) -> Registry:
        if address.is_served:
            # MLflow itself takes a minute to find out that nobody answers.
            HttpSource(Server.at(address)).experiment(EXPERIMENT)
        with translated(address, "opening"):
            opened = client(address.uri)
            opened.search_experiments(max_results=1)
        return cls(address, opened, create=create)

    def ledger(self) -> Ledger:
        """The ledger as it is now, verified; empty in a store opened with `create` before its first entry.

        Raises:
            NotFoundError: there is none, and the store was opened without `create`.
            StoreError: it cannot be read.
            TamperedError: it is not what was written.
        """
        ledger, run_id = read(self.address)
        if run_id is None and not self._create:
            raise NotFoundError(
                f"The store {self.address} has no ledger of releases: build a release first, or name the store."
            )
        return ledger

    def append(self, make: Callable[[Ledger], Entry]) -> Entry:
        """Add an entry; `make` gets the ledger as it is now, and again whenever another writer was first.

        An entry whose time is a little before the last one's, by the clock of another workstation, takes that time.
        Before the first entry of a store its ledger is opened, by the same person at the same time.

        Raises:
            DecisionError: the entry breaks a rule, or is too long to be kept.
            StoreError: the store cannot be written, or others wrote all the time.
            TamperedError: the ledger is not what was written.
        """
        return append(self.address, self._client, make)

    def register(self, name: str, folder: Path, *, title: str, tags: Mapping[str, str]) -> Registered:
        """Store a saved model as a new version, which is no release before an entry of the ledger says so.

        Args:
            name: of the scorecard.
            folder: the saved model, with all its files.
            title: what people read in MLflow.
            tags: of the model version, for people.

        Raises:
            ReleaseError: the folder holds something that is no plain file.
            StoreError: the store cannot be written, or has another model of this name. Nothing is left of the attempt.
        """
        ledger = self.ledger()
        known = ledger.versions(name) if name in ledger.names() else ()
        return self._registering.register(
            name, folder, title=title, tags=tags, taken=frozenset(built.version for built in known)
        )

    def withdraw(self, registered: Registered) -> None:
        """Undo a registration that no entry names, as far as that is possible; never raises.

        Where the ledger names it, or cannot be read to find out, all stays as it is. The registered model goes too if
        this was its first version, unless another one was stored meanwhile.
        """
        try:
            named = self._is_named(registered)
        except ReleaseError:
            return
        if not named:
            self._registering.undo(registered.name, registered.run_id)

    def _is_named(self, registered: Registered) -> bool:
        ledger = read(self.address)[0]
        known = ledger.versions(registered.name) if registered.name in ledger.names() else ()
        return any(built.model_id == registered.model_id for built in known)

    def log_report(self, built: Built, folder: Path) -> None:
        """Keep what a run of the gates left behind, under the hash of its `gates.json`.

        Raises:
            ReleaseError: the folder holds no `gates.json`, or something that is no plain file.
            StoreError: it cannot be written.
        """
        keep_report(self.address, self._client, built, folder)

    def versions(self, name: str) -> tuple[RegisteredVersion, ...]:
        """What MLflow has of a scorecard, by version; none if it does not know the name."""
        with translated(self.address, f"listing the versions of {name}"):
            found = list(pages(self._client.search_model_versions, f"name = '{_quoted(name)}'"))
        versions = (
            RegisteredVersion(
                version=int(each.version),
                tags=dict(each.tags),
                model_id=each.model_id or _model_id(each.source),
                source=str(each.source),
                status=str(each.status),
            )
            for each in found
        )
        return tuple(sorted(versions, key=lambda each: each.version))

    def names(self) -> tuple[str, ...]:
        """Registered models that carry our tag and have a version, sorted."""
        with translated(self.address, "listing the registered models"):
            found = list(pages(self._client.search_registered_models, f"tags.`{OURS}` = 'true'"))
        return tuple(sorted(str(model.name) for model in found if model.latest_versions))

    def knows(self, name: str) -> bool:
        """Whether MLflow has a registered model of this name, with versions or without."""
        with translated(self.address, f"looking for {name}"):
            return self._registered_model(name) is not None

    def aliases(self, name: str) -> tuple[Alias, ...]:
        """All aliases of a scorecard, by name; none if MLflow does not know it."""
        with translated(self.address, f"reading the aliases of {name}"):
            model = self._registered_model(name)
        found = {} if model is None else model.aliases
        return tuple(Alias(name=alias, version=int(version)) for alias, version in sorted(found.items()))

    def set_alias(self, name: str, alias: str, version: int | None) -> None:
        """Point an alias to a version; None removes it."""
        with translated(self.address, f"setting the alias {alias} of {name}"):
            if version is not None:
                self._client.set_registered_model_alias(name, alias, str(version))
            elif (model := self._registered_model(name)) is not None and alias in model.aliases:
                self._client.delete_registered_model_alias(name, alias)

    def tag(self, name: str, version: int, key: str, value: str) -> None:
        """Set a tag of a model version."""
        with translated(self.address, f"setting the tag {key} of {name}:{version}"):
            self._client.set_model_version_tag(name, str(version), key, value)

    def _registered_model(self, name: str) -> Any:
        return unless(NOT_THERE, lambda: self._client.get_registered_model(name))


def _model_id(source: str | None) -> str | None:
    found = _MODEL_ID.search(source or "")
    return None if found is None else found[1]


def _quoted(name: str) -> str:
    return name.replace("'", "")
