"""A release that somebody decides about: the ledger it stands in, its content, and the entry that decides."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from credit_scoring.errors import InputError, ReleaseError
from credit_scoring.releases.aliases import mirror_aliases
from credit_scoring.releases.building import named_person, stated_reason
from credit_scoring.releases.entries import FORMAT, Approved, Built, Gated, PutInForce, Retired, to_the_second
from credit_scoring.releases.evidence import read_evidence
from credit_scoring.releases.ledger import Ledger, check_next
from credit_scoring.releases.opening import Released, open_release
from credit_scoring.releases.reference import Reference, parse_reference
from credit_scoring.releases.store.address import Address, store_address
from credit_scoring.releases.store.registry import Registry

Decision = TypeVar("Decision", Gated, Approved, PutInForce, Retired)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A release that somebody decides about."""

    address: Address
    registry: Registry
    ledger: Ledger
    """As it was when the case was opened; what is appended is held against the ledger of that moment."""
    built: Built
    by: str
    reason: str
    at: datetime
    begun: float
    """Of a clock that only tells what has passed since: gates may run long, and others decide meanwhile."""
    warn: Callable[[str], None]

    @classmethod
    def of(
        cls,
        reference: Reference | str,
        *,
        store: str | None,
        by: str,
        reason: str,
        at: datetime,
        warn: Callable[[str], None],
    ) -> Case:
        named = parse_reference(reference) if isinstance(reference, str) else reference
        if named.version is None:
            raise InputError(
                f"{named} may name another release tomorrow: decide about one version, as name:version."
            )
        if at.tzinfo is None:
            raise InputError("the time of a decision needs its offset from UTC: pass an aware datetime.")
        address = store_address(store)
        registry = Registry.open(address)
        ledger = registry.ledger()
        return cls(
            address=address,
            registry=registry,
            ledger=ledger,
            built=ledger.built(named.name, named.version),
            by=named_person(by, whose="who decides"),
            reason=stated_reason(reason),
            at=to_the_second(at),
            begun=time.monotonic(),
            warn=warn,
        )

    def __str__(self) -> str:
        return f"{self.built.name}:{self.built.version}"

    def said(self, ledger: Ledger) -> dict[str, Any]:
        """What every entry says, for the next one of a ledger."""
        return {
            "format": FORMAT,
            "number": len(ledger.entries) + 1,
            "previous": ledger.head,
            "at": to_the_second(self.at + timedelta(seconds=time.monotonic() - self.begun)),
            "by": self.by,
            "reason": self.reason,
            "nonce": secrets.token_hex(16),
            "name": self.built.name,
            "version": self.built.version,
        }

    def content(self, built: Built) -> Released:
        """A release of this store, every hash checked."""
        return open_release(Reference(name=built.name, version=built.version), address=self.address)

    def compared(self, name: str) -> Released | None:
        """The release of a scorecard in force on the day of the decision, or the last before; None where none was."""
        built = self.ledger.to_compare_with(name, self.at.date())
        return None if built is None else self.content(built)

    def decide(
        self, make: Callable[[Ledger], Decision], *, look: Callable[[Released], None] | None = None
    ) -> Decision:
        """Append what rests on the content and the evidence of the release, once both are what the ledger says."""
        # What the rules forbid is said before anything is fetched.
        check_next(self.ledger, make(self.ledger))
        released = self.content(self.built)
        if look is not None:
            look(released)
        report = self.ledger.report(self.built.name, self.built.version)
        if report is not None:
            read_evidence(self.address, report)
        return self.append(make)

    def append(self, make: Callable[[Ledger], Decision]) -> Decision:
        """Append, and let the aliases follow."""
        entry = self.registry.append(make)
        try:
            failures = mirror_aliases(self.registry, self.registry.ledger(), on=self.at.date()).failures
        except ReleaseError as error:
            failures = (str(error),)
        if failures:
            self.warn(
                f"The decision stands in the ledger. Aliases of the registry could not be set to it: {'; '.join(failures)} "
                "Nothing here relies on them; set them by `credit-scoring release verify --mend-aliases`."
            )
        # The registry gives back what `make` made.
        return cast(Decision, entry)
