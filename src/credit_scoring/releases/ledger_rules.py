"""What may follow in the ledger: releases once, approval by a second person on the latest evidence, days in force that never overlap.

Days are those of the entries' own times. A day counts as past once any entry was written on a later one, so that a
workstation with another time zone rewrites nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date

from credit_scoring.errors import DecisionError
from credit_scoring.releases.entries import Approved, Built, Entry, Gated, Opened, PutInForce, Retired
from credit_scoring.releases.standing import Period, Standing, is_ended_by


def same_person(a: str, b: str) -> bool:
    """Whether two names may be one person's.

    Letter case, width, accents, spaces, punctuation, the order of the names and what stands in brackets do not tell people
    apart. Two people whose names are the same letters must be told apart otherwise, such as by a number of office.

    >>> same_person("Zhang  San", "ｚhang san "), same_person("Zhang San", "San-Zhang (deputy)")
    (True, True)
    >>> same_person("Zhang San", "Zhang Si")
    False
    """
    return _letters(a) == _letters(b)


_IN_BRACKETS = re.compile(r"[(\[{（【〔].*?[)\]}）】〕]")


def _letters(name: str) -> str:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    kept = [c for c in _IN_BRACKETS.sub("", plain) if unicodedata.category(c)[0] in "LN"]
    return "".join(sorted(kept or plain))


def check(standings: Mapping[str, Standing], entry: Entry, before: Sequence[Entry]) -> None:
    """Whether an entry obeys the rules, given all before it and what they amount to by name.

    Raises:
        DecisionError: it does not.
    """
    if isinstance(entry, Opened) == bool(before):
        raise DecisionError("The entry that opens a ledger is its first one, and only that.")
    if before and entry.at < before[-1].at:
        raise DecisionError(
            f"It is {entry.at} by this computer's clock, but the last entry of the ledger was written at "
            f"{before[-1].at}: set the clock right."
        )
    if isinstance(entry, Opened):
        return
    standing = standings.get(entry.name, Standing())
    today = max(past.at.date() for past in (*before, entry))
    if isinstance(entry, Built):
        _check_built(standing, entry)
        return
    built = standing.built.get(entry.version)
    if built is None:
        raise DecisionError(f"There is no release {entry.name}:{entry.version}: build it first.")
    match entry:
        case Gated():
            _check_gated(standing, built, entry)
        case Approved():
            _check_approved(standing, built, entry, today)
        case PutInForce():
            _check_put_in_force(standing, built, entry, today)
        case Retired():
            _check_retired(standing, entry, today)


def _release(entry: Built | Gated | Approved | PutInForce | Retired) -> str:
    return f"{entry.name}:{entry.version}"


def _check_built(standing: Standing, entry: Built) -> None:
    if entry.version in standing.built:
        raise DecisionError(f"{_release(entry)} exists already: build under the next version.")
    if entry.until is not None and entry.until <= entry.from_:
        raise DecisionError(
            f"Edition {entry.edition} of {entry.name} would end on {entry.until}, not after its first day "
            f"{entry.from_}: correct its dates."
        )
    retired = {period.version for period in standing.periods() if isinstance(period.ended_by, Retired)}
    for other in standing.built.values():
        # What was retired may be built anew: its files may have been lost.
        if other.version in retired:
            continue
        if other.content_sha256 == entry.content_sha256 and other.edition == entry.edition:
            raise DecisionError(
                f"Edition {entry.edition} of {entry.name} with this content is version {other.version} already: "
                "use that one."
            )


def _check_gated(standing: Standing, built: Built, entry: Gated) -> None:
    if entry.manifest_sha256 != built.manifest_sha256:
        raise DecisionError(
            f"The gates looked at another content than {_release(entry)}: run them on the release."
        )
    if entry.compared_with is not None and entry.compared_with not in standing.built:
        raise DecisionError(
            f"The gates compared {_release(entry)} with version {entry.compared_with}, which was never built."
        )
    if surplus := sorted(set(entry.acceptable) - set(entry.against)):
        raise DecisionError(
            f"'{surplus[0]}' cannot be acceptable: it does not speak against {_release(entry)}."
        )


def _check_approved(standing: Standing, built: Built, entry: Approved, today: date) -> None:
    report = standing.reports.get(entry.version)
    if report is None:
        raise DecisionError(f"The gates have not looked at {_release(entry)}: run them first.")
    if entry.manifest_sha256 != built.manifest_sha256:
        raise DecisionError(f"Another content than that of {_release(entry)} would be approved.")
    if entry.report_sha256 != report.report_sha256:
        raise DecisionError(
            f"The gates have looked at {_release(entry)} again on {report.at}: decide on their latest report."
        )
    if same_person(entry.by, built.by):
        raise DecisionError(
            f"{entry.by} is the author of {_release(entry)} and cannot approve it: a second person must."
        )
    if refused := [check for check in report.against if check not in report.acceptable]:
        raise DecisionError(
            f"{_release(entry)} failed {', '.join(refused)}, which nobody may accept: build a corrected release."
        )
    if left := [check for check in report.against if check not in entry.accepted]:
        raise DecisionError(
            f"{', '.join(left)} speaks against {_release(entry)}: accept it by name and give the reason, or build a "
            "corrected release."
        )
    if surplus := [check for check in entry.accepted if check not in report.acceptable]:
        raise DecisionError(
            f"'{surplus[0]}' does not speak against {_release(entry)}: it cannot be accepted."
        )
    begun = [period for period in standing.periods() if period.from_ <= today]
    _check_comparison(report, begun[-1:], today)


def _check_put_in_force(standing: Standing, built: Built, entry: PutInForce, today: date) -> None:
    name, from_ = _release(entry), entry.from_
    report, approval = standing.reports.get(entry.version), standing.approval(entry.version)
    if report is None or approval is None:
        raise DecisionError(
            f"{name} is not approved on its latest report: run the gates and have it approved."
        )
    if used := standing.used(approval):
        raise DecisionError(
            f"The approval of {name} was used on {used.at} to put it in force from {used.from_}: have it approved again."
        )
    if from_ < built.from_ or (built.until is not None and built.until <= from_):
        end = "" if built.until is None else f" until before {built.until}"
        raise DecisionError(
            f"Edition {built.edition} holds from {built.from_}{end}: {name} cannot be in force from {from_}."
        )
    if entry.until != built.until:
        raise DecisionError(
            f"{name} would be in force until {entry.until}, its edition holds until {built.until}."
        )
    periods = standing.periods()
    earlier = [period for period in periods if period.from_ < from_]
    # Of one that is put before all others either is a fair comparison: nothing, or the release of today.
    _check_comparison(report, earlier[-1:] or ([] if report.compared_with is None else periods[-1:]), today)
    for period in periods:
        _check_apart(period, entry, today)
    # Days before the first decision about the scorecard are history that is entered; later ones were answered for.
    answered = min((period.decided.at.date() for period in periods), default=today)
    if from_ < today and answered < today and (entry.until is None or answered < entry.until):
        raise DecisionError(
            f"What was in force on days past is not changed, and {name} was not: put it in force from {today} or later."
        )


def _check_apart(period: Period, entry: PutInForce, today: date) -> None:
    name, from_ = _release(entry), entry.from_
    if period.from_ < from_:
        if period.reaches_beyond(from_) and period.version == entry.version:
            raise DecisionError(f"{name} is in force on {from_} already: {period}.")
        if period.reaches_beyond(from_) and from_ < today:
            raise DecisionError(
                f"What was in force on days past is not changed: {period} covers {from_}. Put {name} in force from "
                f"{today} or later."
            )
    elif entry.until is None or period.from_ < entry.until:
        raise DecisionError(
            f"{name} from {from_} would overlap with {period}: retire that one from its first day while it is still "
            "to come, or choose another day."
        )


def _check_comparison(report: Gated, others: Sequence[Period], today: date) -> None:
    """The gates compared with the release that is replaced; with none, only where that has ended or there is none."""
    expected: set[int | None] = {other.version for other in others}
    if not any(other.reaches_beyond(today) for other in others):
        expected.add(None)
    if report.compared_with not in expected:
        found = "no release" if report.compared_with is None else f"version {report.compared_with}"
        now = f"what it follows is {others[-1]}" if others else "it follows none"
        raise DecisionError(
            f"The gates compared {_release(report)} with {found}, but {now}: run the gates again."
        )


def _check_retired(standing: Standing, entry: Retired, today: date) -> None:
    if entry.from_ < today:
        raise DecisionError(
            f"What was in force on days past is not changed: retire {_release(entry)} from {today} or later."
        )
    if not any(is_ended_by(period, entry) for period in standing.periods()):
        own = "; ".join(str(period) for period in standing.periods() if period.version == entry.version)
        raise DecisionError(
            f"{_release(entry)} is not in force on {entry.from_} or later"
            + (f": {own}." if own else ": it was never put in force.")
        )
