"""The alias `in-force` of the registry: a mirror of the ledger for people who look in MLflow. Nothing here relies on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from credit_scoring.errors import NotInForceError, ReleaseError
from credit_scoring.releases.ledger import Ledger
from credit_scoring.releases.reference import IN_FORCE
from credit_scoring.releases.store.address import store_address
from credit_scoring.releases.store.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasChange:
    """What the alias of a scorecard pointed to, and what it points to now; None for nothing."""

    name: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirrored:
    """What became of the aliases of a store."""

    changes: tuple[AliasChange, ...]
    failures: tuple[str, ...]
    """Of aliases that could not be read or set: the scorecard, and why."""


def version_in_force(ledger: Ledger, name: str, on: date) -> int | None:
    """The version the ledger has in force on a day; None where there is none."""
    try:
        return ledger.in_force(name, on).version
    except NotInForceError:
        return None


def alias_of(registry: Registry, name: str) -> int | None:
    """The version the alias points to; None where it is not set."""
    return next((alias.version for alias in registry.aliases(name) if alias.name == IN_FORCE), None)


def mend(*, on: date, store: str | None = None) -> Mirrored:
    """Point every alias of a store to what its ledger says for a day.

    Raises:
        NotFoundError: no store there, or nothing was ever released in it.
        TamperedError: the ledger is not what was written: nothing is mended by it.
        StoreError: the store cannot be reached, read or written.
    """
    registry = Registry.open(store_address(store))
    return mirror_aliases(registry, registry.ledger(), on=on)


def mirror_aliases(registry: Registry, ledger: Ledger, *, on: date) -> Mirrored:
    """Point every alias to what the ledger says for a day, also of scorecards whose scheduled day has come.

    One that cannot be set keeps no other from being set.
    """
    changes: list[AliasChange] = []
    failures: list[str] = []
    for name in ledger.names():
        wanted = version_in_force(ledger, name, on)
        try:
            before = alias_of(registry, name)
            if before != wanted:
                registry.set_alias(name, IN_FORCE, wanted)
                changes.append(AliasChange(name=name, before=before, after=wanted))
        except ReleaseError as error:
            failures.append(f"{name}: {error}")
    return Mirrored(changes=tuple(changes), failures=tuple(failures))
