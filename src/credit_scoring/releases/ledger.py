"""The ledger of releases, read from its entries: which release was in force from when to when, who decided, on what evidence.

Nothing here knows MLflow. Each entry carries the hash of the one before, and a seal beside it carries its own: an
entry that was changed, dropped, swapped or put in is found. Who may write to the registry's database may forge the
whole chain, seals included: against that, note the ledger's `head` outside of the registry.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from pydantic import ValidationError

from credit_scoring.errors import (
    DecisionError,
    NotFoundError,
    NotInForceError,
    StoreError,
    TamperedError,
    did_you_mean,
)
from credit_scoring.releases.entries import (
    BEFORE_THE_FIRST,
    ENTRY,
    FORMAT,
    Approved,
    Built,
    Entry,
    Gated,
    Opened,
    sha256_of_text,
    text_of,
)
from credit_scoring.releases.ledger_rules import check, same_person
from credit_scoring.releases.reference import Reference
from credit_scoring.releases.standing import Period, Standing

__all__ = ["Ledger", "Period", "State", "check_next", "key_of", "read_chain", "same_person"]

State = Literal["built", "gated", "approved", "scheduled", "in_force", "ended"]
_KEY = re.compile(r"(entry|seal)-([0-9]{6,})\Z")


def key_of(number: int) -> str:
    """The name under which the registry keeps an entry.

    >>> key_of(7)
    'entry-000007'
    """
    return f"entry-{number:06d}"


def seal_of(number: int) -> str:
    """The name under which the registry keeps the hash of an entry's text.

    >>> seal_of(7)
    'seal-000007'
    """
    return f"seal-{number:06d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All entries, oldest first. `head` is the SHA-256 of the last one's text: who knows it knows the whole ledger."""

    entries: tuple[Entry, ...]
    head: str
    _standings: dict[str, Standing] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        standings: dict[str, Standing] = {}
        for entry in self.entries:
            _take(standings, entry)
        object.__setattr__(self, "_standings", standings)

    def hashes(self) -> tuple[str, ...]:
        """SHA-256 of every entry's text, oldest first: a head noted earlier is among them."""
        return tuple(sha256_of_text(text_of(entry)) for entry in self.entries)

    def names(self) -> tuple[str, ...]:
        """Of all scorecards that were ever released, sorted."""
        return tuple(sorted(self._standings))

    def versions(self, name: str) -> tuple[Built, ...]:
        """All releases of a scorecard, by version.

        Raises:
            NotFoundError: nothing of this name was ever released.
        """
        return tuple(built for _, built in sorted(self._of(name).built.items()))

    def built(self, name: str, version: int) -> Built:
        """One release.

        Raises:
            NotFoundError: there is none, naming those there are.
        """
        found = self._of(name).built.get(version)
        if found is None:
            known = ", ".join(str(built.version) for built in self.versions(name))
            raise NotFoundError(f"There is no release {name}:{version}; its versions are {known}.")
        return found

    def report(self, name: str, version: int) -> Gated | None:
        """The latest report of the gates; None before they were run."""
        self.built(name, version)
        return self._of(name).reports.get(version)

    def approval(self, name: str, version: int) -> Approved | None:
        """The last approval on the latest report; None where there is none."""
        self.built(name, version)
        return self._of(name).approval(version)

    def periods(self, name: str) -> tuple[Period, ...]:
        """When which version was, is or will be in force, by the first day. They never overlap; days may be left out.

        Raises:
            NotFoundError: nothing of this name was ever released.
        """
        return self._of(name).periods()

    def in_force(self, name: str, on: date) -> Built:
        """The release in force on a day.

        Raises:
            NotFoundError: nothing of this name was ever released.
            NotInForceError: none is in force on the day, naming the periods there are.
        """
        period = self._of(name).period_on(on)
        if period is None:
            there = "; ".join(str(period) for period in self.periods(name))
            raise NotInForceError(
                f"No release of {name} is in force on {on}. "
                + (f"In force: {there}." if there else "None was ever put in force.")
                + " Ask for another day, or put a release in force."
            )
        return self.built(name, period.version)

    def to_compare_with(self, name: str, on: date) -> Built | None:
        """The release a new one is compared with by gates run on a day: the one in force on it, else the last before it.

        None where none had been in force by then.
        """
        standing = self._standings.get(name)
        begun = [] if standing is None else [p for p in standing.periods() if p.from_ <= on]
        return self.built(name, begun[-1].version) if begun else None

    def state(self, name: str, version: int, on: date) -> State:
        """How far a release has come, seen on a day."""
        self.built(name, version)
        own = [period for period in self.periods(name) if period.version == version]
        if any(period.covers(on) for period in own):
            return "in_force"
        if any(on < period.from_ for period in own):
            return "scheduled"
        if own:
            return "ended"
        if self.approval(name, version) is not None:
            return "approved"
        return "built" if self.report(name, version) is None else "gated"

    def resolve(self, reference: Reference, on: date | None) -> Built:
        """The release a reference names; `on` is needed only for `@in-force`.

        Raises:
            NotFoundError: unknown name or version.
            NotInForceError: none is in force on the day, or there is no day.
        """
        if reference.version is not None:
            return self.built(reference.name, reference.version)
        if on is None:
            raise NotInForceError(f"{reference} depends on the day: name the date.")
        return self.in_force(reference.name, on)

    def _of(self, name: str) -> Standing:
        if name not in self._standings:
            known = ", ".join(self.names()) or "none"
            raise NotFoundError(
                f"Nothing called '{name}' was ever released; released are: {known}."
                + did_you_mean(name, self.names())
            )
        return self._standings[name]


