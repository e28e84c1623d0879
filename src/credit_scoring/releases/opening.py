"""Opening a release: every hash is checked before anything of it is read as policy."""

from __future__ import annotations

import atexit
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from pydantic_core import from_json

from credit_scoring.errors import InputError, PolicyError, ReleaseError, StoreError, TamperedError
from credit_scoring.policy.gathering import Edition
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy, load_policy
from credit_scoring.policy.origin import ReleaseUsed
from credit_scoring.releases.entries import Built
from credit_scoring.releases.fingerprints import (
    code_sha256,
    combined_sha256,
    content_sha256,
    libraries,
    lock_sha256,
    only_of,
    plain_files,
    policy_sha256,
    sha256_of_file,
)
from credit_scoring.releases.golden import (
    GoldenResults,
    GoldenTables,
    golden_differences,
    golden_results,
    read_golden,
)
from credit_scoring.releases.manifest import FORMAT, Manifest
from credit_scoring.releases.reference import Reference, parse_reference

if TYPE_CHECKING:
    from credit_scoring.releases.store.address import Address

MANIFEST = "manifest.json"
RELEASE = PurePosixPath("artifacts/release")
"""Where the folder of the release lies in a saved model."""
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A release whose every file is the one that was built."""

    manifest: Manifest
    manifest_sha256: str
    policy: Policy
    """The scorecard and what it extends, with `releases` naming this one."""
    card: Scorecard
    folder: Path
    """Of `manifest.json` and what it lists."""
    model_folder: Path
    """Of the saved model around it."""
    golden: GoldenTables
    expected: GoldenResults
    built: Built
    code_differs: bool
    """Built with other code, another lock or other versions of the libraries than those running."""


def read_release(model_folder: Path, *, built: Built) -> Released:
    """A release from the files of its saved model.

    Args:
        model_folder: every file of the registered model.
        built: the entry of the ledger by which it exists.

    Raises:
        TamperedError: a file is changed, missing or new, or the manifest lacks or holds what it should not; `findings`
            are all of them. Nothing of the release was read as policy.
        StoreError: the manifest was written by a newer version of this package.
        ReleaseError: the files are those that were built, and this version of the package cannot read them.
    """
    findings = list(_changed_files(model_folder, built))
    folder = model_folder / RELEASE
    manifest = _manifest(folder / MANIFEST, built, findings)
    if manifest is not None:
        findings += [*_not_as_listed(folder, manifest), *_not_as_entered(manifest, built)]
    if findings or manifest is None:
        raise _tampered(built, findings)
    policy, card = _policy_of(folder, manifest, built)
    try:
        golden, expected = read_golden(folder / "golden", on=manifest.golden.on)
    except (OSError, ValueError) as error:
        raise _tampered(built, [f"the golden rows cannot be read: {error}"]) from error
    used = ReleaseUsed(
        name=built.name,
        version=built.version,
        content_sha256=built.content_sha256,
        manifest_sha256=built.manifest_sha256,
    )
    return Released(
        manifest=manifest,
        manifest_sha256=built.manifest_sha256,
        policy=replace(policy, releases=(used,)),
        card=card,
        folder=folder,
        model_folder=model_folder,
        golden=golden,
        expected=expected,
        built=built,
        code_differs=_code_differs(manifest),
    )


def open_release(reference: Reference, *, address: Address, on: date | None = None) -> Released:
    """A release from the store; its files are copied to a temporary folder that is removed when the process ends.

    Args:
        on: the date on which `name@in-force` is looked up; not needed for `name:version`.

    Raises:
        NotFoundError: no such store, name or version.
        NotInForceError: none is in force on the date.
        TamperedError: the ledger or the release is not what was written.
        StoreError: the store cannot be reached, or is of a newer version.
    """
    from credit_scoring.releases.store.reading import fetch_model, read_ledger

    built = read_ledger(address).resolve(reference, on)
    temporary = TemporaryDirectory(prefix="credit-scoring-release-")
    atexit.register(temporary.cleanup)
    model_folder = Path(temporary.name) / "model"
    fetch_model(address, built, model_folder)
    return read_release(model_folder, built=built)


def load_release(*references: str, on: date, store: str | None = None) -> Policy:
    """The policy of releases, as `load_policy` gives it for files.

    Args:
        references: `name:version`, or `name@in-force` for the one in force on the date.
        on: the evaluation date the policy is meant for.
        store: folder or URI of the store of releases; None for MLFLOW_TRACKING_URI, else the folder `models`.

    Returns:
        One policy of all of them; `releases` names each with its hash, and so does every run made with it.

    Raises:
        InputError: a text names no release, or the releases do not go together.
        NotFoundError, NotInForceError: there is no such release, or none in force on the date.
        TamperedError: a release or the ledger is not what was written.
        ReleaseError: this version of the package gives the release's golden rows other results.
        StoreError: the store cannot be reached.
    """
    from credit_scoring.releases.store.address import store_address

    if not references:
        raise InputError("no release was named: give at least one, such as public-enterprise@in-force.")
    wanted = tuple(dict.fromkeys(parse_reference(reference) for reference in references))
    address = store_address(store)
    released: dict[tuple[str, int], Released] = {}
    for reference in wanted:
        found = open_release(reference, address=address, on=on)
        key = (found.built.name, found.built.version)
        if any(name == key[0] and version != key[1] for name, version in released):
            raise InputError(f"two versions of '{key[0]}' were named: choose one.")
        released[key] = found
    for found in released.values():
        check_golden(found)
    return merged(tuple(released.values()))


def check_golden(released: Released) -> None:
    """See that the running code gives the golden rows of a release the results they had when it was built.

    With the code, the lock and the libraries it was built with, they do: then nothing is run.

    Raises:
        ReleaseError: it does not; the message shows where.
    """
    if not released.code_differs:
        return
    differences = golden_differences(released.expected, golden_results(released.policy, released.golden))
    if differences:
        name, made = f"{released.built.name}:{released.built.version}", released.manifest.code
        raise ReleaseError(
            f"What is installed here scores release {name} differently than what built it: "
            f"{' '.join(differences[:_SHOWN])} It was built with version {made.version} of this package, Python "
            f"{made.python} and {_versions(made.libraries)}: install those, or build and approve a new release."
        )


def merged(released: Sequence[Released]) -> Policy:
    """One policy of several releases.

    Raises:
        InputError: they rest on different catalogues or legal texts, or on different texts of one scorecard.
    """
    first, *others = released
    editions: dict[str, Edition] = {}
    for one in released:
        for edition in one.policy.editions:
            _add(editions, edition, one)
    for other in others:
        for what, mine, theirs in (
            ("item", first.policy.catalogue, other.policy.catalogue),
            ("legal text", first.policy.instruments, other.policy.instruments),
        ):
            strange = sorted(
                k for k in {*mine, *theirs} if k not in mine or k not in theirs or mine[k] != theirs[k]
            )
            if strange:
                raise InputError(
                    f"releases {_name(first)} and {_name(other)} rest on different catalogues or legal texts "
                    f"({what} '{strange[0]}'): score them apart, or build both from the same."
                )
    return replace(
        first.policy,
        editions=tuple(editions.values()),
        releases=tuple(used for one in released for used in one.policy.releases),
    )


def _add(editions: dict[str, Edition], edition: Edition, one: Released) -> None:
    card = edition.card
    there = editions.get(card.id)
    if there is None:
        for other in editions.values():
            if other.card.scorecard == card.scorecard and _overlap(other.card, card):
                raise InputError(
                    f"release {_name(one)} rests on '{card.id}', and another release on '{other.card.id}', which "
                    "holds at the same time: score them apart."
                )
        editions[card.id] = edition
    elif there.card != card:
        raise InputError(
            f"release {_name(one)} holds another text of '{card.id}' than another release named with it: score them "
            "apart, or build both from the same text."
        )
    elif there.as_base:
        editions[card.id] = edition


def _overlap(one: Scorecard, other: Scorecard) -> bool:
    a, b = one.in_force, other.in_force
    return (a.until is None or b.from_ < a.until) and (b.until is None or a.from_ < b.until)


def _name(released: Released) -> str:
    return f"{released.built.name}:{released.built.version}"


def _versions(found: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(found.items()))


def _code_differs(manifest: Manifest) -> bool:
    made = manifest.code
    return (made.sha256, made.lock_sha256, made.libraries) != (code_sha256(), lock_sha256(), libraries())


def _tampered(built: Built, findings: Sequence[str]) -> TamperedError:
    return TamperedError(
        f"release {built.name}:{built.version} is not what was built: {'; '.join(findings)}. It is not used. Restore "
        "its files from a copy, or build a new release; `credit-scoring release verify` shows all findings.",
        findings=findings,
    )


def _changed_files(model_folder: Path, built: Built) -> Iterator[str]:
    try:
        names = plain_files(model_folder)
        found = combined_sha256({name: sha256_of_file(model_folder / name) for name in names})
    except (OSError, ReleaseError) as error:
        yield str(error)
        return
    if found != built.files_sha256:
        yield "the files of the model are not those the ledger names"


def _manifest(path: Path, built: Built, findings: list[str]) -> Manifest | None:
    """The manifest, if it is the one that was built and complete; else why not, among the findings."""
    try:
        content = path.read_bytes() if not path.is_symlink() else b""
    except OSError:
        findings.append(f"{MANIFEST} is missing")
        return None
    if hashlib.sha256(content).hexdigest() != built.manifest_sha256:
        findings.append(f"{MANIFEST} is not the one the ledger names")
    try:
        value: Any = from_json(content)
        version = value.get("format") if isinstance(value, dict) else None
        if isinstance(version, int) and version > FORMAT:
            raise StoreError(
                f"release {built.name}:{built.version} was written by a newer version of this package (format "
                f"{version}, this one reads {FORMAT}): install the newer version."
            )
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            where = ".".join(str(part) for part in fault["loc"])
            said = {"missing": "is missing", "extra_forbidden": "is not known"}.get(
                fault["type"], fault["msg"]
            )
            findings.append(f"{MANIFEST}: {where} {said}")
    except ValueError as error:
        findings.append(f"{MANIFEST} is no JSON: {error}")
    return None


def _not_as_listed(folder: Path, manifest: Manifest) -> Iterator[str]:
    listed = {file.path: file for file in manifest.files}
    for path in listed:
        if not is_inside(path):
            yield f"{MANIFEST} lists '{path}', which does not lie in the release"
    if len(listed) != len(manifest.files):
        yield f"{MANIFEST} lists a file twice"
    try:
        present = set(plain_files(folder)) - {MANIFEST}
    except ReleaseError as error:
        yield str(error)
        return
    yield from (f"{path} is missing" for path in sorted(listed.keys() - present))
    yield from (f"{path} was added" for path in sorted(present - listed.keys()))
    for path in sorted(listed.keys() & present):
        if sha256_of_file(folder / path) != listed[path].sha256:
            yield f"{path} was changed"


def is_inside(path: str) -> bool:
    """Whether a path stays below the folder it is relative to, on any system.

    >>> [is_inside(p) for p in ("policy/a.yaml", "../a", "/a", "a//b", "c:a", "a\\\\b")]
    [True, False, False, False, False, False]
    """
    parts = path.split("/")
    return "\\" not in path and ":" not in path and all(part not in ("", ".", "..") for part in parts)


def _not_as_entered(manifest: Manifest, built: Built) -> Iterator[str]:
    for what, stated, entered in (
        ("name", manifest.name, built.name),
        ("edition", manifest.edition, built.edition),
        ("subject_type", manifest.subject_type, built.subject_type),
        ("in_force_from", manifest.in_force_from, built.from_),
        ("in_force_until", manifest.in_force_until, built.until),
        ("content_sha256", manifest.content_sha256, built.content_sha256),
        ("author", manifest.author, built.by),
    ):
        if stated != entered:
            yield f"{MANIFEST}: {what} is {stated}, the ledger says {entered}"


def _policy_of(folder: Path, manifest: Manifest, built: Built) -> tuple[Policy, Scorecard]:
    name = f"{built.name}:{built.version}"
    try:
        policy = load_policy(folder / "policy")
    except PolicyError as error:
        raise ReleaseError(
            f"release {name} is what was built, and this version of the package refuses its policy: {error}. Use version "
            f"{manifest.code.version}, or build a new release."
        ) from error
    card = next(
        (c for c in policy.scorecards if (c.scorecard, c.edition) == (manifest.name, manifest.edition)), None
    )
    if card is None:
        raise _tampered(built, ["its policy does not hold the scorecard the manifest names"])
    own = only_of(policy, card)
    stated = (manifest.policy_sha256, manifest.content_sha256)
    code, lock = manifest.code.sha256, manifest.code.lock_sha256
    if (policy_sha256(own, card), content_sha256(own, card, code=code, lock=lock)) == stated:
        return own, card
    if code == code_sha256():
        raise _tampered(built, ["its policy does not give the hash of the content the manifest states"])
    raise ReleaseError(
        f"release {name} is what was built, and this version of the package reads its policy differently. Use version "
        f"{manifest.code.version}, or build a new release."
    )
