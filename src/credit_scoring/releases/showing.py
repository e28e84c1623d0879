"""Everything about one release, and what two releases do differently."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar

from credit_scoring.errors import TamperedError
from credit_scoring.policy.difference import Change, differences, value_differences
from credit_scoring.policy.loading import Policy, as_written
from credit_scoring.releases.checks import GateReport
from credit_scoring.releases.entries import Built, Entry, Opened
from credit_scoring.releases.evidence import read_evidence
from credit_scoring.releases.ledger import Ledger
from credit_scoring.releases.listing import Answer, Line, Span, line, span
from credit_scoring.releases.manifest import Manifest
from credit_scoring.releases.opening import Released, open_release
from credit_scoring.releases.reference import Reference, is_reference, parse_reference
from credit_scoring.releases.store.address import store_address
from credit_scoring.releases.store.reading import read_ledger

Part = Literal["scorecard", "extends", "catalogue", "manifest"]
_T = TypeVar("_T")


class Shown(Answer):
    """Everything about one release."""

    line: Line
    built: Built
    spans: tuple[Span, ...]
    entries: tuple[Entry, ...]
    """Of the ledger, about this release, oldest first."""
    report: GateReport | None
    """The latest report of the gates; null before they were run, or where it is not what the ledger says."""
    manifest: Manifest | None
    """Null where the release is not what the ledger says."""
    findings: tuple[str, ...]
    """What is not as it was released; none if all is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One value that two releases do not share."""

    part: Part
    change: Change


def show_release(text: str, *, on: date, store: str | None = None) -> Shown:
    """Everything about one release: its manifest, its latest evidence, every decision about it.

    A release whose files are not what was released is shown too; `findings` then says what was found.

    Args:
        text: `name:version`, `name@in-force` (on the day), or a name alone for its newest version.
        on: the day on which to look.
        store: folder or URI of the store of releases.

    Raises:
        InputError: the text has none of these forms.
        NotFoundError: no store there, or no such release.
        NotInForceError: none is in force on the day.
        TamperedError: the ledger is not what was written.
        StoreError: the store cannot be reached or read.
    """
    address = store_address(store)
    ledger = read_ledger(address)
    built = _named(ledger, text, on)
    gated = ledger.report(built.name, built.version)
    findings: list[str] = []
    released = _found(lambda: open_release(_of(built), address=address), findings)
    report = None if gated is None else _found(lambda: read_evidence(address, gated), findings)
    return Shown(
        line=line(ledger, built, on),
        built=built,
        spans=tuple(span(p) for p in ledger.periods(built.name) if p.version == built.version),
        entries=tuple(
            entry
            for entry in ledger.entries
            if not isinstance(entry, Opened) and (entry.name, entry.version) == (built.name, built.version)
        ),
        report=report,
        manifest=None if released is None else released.manifest,
        findings=tuple(findings),
    )


def diff_releases(
    a: Reference | str, b: Reference | str, *, on: date, store: str | None = None
) -> tuple[Difference, ...]:
    """What two releases do differently: values of the scorecards, items of the catalogue, facts of the manifests.

    Args:
        a: `name:version` or `name@in-force`.
        b: likewise; may be of another scorecard.
        on: the day for `@in-force`.
        store: folder or URI of the store of releases.

    Raises:
        InputError: a text names no release.
        NotFoundError: no store there, or no such release.
        NotInForceError: none is in force on the day.
        TamperedError: the ledger or a release is not what was released.
        StoreError: the store cannot be reached or read.
    """
    address = store_address(store)
    ledger = read_ledger(address)
    before, after = (open_release(_of(ledger.resolve(_parsed(text), on)), address=address) for text in (a, b))
    return tuple(_differences(before, after))


def write_dossier(
    reference: Reference | str,
    *,
    on: date,
    out: Path | None = None,
    store: str | None = None,
    overwrite: bool = False,
) -> tuple[Path, ...]:
    """Write the papers of a release, and the decisions about it, into a folder.

    Args:
        reference: `name:version` or `name@in-force`.
        on: the day for `@in-force`, and on which the decisions are told.
        out: the folder; if None `name-version` in the folder of a store of our own, else in the working directory.
        store: folder or URI of the store of releases.
        overwrite: replace papers written earlier.

    Returns:
        The files.

    Raises:
        NotFoundError: no store there, or no such release.
        NotInForceError: none is in force on the day.
        TamperedError: the ledger or the release is not what was released.
        StoreError: the store cannot be reached or read.
        OutputError: the folder exists or cannot be written.
    """
    from credit_scoring.releases.paperwork import export_dossier

    address = store_address(store)
    ledger = read_ledger(address)
    built = ledger.resolve(_parsed(reference), on)
    folder = out or (address.folder or Path()) / f"{built.name}-{built.version}"
    released = open_release(_of(built), address=address)
    return export_dossier(released, ledger, on=on, out=folder, overwrite=overwrite)


def _differences(before: Released, after: Released) -> Iterator[Difference]:
    for change in differences(before.card, after.card):
        yield Difference(part="scorecard", change=change)
    parts: tuple[tuple[Part, Mapping[str, Any], Mapping[str, Any]], ...] = (
        ("extends", _bases(before), _bases(after)),
        ("catalogue", _items(before.policy), _items(after.policy)),
        ("manifest", _facts(before.manifest), _facts(after.manifest)),
    )
    for part, one, other in parts:
        for change in value_differences(one, other):
            yield Difference(part=part, change=change)


def _bases(released: Released) -> dict[str, Any]:
    """Scorecards inside the release that it builds on, by name."""
    return {card.scorecard: as_written(card) for card in released.policy.scorecards if card != released.card}


def _items(policy: Policy) -> dict[str, Any]:
    return {code: as_written(item) for code, item in sorted(policy.catalogue.items())}


_EVERY_RELEASE_HAS_ITS_OWN = {"format", "signature", "files", "built_at"}


def _facts(manifest: Manifest) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(manifest.model_dump_json(exclude=_EVERY_RELEASE_HAS_ITS_OWN))
    facts["validation"] = {
        check.id: {"outcome": check.outcome, "found": check.found, "limit": check.limit}
        for check in manifest.validation
    }
    facts["model"] = {file.path: file.sha256 for file in manifest.files if file.path.endswith("model.json")}
    return facts


def _found(read: Callable[[], _T], findings: list[str]) -> _T | None:
    try:
        return read()
    except TamperedError as error:
        findings.extend(error.findings or (str(error),))
        return None


def _named(ledger: Ledger, text: str, on: date) -> Built:
    if is_reference(text):
        return ledger.resolve(parse_reference(text), on)
    if ":" in text or "@" in text:
        parse_reference(text)
    return ledger.versions(text)[-1]


def _parsed(reference: Reference | str) -> Reference:
    return parse_reference(reference) if isinstance(reference, str) else reference


def _of(built: Built) -> Reference:
    return Reference(name=built.name, version=built.version)
