"""Building a release: complete and registered, or refused with nothing left behind."""

from __future__ import annotations

import re
import secrets
import signal
import threading
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from credit_scoring.errors import CreditScoringError, DecisionError, InputError, NotFoundError, ReleaseError
from credit_scoring.records.contracts import Outcome
from credit_scoring.records.identifiers import classify
from credit_scoring.releases.bundle import Bundle, Source, read_source, write_bundle
from credit_scoring.releases.entries import FORMAT, Built, Entry, to_the_second
from credit_scoring.releases.fingerprints import content_sha256, files_sha256, sha256_of_file
from credit_scoring.releases.terms import load_terms

if TYPE_CHECKING:
    from credit_scoring.releases.ledger import Ledger
    from credit_scoring.releases.store.address import Address
    from credit_scoring.releases.store.registry import Registered, Registry

LONGEST_NAME, LONGEST_REASON = 100, 1_000
_TAG = "credit-scoring"
_ALIKE = {"LATIN", "CYRILLIC", "GREEK"}
"""Alphabets with letters that look the same."""
_EXAMPLE_SUBJECTS = 6
_FIGURES = re.compile(r"[0-9]{14,}[0-9Xx]", re.ASCII)
_PERSONAL = (
    Outcome.RESIDENT_ID,
    Outcome.RESIDENT_ID_MISMATCH,
    Outcome.PERSONAL_NUMBER,
    Outcome.PERSONAL_TAX_NUMBER,
)


