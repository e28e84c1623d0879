"""What the ledger says: which release was in force on a day, and which releases there are.

It is read without MLflow, so that the answer takes less than a second, and without a look at tags, aliases or
files, so that it holds whatever became of those.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from credit_scoring.policy.catalogue import SubjectType
from credit_scoring.releases.entries import Approved, Built
from credit_scoring.releases.ledger import Ledger
from credit_scoring.releases.standing import Period
from credit_scoring.releases.store.address import store_address
from credit_scoring.releases.store.reading import read_ledger


class Answer(BaseModel):
    """Something read from the ledger, to be printed or dumped."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, serialize_by_alias=True)


class Span(Answer):
    """Days on which a release was, is or will be in force, and who decided that."""

    from_: date = Field(alias="from")
    until: date | None
    """First day on which it no longer is; null where no end is known."""
    decided_by: str
    decided_at: datetime
    reason: str
    ended_by: str | None
    """Who decided its end; null where nobody did: the edition's own text may end it."""
    ended_at: datetime | None
    end_reason: str | None


class InForce(Answer):
    """The release in force on a day: on whose word, on what evidence, and the hashes of what it is."""

    name: str
    on: date
    version: int
    edition: str
    subject_type: SubjectType
    span: Span
    author: str
    built_at: datetime
    approver: str
    approved_at: datetime
    approval_reason: str
    accepted: tuple[str, ...]
    """Checks that spoke against the release and were accepted by the approver."""
    content_sha256: str
    """Over everything that decides a score."""
    manifest_sha256: str
    files_sha256: str
    report_sha256: str
    """Of the gate report it was approved on."""
    ledger_head: str
    """Hash of the last entry of the ledger this was read from."""


class Line(Answer):
    """A release in a list."""

    name: str
    version: int
    edition: str
    subject_type: SubjectType
    state: str
    """On the day asked for: built, gated, approved, scheduled, in_force or ended."""
    from_: date | None = Field(alias="from")
    until: date | None
    """Both of the days in force that cover the day asked for, else of the next ones, else of the last."""
    author: str
    approver: str | None
    """Of the latest approval."""
    built_at: datetime
    content_sha256: str


def in_force(name: str, *, on: date, store: str | None = None) -> InForce:
    """The release of a scorecard in force on any day, past or to come.

    Raises:
        NotFoundError: no store there, or no release of that name.
        NotInForceError: none is in force on the day; the message names the days on which one is.
        TamperedError: the ledger is not what was written.
        StoreError: the store cannot be reached or read.
    """
    ledger = read_ledger(store_address(store))
    built = ledger.in_force(name, on)
    period = next(p for p in ledger.periods(name) if p.covers(on))
    approval = approvals(ledger, built, before=period.decided.number)[-1]
    return InForce(
        name=name,
        on=on,
        version=built.version,
        edition=built.edition,
        subject_type=built.subject_type,
        span=span(period),
        author=built.by,
        built_at=built.at,
        approver=approval.by,
        approved_at=approval.at,
        approval_reason=approval.reason,
        accepted=approval.accepted,
        content_sha256=built.content_sha256,
        manifest_sha256=built.manifest_sha256,
        files_sha256=built.files_sha256,
        report_sha256=approval.report_sha256,
        ledger_head=ledger.head,
    )


def list_releases(name: str | None = None, *, on: date, store: str | None = None) -> tuple[Line, ...]:
    """Every release, or every one of a scorecard, by name and version, with its state on a day.

    Raises:
        NotFoundError: no store there, or no release of that name.
        TamperedError: the ledger is not what was written.
        StoreError: the store cannot be reached or read.
    """
    ledger = read_ledger(store_address(store))
    names = ledger.names() if name is None else (name,)
    return tuple(line(ledger, built, on) for each in names for built in ledger.versions(each))


def line(ledger: Ledger, built: Built, on: date) -> Line:
    """A release with its state on a day."""
    period = _nearest([p for p in ledger.periods(built.name) if p.version == built.version], on)
    approved = approvals(ledger, built)
    return Line(
        name=built.name,
        version=built.version,
        edition=built.edition,
        subject_type=built.subject_type,
        state=ledger.state(built.name, built.version, on),
        from_=period.from_ if period else None,
        until=period.until if period else None,
        author=built.by,
        approver=approved[-1].by if approved else None,
        built_at=built.at,
        content_sha256=built.content_sha256,
    )


def approvals(ledger: Ledger, built: Built, *, before: int | None = None) -> tuple[Approved, ...]:
    """Approvals of a release, oldest first; with `before`, only those with a lower number."""
    return tuple(
        entry
        for entry in ledger.entries
        if isinstance(entry, Approved)
        and (entry.name, entry.version) == (built.name, built.version)
        and (before is None or entry.number < before)
    )


def span(period: Period) -> Span:
    """A period with the words of who decided it."""
    ended = period.ended_by
    return Span(
        from_=period.from_,
        until=period.until,
        decided_by=period.decided.by,
        decided_at=period.decided.at,
        reason=period.decided.reason,
        ended_by=ended.by if ended else None,
        ended_at=ended.at if ended else None,
        end_reason=ended.reason if ended else None,
    )


def _nearest(periods: Sequence[Period], on: date) -> Period | None:
    """The period that covers the day, else the next, else the last."""
    now_or_later = [period for period in periods if period.reaches_beyond(on)]
    return next(iter([*now_or_later, *periods[-1:]]), None)
