"""Entries of the ledger: who did what with which release, when and why. Each carries the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from credit_scoring.policy.catalogue import SubjectType

FORMAT = 1
"""Of the entries; a higher one was written by a newer version of this package and is not read."""
LONGEST = 5_000
"""Characters of an entry: the registry keeps no more than 6 000, and shortens silently what is longer."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Person = Annotated[str, Field(min_length=1, max_length=100)]
Reason = Annotated[str, Field(min_length=1, max_length=1_000)]
Version = Annotated[int, Field(ge=1)]


class _Entry(BaseModel):
    """What every entry says."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    format: Literal[1]
    number: Annotated[int, Field(ge=1)]
    previous: Sha256
    """SHA-256 of the text of the entry before; 64 zeros in the first."""
    at: AwareDatetime
    """When it was written, to the second, with the offset of the place where it was decided."""
    by: Person
    reason: Reason
    nonce: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    """Random: no two entries are ever the same text."""


class Opened(_Entry):
    """The first entry: the ledger exists, in this run of the registry."""

    kind: Literal["opened"]
    run_id: str


class _OfRelease(_Entry):
    name: str
    version: Version


class Built(_OfRelease):
    """A release is complete: from this entry on it exists."""

    kind: Literal["built"]
    edition: str
    subject_type: SubjectType
    from_: date = Field(alias="from")
    """First day on which the edition may be in force, by its own text."""
    until: date | None
    """First day on which it no longer may, by its own text."""
    content_sha256: Sha256
    manifest_sha256: Sha256
    files_sha256: Sha256
    """Over every file of the registered model, the manifest among them."""
    location: str
    """Where the files are: the registry's URI, or a path relative to the folder of a store of our own."""
    model_id: str
    run_id: str


class Gated(_OfRelease):
    """The gates were run; the report lies with the release."""

    kind: Literal["gated"]
    manifest_sha256: Sha256
    report_sha256: Sha256
    against: tuple[str, ...]
    """Checks that speak against the release, as `impact:grades_moved`; none if it passed."""
    acceptable: tuple[str, ...]
    """Those of them that an approver may accept."""
    compared_with: Version | None
    on: date
    """The date of the data the gates looked at."""


class Approved(_OfRelease):
    """A second person approves, on the evidence of a gate report."""

    kind: Literal["approved"]
    manifest_sha256: Sha256
    report_sha256: Sha256
    accepted: tuple[str, ...]
    """Checks against the release that this person accepts, for the reason given."""


class PutInForce(_OfRelease):
    """The release is in force from a day; the one before ends on it."""

    kind: Literal["put_in_force"]
    from_: date = Field(alias="from")
    until: date | None
    """First day on which it no longer is, if that is known by the edition's own text."""


class Retired(_OfRelease):
    """The release in force ends, without a successor."""

    kind: Literal["retired"]
    from_: date = Field(alias="from")
    """First day on which it is no longer in force."""


Entry: TypeAlias = Annotated[
    Opened | Built | Gated | Approved | PutInForce | Retired, Field(discriminator="kind")
]
ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)
BEFORE_THE_FIRST = "0" * 64


def text_of(entry: Entry) -> str:
    """The entry as it is stored and hashed: JSON with sorted keys, nothing left out."""
    return json.dumps(
        entry.model_dump(mode="json", by_alias=True),
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )


def sha256_of_text(text: str) -> str:
    """Hash of an entry's text: what the next entry carries."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def to_the_second(at: datetime) -> datetime:
    """The time of an entry, without what is finer than a second."""
    return at.replace(microsecond=0)