def build_release(
    source: Path | str,
    *,
    author: str,
    reason: str,
    at: datetime,
    store: str | None = None,
    terms: Path | None = None,
    policy: Sequence[Path] = (),
    on: date | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> Built:
    """Build one release: check the policy, compute golden rows, write the papers, save and register the model.

    It exists from the moment its entry stands in the ledger. Whatever goes wrong before, also an interruption, leaves
    nothing of it in the store.

    Args:
        source: a scorecard's file, a folder made by `train`, or `name@edition` of the package's configs.
        author: who builds it; another person has to approve it.
        reason: why, for the ledger.
        at: now, with its offset.
        store: folder or URI of the store; None for MLFLOW_TRACKING_URI, else the folder `models`.
        terms: file of the publisher, the ways to object and to repair, and the limits; None for the package's.
        policy: what the scorecard rests on where that is not the package's own.
        on: day of the golden rows if the scorecard is in force on it by its own text; one is chosen otherwise.
        report: told each step as it begins.

    Returns:
        The entry of the ledger.

    Raises:
        InputError: author, reason or source cannot be used.
        NotFoundError: there is no such source.
        PolicyError: the policy has problems; carries every one.
        NotInForceError: there is no day on which the scorecard is in force.
        DecisionError: a release of this content exists already; the message names its version.
        ReleaseError: the papers of a learnt scorecard are missing or of another, or golden rows do not add up.
        StoreError: the store cannot be reached or written.
    """
    from credit_scoring.releases.store.address import store_address

    author, reason = named_person(author), stated_reason(reason)
    if at.tzinfo is None:
        raise InputError("the time of a build needs its offset from UTC: pass an aware datetime.")
    address = store_address(store)
    loaded = load_terms(terms)
    report("reading the policy")
    found = read_source(source, policy=policy)
    _refuse_twins(found, address)
    with _interruptible(), TemporaryDirectory(prefix="credit-scoring-build-") as temporary:
        folder = Path(temporary)
        bundle = write_bundle(
            found, folder / "release", author=author, at=to_the_second(at), terms=loaded, on=on, report=report
        )
        report("saving the model")
        model = folder / "model"
        _save(bundle, model)
        report("registering")
        return _register(bundle, model, address, author=author, reason=reason, at=to_the_second(at))


def named_person(name: str, *, whose: str = "the author") -> str:
    """A person's name as the ledger keeps it: trimmed, one line; `whose` stands in the messages.

    Raises:
        InputError: it is empty or too long, holds control characters, or is an identity number.
    """
    said = " ".join(name.split()) if name.isprintable() else name.strip()
    if not said:
        raise InputError(f"name {whose}: the ledger keeps who decides about a release.")
    if any(unicodedata.category(character)[0] in "CM" for character in unicodedata.normalize("NFC", said)):
        raise InputError(
            f"the name of {whose} holds characters that cannot be seen: write it in plain letters."
        )
    if len({unicodedata.name(letter, "").split()[0] for letter in said if letter.isalpha()} & _ALIKE) > 1:
        raise InputError(
            f"the name of {whose} mixes alphabets whose letters look alike: write it in one of them."
        )
    if len(said) > LONGEST_NAME:
        raise InputError(f"the name of {whose} has {len(said)} characters: {LONGEST_NAME} are kept.")
    if _holds_identity_number(said):
        raise InputError(f"the name of {whose} holds an identity number: write the name, never the number.")
    return said


def stated_reason(reason: str) -> str:
    """A reason as the ledger keeps it, for ever: one line, without what must not stand there.

    Raises:
        InputError: it is empty or too long, holds control characters, or an identity number.
    """
    said = " ".join(reason.split())
    if not said or len(said) > LONGEST_REASON:
        raise InputError(f"the reason has {len(said):,} characters: give one, of at most {LONGEST_REASON:,}.")
    if any(unicodedata.category(character)[0] == "C" for character in said):
        raise InputError("the reason holds characters that cannot be seen: write it in plain letters.")
    if _holds_identity_number(said):
        raise InputError("the reason holds an identity number, and the ledger forgets nothing: leave it out.")
    return said


def _holds_identity_number(text: str) -> bool:
    figures = _FIGURES.findall(unicodedata.normalize("NFKC", text).replace(" ", ""))
    return any(classify(found) in _PERSONAL for found in figures)


def _refuse_twins(found: Source, address: Address) -> None:
    """Tell at once, and not after the work, that a release of this content exists."""
    from credit_scoring.releases.store.reading import read_ledger

    try:
        ledger = read_ledger(address)
        versions = ledger.versions(found.card.scorecard)
    except NotFoundError:
        return
    content = content_sha256(found.policy, found.card)
    for built in versions:
        if (built.content_sha256, built.edition) == (content, found.card.edition):
            raise DecisionError(
                f"'{found.card.id}' with this content is version {built.version} already: use "
                f"{built.name}:{built.version}."
            )


def _save(bundle: Bundle, model: Path) -> None:
    from credit_scoring.releases.saving import save_model
    from credit_scoring.releases.served import flat_table

    subjects = bundle.golden.subjects.slice(0, _EXAMPLE_SUBJECTS)
    names = set(subjects["subject_id"].to_pylist())
    mine = [name in names for name in bundle.golden.records["subject_id"].to_pylist()]
    save_model(bundle.folder, model, example=flat_table(subjects, bundle.golden.records.filter(mine)))


def _register(
    bundle: Bundle, model: Path, address: Address, *, author: str, reason: str, at: datetime
) -> Built:
    from credit_scoring.releases.store.registry import Registry

    manifest = bundle.manifest
    hashes = {
        "content_sha256": manifest.content_sha256,
        "manifest_sha256": sha256_of_file(bundle.folder / "manifest.json"),
    }
    files = files_sha256(model)
    registry = Registry.open(address, create=True)
    tags = {
        f"{_TAG}.{name}": value
        for name, value in (*hashes.items(), ("edition", manifest.edition), ("author", author))
    }
    registered: Registered | None = None
    nonce = secrets.token_hex(16)

    def entry(model_version: Registered, ledger: Ledger) -> Entry:
        return Built(
            format=FORMAT,
            number=len(ledger.entries) + 1,
            previous=ledger.head,
            at=at,
            by=author,
            reason=reason,
            nonce=nonce,
            kind="built",
            name=manifest.name,
            version=model_version.version,
            edition=manifest.edition,
            subject_type=manifest.subject_type,
            from_=manifest.in_force_from,
            until=manifest.in_force_until,
            **hashes,
            files_sha256=files,
            location=model_version.location,
            model_id=model_version.model_id,
            run_id=model_version.run_id,
        )

    try:
        title = f"{manifest.title.zh} {manifest.title.en}"
        registered = registry.register(manifest.name, model, title=title, tags=tags)
        written = registry.append(partial(entry, registered))
    except BaseException:
        if registered is not None:
            _withdraw_unless_entered(registry, registered, nonce)
        raise
    if not isinstance(written, Built):
        raise ReleaseError(f"the ledger took another entry than that of '{manifest.name}'.")
    return written


def _withdraw_unless_entered(registry: Registry, registered: Registered, nonce: str) -> None:
    """Undo a registration; not where its entry did get into the ledger, or where nobody can say: then `verify` shows it."""
    with _undisturbed():
        try:
            entered = any(entry.nonce == nonce for entry in registry.ledger().entries)
        except NotFoundError:
            entered = False
        except CreditScoringError:
            return
        if not entered:
            registry.withdraw(registered)


@contextmanager
def _interruptible() -> Iterator[None]:
    """A request to end the process (SIGTERM) unwinds like Ctrl-C, so that what was begun is undone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def unwind(_: int, __: FrameType | None) -> NoReturn:
        raise SystemExit(128 + signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, unwind)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Further requests to stop wait until what was begun is undone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
