"""What the ledger's entries about one scorecard amount to: its releases, their evidence, and who is in force from when to when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from credit_scoring.releases.entries import Approved, Built, Entry, Gated, Opened, PutInForce, Retired


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days on which a release is in force: `from_` is the first, `until` the first that is not (None: open)."""

    version: int
    from_: date
    until: date | None
    decided: PutInForce
    ended_by: Retired | PutInForce | None
    """What ends it before its edition's own text does; None where that does, or nothing."""

    def covers(self, on: date) -> bool:
        """Whether the release is in force on the day."""
        return self.from_ <= on and self.reaches_beyond(on)

    def reaches_beyond(self, on: date) -> bool:
        """Whether any day from `on` onwards may be in it."""
        return self.until is None or on < self.until

    def __str__(self) -> str:
        end = "with no end" if self.until is None else f"until before {self.until}"
        return f"version {self.version} from {self.from_} {end}"


@dataclass(slots=True, kw_only=True)
class _Decision:
    entry: PutInForce
    retired: Retired | None = None

    @property
    def cancelled(self) -> bool:
        """Retired at or before its first day: it never begins, and so ends no other period."""
        return self.retired is not None and self.retired.from_ <= self.entry.from_


@dataclass(slots=True, kw_only=True)
class Standing:
    """Of one scorecard, as far as entries were taken; `take` is for the ledger alone."""

    built: dict[int, Built] = field(default_factory=dict)
    reports: dict[int, Gated] = field(default_factory=dict)
    """The latest of each version."""
    approvals: dict[int, list[Approved]] = field(default_factory=dict)
    _decisions: list[_Decision] = field(default_factory=list)

    def take(self, entry: Entry) -> None:
        """Let an entry that obeys the rules have its effect."""
        match entry:
            case Built():
                self.built[entry.version] = entry
            case Gated():
                self.reports[entry.version] = entry
            case Approved():
                self.approvals.setdefault(entry.version, []).append(entry)
            case PutInForce():
                self._decisions.append(_Decision(entry=entry))
            case Retired():
                ended = {p.decided.number for p in self.periods() if is_ended_by(p, entry)}
                for decision in self._decisions:
                    if decision.entry.number in ended:
                        decision.retired = entry
            case Opened():
                pass

    def periods(self) -> tuple[Period, ...]:
        """All periods that are not cancelled, by their first day; they never overlap.

        A period ends on the earliest of: the day its edition's text ends, the day it was retired from, the first
        day of the next period.
        """
        standing = sorted(
            (decision for decision in self._decisions if not decision.cancelled),
            key=lambda decision: decision.entry.from_,
        )
        return tuple(
            _period(decision, following[0].entry if (following := standing[place:]) else None)
            for place, decision in enumerate(standing, start=1)
        )

    def period_on(self, on: date) -> Period | None:
        """The one that covers the day."""
        return next((period for period in self.periods() if period.covers(on)), None)

    def approval(self, version: int) -> Approved | None:
        """The last approval on the evidence of the latest report; None where there is none."""
        report = self.reports.get(version)
        given = self.approvals.get(version, [])
        return next(
            (
                approval
                for approval in reversed(given)
                if report is not None and approval.report_sha256 == report.report_sha256
            ),
            None,
        )

    def used(self, approval: Approved) -> PutInForce | None:
        """What already rests on an approval: one puts a release in force once."""
        return next(
            (
                decision.entry
                for decision in self._decisions
                if not decision.cancelled
                and decision.entry.version == approval.version
                and decision.entry.number > approval.number
            ),
            None,
        )


def is_ended_by(period: Period, retired: Retired) -> bool:
    """Whether a retirement shortens or cancels a period of its release."""
    return period.version == retired.version and period.reaches_beyond(retired.from_)


def _period(decision: _Decision, successor: PutInForce | None) -> Period:
    ends: list[tuple[date, Retired | PutInForce | None]] = []
    if decision.retired is not None:
        ends.append((decision.retired.from_, decision.retired))
    if successor is not None:
        ends.append((successor.from_, successor))
    if decision.entry.until is not None:
        ends.append((decision.entry.until, None))
    until, ended_by = min(ends, key=lambda end: end[0], default=(None, None))
    return Period(
        version=decision.entry.version,
        from_=decision.entry.from_,
        until=until,
        decided=decision.entry,
        ended_by=ended_by,
    )
