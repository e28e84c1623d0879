"""Is everything still what was released? Every file, every report, the ledger, and what the registry says of them.

What is looked at does not depend on what was found before: all findings come at once.

====  ==========================================================================================================
V101  the ledger is missing
V102  the ledger is not what was written
V103  the ledger does not hold a head that was noted earlier
V201  the registry has lost a released scorecard
V202  the registry has lost a release
V203  the registry shows something else under the number of a release
V301  the files of a release are not those that were built
V302  the evidence of a decision is not what was found
V303  a release or its evidence could not be looked at
V401  an alias disagrees with the ledger
V402  a tag was changed
V501  a version was registered and never became a release (a warning: a build that failed, or is still at work)
====  ==========================================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from credit_scoring.errors import CreditScoringError, InputError, NotFoundError, ReleaseError, TamperedError
from credit_scoring.releases.aliases import alias_of, version_in_force
from credit_scoring.releases.entries import Built, Entry, Gated
from credit_scoring.releases.evidence import read_evidence
from credit_scoring.releases.fingerprints import combined_sha256, plain_files, sha256_of_file
from credit_scoring.releases.ledger import Ledger
from credit_scoring.releases.opening import read_release
from credit_scoring.releases.reference import IN_FORCE
from credit_scoring.releases.salvaging import entries_made_out
from credit_scoring.releases.store.address import Address, store_address
from credit_scoring.releases.store.layout import is_own
from credit_scoring.releases.store.reading import LOADED_AS, fetch_model, read_ledger
from credit_scoring.releases.store.registry import RegisteredVersion, Registry

READY = "READY"
"""What MLflow says of a version that is whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a code of a finding means and what to do about it."""

    meaning: str
    remedy: str
    warning: bool = False


KINDS = {
    "V101": Kind(
        meaning="The ledger is missing: nothing proves which releases there are, or were in force.",
        remedy="Restore the registry's database from a backup; release nothing until then.",
    ),
    "V102": Kind(
        meaning="The ledger is not what was written: what it says from there on is not proven.",
        remedy="Restore the registry's database from a backup, and find out who wrote to it past this program.",
    ),
    "V103": Kind(
        meaning="A head noted earlier is not in the ledger: entries were taken away or replaced since.",
        remedy="Check that it is the right store and the whole hash; if so, restore the database from a backup.",
    ),
    "V201": Kind(
        meaning="The registered model of a released scorecard was deleted in MLflow.",
        remedy="Restore the registry from a backup. Its releases are still scored from, as long as their files lie there.",
    ),
    "V202": Kind(
        meaning="A release was deleted in MLflow's registry; the ledger still has it.",
        remedy="Restore the registry from a backup. It is still scored from, as long as its files lie there.",
    ),
    "V203": Kind(
        meaning="Whoever loads the release by its number from MLflow gets something else than was released.",
        remedy="Restore the registry from a backup; until then load it only through this program, which checks hashes.",
    ),
    "V301": Kind(
        meaning="The release is not what was built; it is refused for scoring, approval and being put in force.",
        remedy="Restore its files from a backup, or retire it and build the edition anew.",
    ),
    "V302": Kind(
        meaning="What a decision about the release rests on can no longer be shown as it was.",
        remedy="Restore the evidence from a backup, or run the gates again and have the release approved again.",
    ),
    "V303": Kind(
        meaning="A release or its evidence could not be looked at; whether it was changed is not known.",
        remedy="Do what the message says, and verify again.",
    ),
    "V401": Kind(
        meaning="Whoever loads the release in force by MLflow's alias gets another one than the ledger has.",
        remedy="Set the aliases by `credit-scoring release verify --mend-aliases`, and find out who moved it.",
    ),
    "V402": Kind(
        meaning="A tag in MLflow says something else of a release than the ledger. Nothing here relies on it.",
        remedy="Correct it in MLflow for those who look there, and find out who changed it.",
    ),
    "V501": Kind(
        meaning="A version was registered and never became a release: its build failed, or is still at work.",
        remedy="If no build is at work, delete the version in MLflow; nothing refers to it.",
        warning=True,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it was released. `name` and `version` are None where it concerns no single release."""

    code: str
    name: str | None
    version: int | None
    message: str

    @property
    def kind(self) -> Kind:
        """What it means and what to do."""
        return KINDS[self.code]

    @property
    def where(self) -> str:
        """`ledger`, a scorecard's name or a release."""
        if self.name is None:
            return "ledger"
        return self.name if self.version is None else f"{self.name}:{self.version}"

    def __str__(self) -> str:
        return f"{self.code} {self.where}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was looked at and what was found."""

    head: str | None
    """Hash of the last entry of the ledger, to be noted outside of the store; None where the ledger is not sound."""
    entries: int
    releases: int
    reports: int
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing but warnings was found."""
        return all(finding.kind.warning for finding in self.findings)


def verify(
    name: str | None = None,
    *,
    on: date,
    store: str | None = None,
    since: str | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> Verified:
    """Look at everything a store holds of releases; nothing is changed.

    Args:
        name: only this scorecard's releases; all if None. The ledger is looked at as a whole.
        on: the day for which the aliases are compared.
        store: folder or URI of the store of releases.
        since: a head of the ledger noted earlier, which must still be in its chain.
        report: told each step.

    Raises:
        InputError: `since` is no hash.
        NotFoundError: no store there, nothing was ever released in it, or nothing under the name.
        StoreError: the store cannot be reached or read, or is of a newer version.
    """
    address = store_address(store)
    noted = None if since is None else _head(since)
    report("reading the ledger")
    registry = Registry.look(address)
    read = _read(address, registry)
    if name is not None and read.ledger is not None and name not in registry.names():
        # Says which names there are.
        read.ledger.versions(name)
    built = [entry for entry in read.entries if isinstance(entry, Built) and name in (None, entry.name)]
    gated = [entry for entry in read.entries if isinstance(entry, Gated) and name in (None, entry.name)]
    findings = [*read.findings, *_since(read.ledger, noted)]
    for release in built:
        report(f"checking the files of {release.name}:{release.version}")
        findings += _files(address, release)
    for evidence in gated:
        report(f"checking the evidence of {evidence.name}:{evidence.version}")
        findings += _evidence(address, evidence, built)
    for each in sorted({*registry.names(), *(release.name for release in built)}):
        if name in (None, each):
            report(f"asking the registry for {each}")
            findings += _registered(registry, each, [release for release in built if release.name == each])
            if read.ledger is not None and each in read.ledger.names():
                findings += _alias(registry, read.ledger, each, on)
    return Verified(
        head=None if read.ledger is None else read.ledger.head,
        entries=len(read.entries),
        releases=len(built),
        reports=len(gated),
        findings=tuple(sorted(findings, key=lambda finding: finding.code)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """The ledger if it is sound, and in any case what entries can be made out."""

    ledger: Ledger | None
    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...] = ()


def _read(address: Address, registry: Registry) -> _Read:
    try:
        ledger = read_ledger(address)
    except TamperedError as error:
        return _Read(
            ledger=None,
            entries=entries_made_out(address),
            findings=tuple(_of_ledger("V102", text) for text in _each(error)),
        )
    except NotFoundError as error:
        if not registry.names():
            raise
        return _Read(ledger=None, entries=(), findings=(_of_ledger("V101", str(error)),))
    return _Read(ledger=ledger, entries=ledger.entries)


def _head(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise InputError(
            f"'{text}' is no head of a ledger: give all 64 digits of the hash as `verify` printed it."
        )
    return text


def _since(ledger: Ledger | None, noted: str | None) -> Iterator[Finding]:
    if noted is None:
        return
    if ledger is None:
        yield _of_ledger("V103", f"{noted} cannot be looked for: the ledger is not sound")
    elif noted not in ledger.hashes():
        yield _of_ledger("V103", f"none of the {len(ledger.entries)} entries has the hash {noted}")


def _files(address: Address, built: Built) -> Iterator[Finding]:
    with TemporaryDirectory(prefix="credit-scoring-verify-") as place:
        folder = Path(place) / "model"
        try:
            fetch_model(address, built, folder)
            read_release(folder, built=built)
        except (ReleaseError, NotFoundError) as error:
            for text in _each(error):
                yield _of("V301" if isinstance(error, TamperedError) else "V303", built, text)


def _evidence(address: Address, gated: Gated, released: Sequence[Built]) -> Iterator[Finding]:
    of = (gated.name, gated.version)
    built = next((release for release in released if (release.name, release.version) == of), None)
    try:
        read_evidence(address, gated, built=built)
    except (ReleaseError, NotFoundError) as error:
        for text in _each(error):
            code = "V302" if isinstance(error, TamperedError) else "V303"
            yield _of(code, gated, f"entry {gated.number}: {text}")


def _registered(registry: Registry, name: str, released: Sequence[Built]) -> Iterator[Finding]:
    if not registry.knows(name):
        yield Finding(code="V201", name=name, version=None, message="no registered model has this name")
        return
    there = {version.version: version for version in registry.versions(name)}
    for built in released:
        if built.version not in there:
            yield _of("V202", built, "no version has this number")
        else:
            yield from _version(there[built.version], built, registry.address)
    for number in sorted(there.keys() - {built.version for built in released}):
        yield Finding(
            code="V501", name=name, version=number, message="registered, but no entry of the ledger names it"
        )


def _version(there: RegisteredVersion, built: Built, address: Address) -> Iterator[Finding]:
    if not _is_in_place(there.source, built, address):
        yield _of("V203", built, f"MLflow would load it from {there.source}, not from where it was built")
    if there.model_id != built.model_id:
        yield _of("V203", built, f"the version is model {there.model_id}, released was {built.model_id}")
    if there.status != READY:
        yield _of("V203", built, f"its status is {there.status}, not {READY}")
    for key, expected in tags_of(built).items():
        found = there.tags.get(key)
        if found != expected:
            yield _of(
                "V402", built, f"{key} is {'missing' if found is None else repr(found)}, not '{expected}'"
            )


def _is_in_place(source: str, built: Built, address: Address) -> bool:
    """A store of our own may have been moved or copied: MLflow then points to what was there, and not to another model."""
    if not is_own(built.location) or address.folder is None:
        return is_own(built.location) or source == built.location
    if source == str(address.folder / built.location) or not Path(source).is_dir():
        return True
    names = [name for name in plain_files(Path(source)) if name != LOADED_AS]
    return (
        combined_sha256({name: sha256_of_file(Path(source) / name) for name in names}) == built.files_sha256
    )


def tags_of(built: Built) -> dict[str, str]:
    """What the tags of a released version say, for people who look in MLflow."""
    return {
        "credit-scoring.content_sha256": built.content_sha256,
        "credit-scoring.manifest_sha256": built.manifest_sha256,
        "credit-scoring.edition": built.edition,
        "credit-scoring.author": built.by,
    }


def _alias(registry: Registry, ledger: Ledger, name: str, on: date) -> Iterator[Finding]:
    if not registry.knows(name):
        return
    found, wanted = alias_of(registry, name), version_in_force(ledger, name, on)
    if found != wanted:
        yield Finding(
            code="V401",
            name=name,
            version=wanted,
            message=f"{IN_FORCE} points to {_version_or_none(found)}; on {on} the ledger has {_version_or_none(wanted)}",
        )


def _version_or_none(version: int | None) -> str:
    return "no version" if version is None else f"version {version}"


def _each(error: CreditScoringError) -> tuple[str, ...]:
    """Every finding; the whole message, which says what to do, where there is but one."""
    found = error.findings if isinstance(error, TamperedError) else ()
    return found if len(found) > 1 else (" ".join(str(error).split()),)


def _of_ledger(code: str, message: str) -> Finding:
    return Finding(code=code, name=None, version=None, message=message)


def _of(code: str, entry: Built | Gated, message: str) -> Finding:
    return Finding(code=code, name=entry.name, version=entry.version, message=message)