NO_LEDGER = Ledger(entries=(), head=BEFORE_THE_FIRST)
"""What a store is before its first entry."""


def check_next(ledger: Ledger, entry: Entry) -> None:
    """Whether an entry may follow.

    Raises:
        DecisionError: it breaks a rule, saying which and what to do.
    """
    if entry.number != len(ledger.entries) + 1 or entry.previous != ledger.head:
        raise DecisionError(
            f"Entry {entry.number} does not follow the last one, {len(ledger.entries)}, of the ledger: read it again."
        )
    check(ledger._standings, entry, ledger.entries)


def read_chain(values: Mapping[str, str], *, run_id: str) -> Ledger:
    """The ledger from the parameters of its run, verified entry by entry.

    Args:
        values: text of each entry by its key (`key_of`), its hash by `seal_of`. The last entry may still be without a
            seal, which is written after it. Other parameters are nobody's entries and are passed over.
        run_id: the run they were read from, which the first entry must name.

    Raises:
        TamperedError: an entry is missing, changed, of another place, unreadable, or breaks a rule; `findings` has all.
        StoreError: an entry was written by a newer version of this package.
    """
    texts, seals, findings = _by_number(values)
    findings += [
        f"entry {number} is not the one that was sealed: it was changed"
        for number, seal in sorted(seals.items())
        if number in texts and sha256_of_text(texts[number]) != seal
    ]
    newer: list[int] = []
    entries: list[Entry] = []
    for number in range(1, max((*texts, *seals), default=0) + 1):
        if number not in texts:
            findings.append(f"entry {number} is missing")
            continue
        entry = _read(number, texts[number], findings, newer)
        if entry is not None:
            findings.extend(_out_of_place(entry, number, texts.get(number - 1), run_id))
            entries.append(entry)
    if not texts:
        findings.append("entry 1 is missing")
    if not findings and not newer:
        findings.extend(_broken_rules(entries))
    if findings:
        raise TamperedError(
            f"The ledger in run {run_id} is not what was written:\n"
            + "\n".join(f"- {finding}" for finding in findings)
            + "\nRestore the registry's database from a backup, and find out who can write to it past MLflow.",
            findings=findings,
        )
    if newer:
        raise StoreError(
            f"Entry {newer[0]} of the ledger in run {run_id} was written by a newer version of credit-scoring: "
            "install that version to read or extend this ledger."
        )
    return Ledger(entries=tuple(entries), head=sha256_of_text(texts[len(texts)]))


def _by_number(values: Mapping[str, str]) -> tuple[dict[int, str], dict[int, str], list[str]]:
    texts: dict[int, str] = {}
    seals: dict[int, str] = {}
    findings: list[str] = []
    for key, text in sorted(values.items()):
        # MLflow lets nobody remove a parameter: a stray one must not take the ledger out of use.
        found = _KEY.match(key)
        number = 0 if found is None else int(found[2])
        if number and key in (key_of(number), seal_of(number)):
            (texts if key == key_of(number) else seals)[number] = text
    # A single far number would otherwise be reported as a million that are missing.
    far = [number for number in texts if number > 2 * len(texts) + 1]
    for number in sorted(far):
        findings.append(f"entry {number} stands far beyond the others")
        del texts[number]
    return texts, {number: seal for number, seal in seals.items() if number <= 2 * len(texts) + 1}, findings


def _read(number: int, text: str, findings: list[str], newer: list[int]) -> Entry | None:
    """The entry, or None with a finding, or None because a newer version of the package wrote it."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        findings.append(f"entry {number} is not JSON")
        return None
    form = content.get("format") if isinstance(content, dict) else None
    if type(form) is not int:
        findings.append(f"entry {number} is not one this package writes: format: it states none")
        return None
    if form > FORMAT:
        newer.append(number)
        return None
    try:
        entry = ENTRY.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        findings.append(f"entry {number} is not one this package writes: {place or 'entry'}: {first['msg']}")
        return None
    if text_of(entry) != text:
        findings.append(f"entry {number} is not in the form this package writes")
        return None
    return entry


def _out_of_place(entry: Entry, number: int, before: str | None, run_id: str) -> Iterator[str]:
    if entry.number != number:
        yield f"entry {number} calls itself entry {entry.number}"
    if number == 1 and entry.previous != BEFORE_THE_FIRST:
        yield "entry 1 names an entry before it"
    if before is not None and entry.previous != sha256_of_text(before):
        yield f"entry {number} does not carry the hash of entry {number - 1}: one of them was changed"
    if isinstance(entry, Opened) and entry.run_id != run_id:
        yield f"entry {number} opens the ledger of run {entry.run_id}: this one is a copy"


def _broken_rules(entries: Sequence[Entry]) -> Iterator[str]:
    """What a faultless chain of entries can still have wrong: somebody wrote it past this package."""
    standings: dict[str, Standing] = {}
    for place, entry in enumerate(entries):
        try:
            check(standings, entry, entries[:place])
        except DecisionError as error:
            yield f"entry {entry.number} breaks a rule: {error}"
            return
        _take(standings, entry)


def _take(standings: dict[str, Standing], entry: Entry) -> None:
    if not isinstance(entry, Opened):
        standings.setdefault(entry.name, Standing()).take(entry)
