"""Decisions about a release: gates, approval by a second person, in force from a day, retired.

Before a release is approved or put in force its every file and its evidence are fetched and hashed against the
ledger, so that nothing tampered with ever gets there. The decision itself is one entry of the ledger: it stands
there whole, or nothing has changed. The alias `in-force` of the registry follows the ledger, never the other way.
"""

from __future__ import annotations

import hashlib
import secrets
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar, cast

from credit_scoring.errors import DecisionError, InputError, ReleaseError, TamperedError
from credit_scoring.records.folder import written_whole
from credit_scoring.releases.aliases import mirror_aliases
from credit_scoring.releases.building import LONGEST_REASON, named_person
from credit_scoring.releases.checks import GateReport
from credit_scoring.releases.entries import FORMAT, Approved, Built, Gated, PutInForce, Retired, to_the_second
from credit_scoring.releases.evidence import REPORT, read_evidence
from credit_scoring.releases.ledger import Ledger, check_next
from credit_scoring.releases.opening import Released, open_release
from credit_scoring.releases.reference import Reference, parse_reference
from credit_scoring.releases.store.address import Address, store_address
from credit_scoring.releases.store.registry import Registry
from credit_scoring.releases.terms import load_terms

_E = TypeVar("_E", Gated, Approved, PutInForce, Retired)


def _silent(_: str) -> None: ...


def _warn(message: str) -> None:
    warnings.warn(message, stacklevel=4)


def gate(
    reference: Reference | str,
    *,
    subjects: Path,
    records: Path,
    on: date,
    by: str,
    reason: str,
    at: datetime,
    known_by: date | None = None,
    coverage: Path | None = None,
    segments: Path | None = None,
    terms: Path | None = None,
    store: str | None = None,
    threads: int | None = None,
    memory_limit: str = "1500MB",
    out: Path | None = None,
    report: Callable[[str], None] = _silent,
    warn: Callable[[str], None] = _warn,
) -> GateReport:
    """Run every gate on a release, keep the evidence with it, and write into the ledger what was found.

    Args:
        reference: `name:version`.
        subjects: table of the subjects on whom the effect is looked at, Parquet or CSV.
        records: table of their records, Parquet or CSV.
        on: date of evaluation.
        by: who runs the gates; may be the author.
        reason: why, for the ledger.
        at: now, with its offset; the release is compared with the one in force on this day.
        known_by: leave out what was recorded later; the date of evaluation if None.
        coverage: table of what sources have delivered.
        segments: columns of text per subject to look at the effect by.
        terms: file of limits and inspection ratios; the package's own if None.
        store: folder or URI of the store of releases.
        threads: worker threads; one per core if None.
        memory_limit: memory for the engine.
        out: folder for a copy of the evidence; none is kept outside the store if None.
        report: told each step.
        warn: told what went wrong beside the decision, which stands.

    Returns:
        What the gates found, whether the release passed or not.

    Raises:
        InputError: a table cannot be used, or name or reason is empty.
        NotFoundError: no such release, or no store.
        TamperedError: the release, or the one it is compared with, is not what was released.
        DecisionError: the ledger's rules forbid the entry.
        StoreError: the store cannot be reached, read or written.
        OutputError: `out` exists or cannot be written.
    """
    from credit_scoring.releases.gates.running import run_gates

    case = _Case.of(reference, store=store, by=by, reason=reason, at=at, warn=warn)
    loaded = load_terms(terms)
    report("checking the files of the release")
    candidate = case.content(case.built)
    predecessor = case.compared(case.built.name)
    base = None if candidate.card.extends is None else case.compared(candidate.card.extends)
    with _kept(out) as folder:
        found = run_gates(
            candidate,
            in_force=predecessor,
            base_in_force=base,
            subjects=subjects,
            records=records,
            on=on,
            known_by=known_by,
            coverage=coverage,
            segments=segments,
            terms=loaded,
            threads=threads,
            memory_limit=memory_limit,
            out=folder,
            report=report,
        )
        report("keeping the evidence")
        case.registry.log_report(case.built, folder)
        content = (folder / REPORT).read_bytes()
        case.append(lambda ledger: _gated(found, hashlib.sha256(content).hexdigest(), case.said(ledger)))
    return found


def approve(
    reference: Reference | str,
    *,
    by: str,
    reason: str,
    at: datetime,
    accept: tuple[str, ...] = (),
    store: str | None = None,
    warn: Callable[[str], None] = _warn,
) -> Approved:
    """A second person approves a release on the evidence of its latest gates.

    Args:
        reference: `name:version`.
        by: who approves: another person than the author.
        reason: why; also why what is accepted is accepted.
        at: now, with its offset.
        accept: checks that speak against the release and are accepted, as `impact:grades_moved`.
        store: folder or URI of the store of releases.
        warn: told what went wrong beside the decision, which stands.

    Raises:
        InputError: name or reason is empty or too long.
        NotFoundError: no such release, or no store.
        TamperedError: the release or its evidence is not what the ledger says.
        DecisionError: the same person, no gates, a check against it that is not or cannot be accepted, or another
            release in force than the one it was compared with.
        StoreError: the store cannot be reached, read or written.
    """
    case = _Case.of(reference, store=store, by=by, reason=reason, at=at, warn=warn)

    def entry(ledger: Ledger) -> Approved:
        report = ledger.report(case.built.name, case.built.version)
        if report is None:
            raise DecisionError(
                f"{case} has not been through the gates: run `credit-scoring release gate {case}` first."
            )
        return Approved(
            **case.said(ledger),
            kind="approved",
            manifest_sha256=case.built.manifest_sha256,
            report_sha256=report.report_sha256,
            accepted=tuple(sorted(set(accept))),
        )

    return case.decide(entry)


def put_in_force(
    reference: Reference | str,
    *,
    from_: date,
    by: str,
    reason: str,
    at: datetime,
    store: str | None = None,
    warn: Callable[[str], None] = _warn,
) -> PutInForce:
    """Put an approved release in force from a day; the one before it ends on that day.

    Args:
        reference: `name:version`.
        from_: first day in force. What was in force on days already past is never rewritten.
        by: who decides.
        reason: why.
        at: now, with its offset.
        store: folder or URI of the store of releases.
        warn: told what went wrong beside the decision, which stands.

    Raises:
        InputError: name or reason is empty or too long.
        NotFoundError: no such release, or no store.
        TamperedError: the release or its evidence is not what the ledger says.
        DecisionError: not approved, outside the days of the edition's own text, overlapping, or rewriting the past.
        StoreError: the store cannot be reached, read or written.
    """
    case = _Case.of(reference, store=store, by=by, reason=reason, at=at, warn=warn)
    return case.decide(
        lambda ledger: PutInForce(
            **case.said(ledger), kind="put_in_force", from_=from_, until=case.built.until
        )
    )


def retire(
    reference: Reference | str,
    *,
    from_: date,
    by: str,
    reason: str,
    at: datetime,
    store: str | None = None,
    warn: Callable[[str], None] = _warn,
) -> Retired:
    """End a release from a day, without a successor; at or before a scheduled beginning, that is cancelled.

    A release that is no longer what was released can be retired too: `warn` is told, and it ends.

    Args:
        reference: `name:version`.
        from_: first day on which it is no longer in force.
        by: who decides.
        reason: why.
        at: now, with its offset.
        store: folder or URI of the store of releases.
        warn: told what went wrong beside the decision, which stands.

    Raises:
        InputError: name or reason is empty or too long.
        NotFoundError: no such release, or no store.
        DecisionError: it is not in force on or after the day, or the day is past.
        StoreError: the store cannot be reached, read or written.
    """
    case = _Case.of(reference, store=store, by=by, reason=reason, at=at, warn=warn)
    try:
        case.content(case.built)
    except TamperedError as error:
        warn(f"{error} It is retired all the same.")
    return case.append(lambda ledger: Retired(**case.said(ledger), kind="retired", from_=from_))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A release that somebody decides about."""

    address: Address
    registry: Registry
    ledger: Ledger
    """As it was when the case was opened; what is appended is held against the ledger of that moment."""
    built: Built
    by: str
    reason: str
    at: datetime
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
    ) -> _Case:
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
            reason=_reason(reason),
            at=to_the_second(at),
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
            "at": self.at,
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
        """The release of a scorecard in force on the day of the decision, every hash checked; None where none is."""
        built = self.ledger.to_compare_with(name, self.at.date())
        return None if built is None else self.content(built)

    def decide(self, make: Callable[[Ledger], _E]) -> _E:
        """Append what rests on the content and the evidence of the release, once both are what the ledger says."""
        # What the rules forbid is said before anything is fetched.
        check_next(self.ledger, make(self.ledger))
        self.content(self.built)
        report = self.ledger.report(self.built.name, self.built.version)
        if report is not None:
            read_evidence(self.address, report)
        return self.append(make)

    def append(self, make: Callable[[Ledger], _E]) -> _E:
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
        return cast(_E, entry)


def _gated(found: GateReport, sha256: str, said: dict[str, Any]) -> Gated:
    return Gated(
        **said,
        kind="gated",
        manifest_sha256=found.manifest_sha256,
        report_sha256=sha256,
        against=tuple(check.id for check in found.against),
        acceptable=tuple(check.id for check in found.against if check.acceptable),
        compared_with=None if found.compared_with is None else found.compared_with.version,
        on=found.on,
    )


def _reason(text: str) -> str:
    words = text.strip()
    if not words:
        raise InputError("the reason is empty: the ledger keeps why it was decided.")
    if len(words) > LONGEST_REASON:
        raise InputError(
            f"the reason has {len(words):,} characters: the ledger keeps {LONGEST_REASON:,} at most."
        )
    return words


@contextmanager
def _kept(out: Path | None) -> Iterator[Path]:
    """A folder for the evidence: `out`, which appears whole or not at all, or a temporary one."""
    if out is None:
        with TemporaryDirectory(prefix="credit-scoring-gates-") as place:
            yield Path(place)
    else:
        with written_whole(out, files=(), overwrite=False) as folder:
            yield folder
